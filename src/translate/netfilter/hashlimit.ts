/**
 * `-m hashlimit` of iptables (xt_hashlimit.c, libxt_hashlimit.c): a bucket a flow. Packets: the time between two in
 * millionths of a second, cut. Bytes: a packet costs length / 16 + 1 chunks, the bucket is one second of the rate, and
 * `burst` is refills of it that are spent once in the life of the entry.
 */
import { compare, divide, rational } from "../../rational.ts";
import { numberText, rateText, readWhole, unitsText } from "../amounts.ts";
import type { Explained } from "../explained.ts";
import { bytesFigure, drainFigure, rateFigure } from "../figures.ts";
import { packetBucket } from "../packets.ts";
import { type ParameterRow, readValues, type Values, type Word, wrongWord } from "../words.ts";
import { BURST_DEFAULT, intervalRemarks, JIFFY_REMARK, packetFigures } from "./limit.ts";
import { intervalNs, readCountRate } from "./rates.ts";

const SYSTEM = "iptables hashlimit";
const SCALE = 1_000_000n;
const BURST_MAX = 1_000_000n;
const CHUNK_BYTES = 16n;
/** Of the 32-bit cost of one chunk (XT_HASHLIMIT_BYTE_SHIFT is 4). */
const CHUNKS_MAX = 0xffff_ffffn;
const BYTES_MAX = 2n ** 44n;

const ROWS: readonly ParameterRow[] = [
  { name: "--hashlimit-upto", aliases: ["--hashlimit", "upto", "hashlimit-upto"] },
  { name: "--hashlimit-above", aliases: ["above", "hashlimit-above"] },
  { name: "--hashlimit-burst", aliases: ["burst", "hashlimit-burst"] },
  { name: "--hashlimit-mode", aliases: ["mode", "hashlimit-mode"] },
  { name: "--hashlimit-srcmask", aliases: ["srcmask", "hashlimit-srcmask"] },
  { name: "--hashlimit-dstmask", aliases: ["dstmask", "hashlimit-dstmask"] },
  { name: "--hashlimit-name", aliases: ["name", "hashlimit-name"], isIgnored: true },
  { name: "--hashlimit-htable-size", isIgnored: true },
  { name: "--hashlimit-htable-max", isIgnored: true },
  { name: "--hashlimit-htable-expire", isIgnored: true },
  { name: "--hashlimit-htable-gcinterval", isIgnored: true },
  { name: "-j", aliases: ["--jump"], isIgnored: true },
];

interface Key {
  readonly by: string;
  readonly remarks: readonly string[];
}

/** The flow key of a mode such as srcip,dstport. */
function keyOf(values: Values): Key {
  const word = values.word("--hashlimit-mode");
  const parts = new Set((word?.text ?? "").split(/[,|]/u).filter((part) => part !== ""));
  for (const part of parts) {
    if (/^(?:src|dst)(?:ip|port)$/u.test(part)) continue;
    throw wrongWord("CHOICE", word!, "hashlimit-mode takes srcip, dstip, srcport and dstport, joined by commas");
  }
  const bits = (name: string) => {
    const mask = values.word(name);
    return mask === undefined ? "" : `/${readWhole(mask, name, 0n, 128n)}`;
  };
  const [src, dst] = [`src${bits("--hashlimit-srcmask")}`, `dst${bits("--hashlimit-dstmask")}`];
  const has = (...names: readonly string[]) => names.length === parts.size && names.every((name) => parts.has(name));
  if (parts.size === 0) return { by: "all", remarks: [] };
  if (has("srcip")) return { by: src, remarks: [] };
  if (has("dstip")) return { by: dst, remarks: [] };
  if (has("srcip", "dstip")) return { by: "pair", remarks: [] };
  if (has("srcip", "dstip", "srcport", "dstport"))
    return { by: "5-tuple", remarks: ["its key has no protocol, Weir's 5-tuple has"] };
  const by = parts.has("srcip") ? src : parts.has("dstip") ? dst : "all";
  return { by, remarks: [`Weir has no key ${word!.text}; ${by} stands for it`] };
}

const BYTE_RATE = /^(\d+)([km]?)b\/s$/iu;
const BYTE_BURST = /^(\d+)([km]?)b?$/iu;
const FACTORS: Readonly<Record<string, bigint>> = { "": 1n, k: 1024n, m: 1024n * 1024n };

function bytesOf(word: Word, pattern: RegExp, example: string): bigint {
  const [, digits = "", prefix = ""] = pattern.exec(word.text) ?? [];
  if (digits === "") throw wrongWord("UNIT", word, `is no amount of bytes; write one such as ${example}`);
  return readWhole({ ...word, text: digits }, "the number", 1n, BYTES_MAX) * FACTORS[prefix.toLowerCase()]!;
}

function explainBytes(values: Values, rateWord: Word, key: Key): Explained {
  const bytes = bytesOf(rateWord, BYTE_RATE, "512kb/s");
  const cost = CHUNKS_MAX / (bytes / CHUNK_BYTES + 1n);
  const rate = rational(bytes);
  const kept = rational((CHUNKS_MAX / cost - 1n) * CHUNK_BYTES);
  const burstWord = values.word("--hashlimit-burst");
  const burst = burstWord === undefined ? undefined : bytesOf(burstWord, BYTE_BURST, "1mb");
  if (burst !== undefined && burst < kept.num) {
    throw wrongWord("RANGE", burstWord!, `iptables refuses a burst below one second of the rate, ${kept.num} bytes`);
  }
  return {
    system: SYSTEM,
    does: "a bucket of one second a flow: what conforms matches the rule",
    figures: [
      rateFigure("rate", rateWord, rate),
      bytesFigure("bucket", undefined, rate, " (1 s of the rate, whatever the burst)"),
      ...(burst === undefined
        ? []
        : [bytesFigure("burst", burstWord, rational(burst), ", once in the life of the entry")]),
      drainFigure(rate, rate),
    ],
    policy: { meter: "token-bucket", rate: rateText(rate, "bytes"), burst: unitsText(rate, "bytes"), length: "ip" },
    by: key.by,
    also: [],
    refuses: [],
    rounds: [
      "a packet counts as length / 16 + 1 chunks of 16 bytes: 1500 B as 1504 (0.3 % more), 64 B as 80 (25 % more)",
      ...(compare(kept, rate) === 0
        ? []
        : [`the rate is kept as a 32-bit cost of a chunk: ${numberText(kept)} B/s instead of ${numberText(rate)}`]),
      JIFFY_REMARK,
    ],
    differs: [
      ...key.remarks,
      ...(burst === undefined
        ? []
        : [
            `burst ${burstWord!.text} is ${numberText(divide(rational(burst), rate))} seconds of the rate that an entry may use once and never gets back; Weir's bucket does not have them`,
          ]),
      "a packet above one second of the rate passes for the whole bucket; Weir refuses it",
      "a full table drops every new flow",
    ],
  };
}

/** `--hashlimit-upto 10/s --hashlimit-burst 5 --hashlimit-mode srcip`, the words behind "hashlimit". Throws ConfigError. */
export function explainHashlimit(words: readonly Word[]): Explained {
  const values = readValues(words, ROWS, SYSTEM, "blank");
  const [upto, above] = [values.word("--hashlimit-upto"), values.word("--hashlimit-above")];
  if (upto !== undefined && above !== undefined) {
    throw wrongWord("CONFLICT", above, "hashlimit takes --hashlimit-upto or --hashlimit-above; leave one of them out");
  }
  const rateWord =
    upto ?? above ?? values.needed("--hashlimit-upto", "is missing; state a rate such as 10/second or 512kb/s");
  const key = keyOf(values);
  const matched =
    above === undefined ? "green is what matches the rule" : "red is what matches the rule: it is inverted by above";
  if (rateWord.text.includes("b/s")) {
    const bytes = explainBytes(values, rateWord, key);
    return { ...bytes, differs: [...bytes.differs, matched] };
  }
  const rate = readCountRate(rateWord);
  const burstWord = values.word("--hashlimit-burst");
  const burst = burstWord === undefined ? BURST_DEFAULT : readWhole(burstWord, "hashlimit-burst", 1n, BURST_MAX);
  const interval = intervalNs(rate, SCALE);
  if (interval === undefined) throw wrongWord("RANGE", rateWord, "iptables refuses rates above 1000000 a second");
  return {
    system: SYSTEM,
    does: "a bucket of packets a flow: what conforms matches the rule",
    figures: packetFigures(rate, interval, burst, burstWord),
    policy: packetBucket(interval, burst),
    by: key.by,
    also: [],
    refuses: [],
    rounds: [...intervalRemarks(rate, interval), JIFFY_REMARK],
    differs: [...key.remarks, matched, "a full table drops every new flow"],
  };
}
