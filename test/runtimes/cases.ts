/** The meters of the conformance trace: every algorithm, kind of key, unit of time and full-table policy in turn. */
import type { Random } from "../../bench/random.ts";
import type { Key, MeterOptions } from "../../src/edge/types.ts";

export interface ConformanceCase {
  readonly name: string;
  readonly options: MeterOptions;
  /** A refused call is charged as well, so the wait after it is longer than the one that is told before. */
  readonly chargesRefused?: boolean;
  /** One of a few hundred keys, of the meter's kind. */
  key(random: Random): Key;
  /** What a policy is replaced by on the way, and how; policies of one meter, so that state can be carried over. */
  readonly replacement?: MeterOptions["policies"][number];
}

const SEED = [0x0302_0100, 0x0706_0504, 0x0b0a_0908, 0x0f0e_0d0c] as const;
/** More than there is room for: the table is full most of the time. */
const KEYS = 300;
const ROOM = 96;

const shared = { maxFlows: ROOM, seed: SEED, batchRows: 128 } as const;

function wordKey(random: Random): number {
  return Math.imul(random.below(KEYS), 0x9e37_79b1) >>> 0;
}

/** ASCII, two and three bytes a character, surrogate pairs and one that is alone; short and long. */
const TEXTS = ["user-", "größe/", "例え:", "😀", "\uD800", "x".repeat(200)];

function textKey(random: Random): string {
  const number = random.below(KEYS);
  return TEXTS[number % TEXTS.length]! + String(number);
}

function bytesKey(random: Random): Uint8Array {
  const number = random.below(KEYS);
  return Uint8Array.from({ length: number % 41 }, (_, index) => (number * 31 + index * 7) & 255);
}

function tupleKey(random: Random): Key {
  const number = random.below(KEYS);
  const isWide = number % 3 === 0;
  return {
    protocol: number % 2 === 0 ? 6 : 17,
    source: isWide ? `2001:db8::${number.toString(16)}` : `192.0.2.${number % 256}`,
    destination: isWide ? new Uint8Array(16).fill(number) : "198.51.100.7",
    sourcePort: 1024 + number,
    destinationPort: 443,
  };
}

function longKey(random: Random): Key {
  const number = random.below(KEYS);
  return number % 2 === 0 ? number * 2 ** 40 : BigInt(number) << 50n;
}

function anyKey(random: Random): Key {
  const makers = [wordKey, textKey, bytesKey, longKey];
  return makers[random.below(makers.length)]!(random);
}

export const CASES: readonly ConformanceCase[] = [
  {
    name: "token-bucket, packets, u32, ms",
    options: {
      ...shared,
      key: "u32",
      policies: [{ meter: "token-bucket", cost: "packets", rate: "10 packets/s", burst: "20 packets" }],
    },
    key: wordKey,
    replacement: { meter: "token-bucket", cost: "packets", rate: "25 packets/s", burst: "7 packets" },
  },
  {
    name: "leaky-bucket, bytes, string, us",
    options: {
      ...shared,
      key: "string",
      time: "us",
      onFull: "evict-oldest",
      replaceable: true,
      policies: [{ meter: "leaky-bucket", rate: "1 kB/s", burst: "20 B" }],
    },
    key: textKey,
    // At more digits than places hold that are made for the first.
    replacement: { meter: "leaky-bucket", rate: "12.3456789 B/s", burst: "61.5 B" },
  },
  {
    name: "gcra, packets, u64, ns",
    options: {
      ...shared,
      key: "u64",
      time: "ns",
      onFull: "allow",
      policies: [{ meter: "gcra", cost: "packets", increment: "333 us", limit: "5 ms" }],
    },
    key: longKey,
  },
  {
    name: "token-bucket above 2^53 level steps, bytes, bytes key, ms",
    options: {
      ...shared,
      key: "bytes",
      onFull: "deny",
      policies: [{ meter: "token-bucket", rate: "12.3456789 B/s", burst: "19.75 B" }],
    },
    key: bytesKey,
  },
  {
    name: "srtcm and trtcm, color-aware, 5-tuple, us",
    options: {
      ...shared,
      key: "5-tuple",
      time: "us",
      policies: [
        { meter: "srtcm", cir: "500 B/s", cbs: "16 B", ebs: "24 B", colorAware: true },
        { meter: "trtcm", cir: "500 B/s", cbs: "16 B", pir: "900 B/s", pbs: "30 B", colorAware: true },
      ],
    },
    key: tupleKey,
    replacement: { meter: "srtcm", cir: "700 B/s", cbs: "30 B", ebs: "12 B", colorAware: true },
  },
  {
    name: "trtcm-4115, mef and dual, u32, ns",
    options: {
      ...shared,
      key: "u32",
      time: "ns",
      onFull: "evict-oldest",
      policies: [
        { meter: "trtcm-4115", cir: "700 B/s", cbs: "18 B", eir: "300 B/s", ebs: "25 B" },
        { meter: "mef", cir: "700 B/s", cbs: "18 B", eir: "300 B/s", ebs: "25 B", coupling: "on" },
        { meter: "dual", peakRate: "2 kB/s", peakBurst: "18 B", rate: "400 B/s", burst: "40 B" },
      ],
    },
    key: wordKey,
  },
  {
    name: "turner, event-counter and multi, any key, ms",
    chargesRefused: true,
    options: {
      ...shared,
      policies: [
        { meter: "turner", rate: "500 B/s", burst: "30 B" },
        { meter: "event-counter", rate: "10 packets/s", alarm: "12 packets", clear: "3 packets" },
        { meter: "multi", buckets: ["900 B/s 30 B", "20 packets/s 5 packets", "100 B/s 200 B"] },
      ],
    },
    key: anyKey,
  },
  {
    name: "several limits on one key, parts of costs, string, ms",
    options: {
      ...shared,
      key: "string",
      costParts: 10,
      policies: [
        { name: "second", meter: "token-bucket", cost: "packets", rate: "20 packets/s", burst: "10 packets" },
        { name: "minute", meter: "token-bucket", cost: "packets", rate: "300 packets/min", burst: "50 packets" },
        { name: "both", all: ["second", "minute"] },
      ],
    },
    key: textKey,
    replacement: { meter: "token-bucket", cost: "packets", rate: "5 packets/s", burst: "20 packets" },
  },
];
