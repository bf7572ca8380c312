/** The systems whose lines are read, and those that policies are written for: one row each. */
import { ConfigError, didYouMean, listed } from "../errors.ts";
import { explainCisco } from "./cisco/read.ts";
import { ciscoPolice } from "./cisco/write.ts";
import type { Explained } from "./explained.ts";
import { explainHashlimit } from "./netfilter/hashlimit.ts";
import { explainLimit } from "./netfilter/limit.ts";
import { explainNft } from "./netfilter/nft.ts";
import { iptablesLimit } from "./netfilter/write.ts";
import { explainLimitReq } from "./nginx/read.ts";
import { nginxLimit } from "./nginx/write.ts";
import { explainDpdk } from "./others/dpdk.ts";
import { explainEnvoy } from "./others/envoy.ts";
import { explainGovernor } from "./others/governor.ts";
import { explainHtb } from "./tc/htb.ts";
import { explainPolice } from "./tc/police.ts";
import { explainTbf } from "./tc/tbf.ts";
import { tcPolice } from "./tc/writepolice.ts";
import { tcTbf } from "./tc/writetbf.ts";
import { explainBdp } from "./textbook/bdp.ts";
import { type BucketKind, explainBucket } from "./textbook/bucket.ts";
import { explainCells } from "./textbook/cells.ts";
import { explainGcra } from "./textbook/gcra.ts";
import { type Word, wordsOf, wrongWord } from "./words.ts";
import type { Writer } from "./write.ts";

export interface SystemRow {
  /** Words that tell it; the first of any system in the line decides. */
  readonly heads: readonly string[];
  readonly summary: string;
  readonly example: string;
  /** `before` are the words in front of the head, such as those of a whole command. */
  readonly read: (words: readonly Word[], head: Word, before: readonly Word[]) => Explained;
}

function explainAnyPolice(words: readonly Word[], _: Word, before: readonly Word[]): Explained {
  const [first] = words;
  const isCisco = first !== undefined && (first.text === "cir" || /^\d/u.test(first.text));
  return isCisco
    ? explainCisco(words)
    : explainPolice(
        words,
        before.some(({ text }) => text === "egress"),
      );
}

function explainAnyLimit(words: readonly Word[]): Explained {
  const [first, ...rest] = words;
  return first?.text === "rate" ? explainNft(rest, first) : explainLimit(words);
}

function explainTextbook(words: readonly Word[], head: Word): Explained {
  const [second, ...rest] = words;
  const kind = `${head.text}-bucket` as BucketKind;
  if (second?.text === "bucket") return explainBucket(kind, rest);
  throw wrongWord("CHOICE", head, `goes on with bucket, such as: ${head.text} bucket 10 KB 1250 B/s`);
}

export const SYSTEMS: readonly SystemRow[] = [
  {
    heads: ["tbf"],
    summary: "Linux tc, shaper: rate, burst, limit or latency, peakrate with mtu, mpu, overhead",
    example: "tbf rate 1mbit burst 10kb latency 100ms",
    read: explainTbf,
  },
  {
    heads: ["police"],
    summary: "Linux tc, policer (rate, burst, peakrate, mtu ...), or Cisco IOS (cir, bc, be, pir)",
    example: "police rate 1mbit burst 10k conform-exceed drop",
    read: explainAnyPolice,
  },
  {
    heads: ["htb"],
    summary: "Linux tc, one class: rate, ceil, burst, cburst",
    example: "htb rate 1mbit ceil 2mbit burst 15k",
    read: explainHtb,
  },
  {
    heads: ["limit_req", "limit_req_zone"],
    summary: "nginx: rate, burst, delay or nodelay",
    example: "limit_req rate=10r/s burst=5 nodelay",
    read: explainLimitReq,
  },
  {
    heads: ["hashlimit"],
    summary: "iptables, a bucket a flow: upto or above, burst, mode",
    example: "hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip",
    read: explainHashlimit,
  },
  {
    heads: ["limit"],
    summary: "iptables (--limit, --limit-burst) and nftables (limit rate ... burst ...)",
    example: "limit --limit 10/second --limit-burst 5",
    read: explainAnyLimit,
  },
  {
    heads: ["dpdk"],
    summary: "DPDK rte_meter: srtcm, trtcm, trtcm_rfc4115",
    example: "dpdk srtcm cir=1250000 cbs=2048 ebs=2048",
    read: explainDpdk,
  },
  {
    heads: ["envoy", "token_bucket", "token_bucket:"],
    summary: "Envoy local rate limit: max_tokens, tokens_per_fill, fill_interval",
    example: "envoy max_tokens=100 tokens_per_fill=10 fill_interval=1s",
    read: explainEnvoy,
  },
  {
    heads: ["governor"],
    summary: "governor (Rust): per_second, allow_burst",
    example: "governor per_second=50 allow_burst=100",
    read: explainGovernor,
  },
  {
    heads: ["gcra", "GCRA"],
    summary: "textbook: T and tau, or MBS; delta",
    example: "gcra T=10 tau=45",
    read: explainGcra,
  },
  {
    heads: ["bdp"],
    summary: "textbook: what a TCP flow needs at a rate and a round trip time; packet=, burst=, link=, transfer=",
    example: "bdp 10 Mbit/s 100 ms",
    read: explainBdp,
  },
  {
    heads: ["leaky", "token"],
    summary: "textbook: a bucket by size and rate",
    example: "leaky bucket 10 KB 1250 B/s",
    read: explainTextbook,
  },
];

/** Contracts of cells have no name in front. */
const CELLS = { summary: "textbook: an ATM contract, in cells a second", example: "PCR=100 SCR=10 MBS=11" };

/** All that can be read, for a help text. */
export const READABLE: readonly Pick<SystemRow, "summary" | "example">[] = [...SYSTEMS, CELLS];

/** An ATM contract begins with one of its parameters. */
const CELLS_HEAD = /^(?:pcr|scr|mbs|cdvt)=/iu;

function rowOf(word: Word): SystemRow | undefined {
  return SYSTEMS.find(({ heads }) => heads.includes(word.text));
}

/** True when a line names one of the systems. */
export function isReadable(line: string): boolean {
  const words = wordsOf(line);
  return words.some((word) => rowOf(word) !== undefined) || CELLS_HEAD.test(words[0]?.text ?? "");
}

/** Explains a line of another system. Throws ConfigError that names the word, its position and what is allowed. */
export function explain(line: string): Explained {
  const words = wordsOf(line);
  for (const [index, word] of words.entries()) {
    const row = rowOf(word);
    if (row !== undefined) return row.read(words.slice(index + 1), word, words.slice(0, index));
  }
  const [first] = words;
  if (first === undefined) {
    throw new ConfigError(
      "MISSING",
      "line",
      undefined,
      'is missing; give one, such as: weir explain "tbf rate 1mbit burst 10kb latency 100ms"',
    );
  }
  if (CELLS_HEAD.test(first.text)) return explainCells(words);
  const heads = SYSTEMS.flatMap((row) => row.heads);
  const hint = didYouMean(first.text, heads);
  const names = SYSTEMS.map((row) => row.heads[0]!);
  const detail = hint === "" ? ` a line names one of ${listed(names, "or")}, or begins with PCR=` : hint;
  throw wrongWord("CHOICE", first, `no such system;${detail}`);
}

export interface TargetRow {
  readonly id: string;
  /** Lines of it in this order, each with what it is. */
  readonly writers: readonly { readonly label: string; readonly write: Writer }[];
}

export const TARGETS: readonly TargetRow[] = [
  {
    id: "tc",
    writers: [
      { label: "tc police", write: tcPolice },
      { label: "tc tbf", write: tcTbf },
    ],
  },
  { id: "nginx", writers: [{ label: "nginx", write: nginxLimit }] },
  { id: "iptables", writers: [{ label: "iptables", write: iptablesLimit }] },
  { id: "cisco", writers: [{ label: "Cisco IOS", write: ciscoPolice }] },
];

/** The target of a name. Throws ConfigError. */
export function targetOf(id: string): TargetRow {
  const row = TARGETS.find((target) => target.id === id);
  if (row !== undefined) return row;
  const ids = TARGETS.map((target) => target.id);
  throw new ConfigError("CHOICE", "to", id, `is one of ${listed(ids, "or")};${didYouMean(id, ids)}`.replace(/;$/u, ""));
}
