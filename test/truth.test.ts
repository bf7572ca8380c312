// Goal: every frame of every public capture is read as tshark reads it, but for a table of exceptions that is exact.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import {
  KIND_OTHER,
  SOURCE_FRAMES,
  SOURCE_UNKNOWN_LINK,
  SOURCE_UNKNOWN_LINK_FRAMES,
  STAT_FRAMES,
} from "../assembly/abi.ts";
import { accountedBytes, type FrameRow, runCapture } from "./support/capture.ts";
import { unpacked } from "./support/unpacked.ts";

const FIXTURES = new URL("fixtures/", import.meta.url);
const CORPUS = new URL("../../shared/traces/", import.meta.url);

interface Exception {
  readonly reason: string;
  /** Frames that we and the truth have. */
  readonly frames: readonly [number, number];
  /** Frames that both have and that differ. */
  readonly differing: number;
}

const OTHER_COMPRESSION = "lz4 and zstd are unpacked before the core, not by it";
const ERF_REFUSED = "decision 11: ERF is refused by name";
const NO_HEADER = "cut inside the file's header: tshark shows the piece as a frame";
const PREALLOCATED = "decision 7: zeros to the file's end are no frames";

/** An entry whose file agrees, or differs otherwise, fails. */
const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  "derived__o_comp.pcap.lz4": exception(OTHER_COMPRESSION, 0, 500),
  "derived__o_comp.pcap.zst": exception(OTHER_COMPRESSION, 0, 500),
  "dnscap__dns.pcap.lz4": exception(OTHER_COMPRESSION, 0, 133),
  "dnscap__dns.pcap.zst": exception(OTHER_COMPRESSION, 0, 133),
  "dnscap__dns_short.pcap.zst": exception(OTHER_COMPRESSION, 0, 131),
  "libtrace__fragtest.erf.gz": exception(ERF_REFUSED, 0, 10_000),
  "libtrace__provenance.erf": exception(ERF_REFUSED, 0, 100),
  "derived__o_cut_3.pcap": exception(NO_HEADER, 0, 1),
  "derived__o_ngcut_27.pcapng": exception(NO_HEADER, 0, 1),
  "derived__o_trailing_zeros.pcap": exception(PREALLOCATED, 500, 756),
  "tcpdump__bgp_vpn_rt-oobr.pcap": exception(PREALLOCATED, 24, 38),
  "tcpdump__timestamp_invalid_micro.pcap": exception("decision 5: seconds + fraction; tshark wraps 2^32 us", 3, 3, 1),
  "tcpflow__bug8.pcap": exception("decision 5: seconds + fraction; tshark wraps 2^32 us", 81, 81, 1),
  "tcpdump__atm-oam-heapoverflow.pcap": exception("tshark takes 4 bytes off the length of ATM frames", 1, 1, 1),
  "surver__bug-6875-01__fuzz.pcap": exception("one broken record: tshark takes the file for another dialect", 1, 2, 1),
  "zeek__cisco-fabric-path.pcap": exception(
    "tshark takes the last 4 bytes behind a FabricPath tag for a checksum, though they end the SCTP header",
    130,
    130,
    24,
  ),
};

function exception(reason: string, ours: number, truths: number, differing = 0): Exception {
  return { reason, frames: [ours, truths], differing };
}

interface TruthRow {
  /** Undefined when the frame has no time. */
  readonly timeNs: bigint | undefined;
  readonly length: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

const HEADER = "frame\ttime\tlen\tcaplen\tif\tstack\tvlans\to_src\to_dst\to_proto\to_sport\to_dport\t";

function readTruth(text: string): TruthRow[] {
  const [header, ...lines] = text.split("\n").filter((line) => line !== "");
  if (!header!.startsWith(HEADER)) throw new Error(`truth has other columns: ${header}`);
  return lines.map((line) => {
    const [, time, length, , , , , source, destination, protocol, sourcePort, destinationPort] = line.split("\t");
    return {
      timeNs: time === "" ? undefined : nanoseconds(time!),
      length: Number(length),
      source: source ?? "",
      destination: destination ?? "",
      protocol: protocol ?? "",
      sourcePort: Number(sourcePort ?? ""),
      destinationPort: Number(destinationPort ?? ""),
    };
  });
}

/** tshark writes a fraction of a second or more as ten digits: it is nanoseconds all the same. */
function nanoseconds(time: string): bigint {
  const [seconds, fraction] = time.split(".");
  return BigInt(seconds!) * 1_000_000_000n + BigInt(fraction!);
}

const NO_ADDRESS = new Set(["", "0.0.0.0", "::"]);

/** Where the truth has no address there is no IP header, or the address was cut off: then ours is zero. */
function isAddress(ours: string, theirs: string): boolean {
  return ours === theirs || (theirs === "" && NO_ADDRESS.has(ours));
}

function agrees(row: FrameRow, truth: TruthRow): boolean {
  // Of a header that was cut the protocol can be known without the addresses; tshark shows it with the source only.
  const protocol = row.kind === KIND_OTHER ? "" : `${row.protocol}`;
  const isProtocol = protocol === truth.protocol || (truth.protocol === "" && truth.source === "");
  return (
    (truth.timeNs === undefined || row.timeNs === truth.timeNs) &&
    row.length === truth.length &&
    isAddress(row.source, truth.source) &&
    isAddress(row.destination, truth.destination) &&
    isProtocol &&
    row.sourcePort === truth.sourcePort &&
    row.destinationPort === truth.destinationPort
  );
}

const totals = {
  files: 0,
  frames: 0,
  agreeing: 0,
  exceptions: new Set<string>(),
  unknownLinks: new Map<string, bigint>(),
};

/** Compares one file; `expect` has the last word on every difference. */
function compare(name: string, capture: Uint8Array, truthText: string): void {
  const truth = readTruth(truthText);
  const run = runCapture(capture);
  const counters = run.counters[0]!;
  const differing = run.rows.flatMap((row, index) => {
    const want = truth[index];
    return want === undefined || agrees(row, want) ? [] : [{ row, want }];
  });
  const known = EXCEPTIONS[name];
  if (known === undefined) {
    expect(differing.slice(0, 3)).toEqual([]);
    expect(run.rows.length).toBe(truth.length);
  } else {
    const found = { reason: known.reason, frames: [run.rows.length, truth.length], differing: differing.length };
    expect(found).toEqual(known);
    totals.exceptions.add(`${name}: ${known.reason}`);
  }
  expect(run.rows.every((row, index) => row.frame === BigInt(index + 1))).toBe(true);
  expect([counters[SOURCE_FRAMES], run.stats[STAT_FRAMES]]).toEqual([BigInt(run.rows.length), BigInt(run.rows.length)]);
  expect(accountedBytes(counters)).toBe(BigInt(run.fedBytes[0]!));
  totals.files += 1;
  totals.frames += truth.length;
  totals.agreeing += Math.min(run.rows.length, truth.length) - differing.length;
  noteUnknownLink(counters);
}

function noteUnknownLink(counters: readonly bigint[]): void {
  const frames = counters[SOURCE_UNKNOWN_LINK_FRAMES]!;
  const link = `${counters[SOURCE_UNKNOWN_LINK]!}`;
  if (frames > 0n) totals.unknownLinks.set(link, (totals.unknownLinks.get(link) ?? 0n) + frames);
}

const fixtures = readdirSync(FIXTURES).filter((name) => /\.pcap(?:ng)?$/.test(name));

test.each(fixtures)("fixture %s", (name) => {
  const truth = readFileSync(new URL(`${name}.tsv`, FIXTURES), "utf8");
  compare(name, readFileSync(new URL(name, FIXTURES)), truth);
});

if (existsSync(CORPUS)) {
  describeCorpus();
} else {
  console.warn(`corpus absent: ${CORPUS.pathname} is not there, only the ${fixtures.length} fixtures are compared`);
}

test("the fixtures are there", () => {
  expect(fixtures.length).toBeGreaterThan(12);
});

function describeCorpus(): void {
  const files = readdirSync(new URL("truth/open/", CORPUS)).map((name) => name.replace(/\.tsv\.gz$/, ""));
  const read = (path: string) => readFileSync(new URL(path, CORPUS));

  describe("corpus", () => {
    test.each(files)("%s", (name) => {
      const path = encodeURIComponent(name);
      const truth = gunzipSync(read(`truth/open/${path}.tsv.gz`)).toString();
      compare(name, unpacked(read(`open/${path}`)), truth);
    });

    test("every exception names a file of the corpus", () => {
      expect(Object.keys(EXCEPTIONS).filter((name) => !files.includes(name))).toEqual([]);
    });
  });
}

afterAll(() => {
  const links = [...totals.unknownLinks].map(([link, frames]) => `${link} (${frames} frames)`);
  console.log(
    [
      `truth: ${totals.agreeing} of ${totals.frames} frames in ${totals.files} files agree`,
      ...[...totals.exceptions].map((line) => `  exception ${line}`),
      `  link types not supported, their frames read as other: ${links.join(", ")}`,
    ].join("\n"),
  );
});
