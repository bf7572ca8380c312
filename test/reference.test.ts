// Goal: the twin gives the figures that can be worked out by hand.
import { describe, expect, test } from "vitest";
import * as abi from "../assembly/abi.ts";
import { fraction, ZERO } from "../src/reference/rational.ts";
import * as reasons from "../src/reference/reason.ts";
import type { BucketDefinition, MeterDefinition } from "../src/types.ts";
import type { Packet } from "./support/run.ts";
import {
  at,
  bucket,
  cells,
  classOf,
  classPolicy,
  colorText,
  entry,
  meter,
  PACKETS,
  policyOf,
  SECOND,
} from "./support/twin.ts";

const MS = 1_000_000n;
const NEVER = 2n ** 64n - 1n;
const [NONE, OVERSIZE, COLOR_IN] = [reasons.REASON_NONE, reasons.REASON_OVERSIZE, reasons.REASON_COLOR_IN];
const [FIRST, SECOND_BUCKET] = [reasons.REASON_BUCKET, reasons.REASON_BUCKET + 1];

test("the numbers of reasons are those of the core", () => {
  const numbers = Object.entries(reasons).filter(([, value]) => typeof value === "number");
  expect(numbers).toHaveLength(9);
  expect(abi).toMatchObject(Object.fromEntries(numbers));
});

function turner(cap: bigint): MeterDefinition {
  return { kind: "turner", bucket: bucket(1n, 3n, { costRule: PACKETS }), cap: fraction(cap) };
}

describe("Turner's counter", () => {
  const bursts = [
    ...at(Array(50).fill(0n), 1),
    ...at(
      Array.from({ length: 50 }, (_, i) => 2n * BigInt(i + 1) * SECOND),
      1,
    ),
  ];

  test.each([
    ["clamped at its depth forgives a burst of 50 at the first probe, after 2 s", 3n, 2n],
    ["without a limit at the 47th, after 94 s", 1000n, 94n],
  ])("%s", (_, cap, seconds) => {
    const { colors } = meter(policyOf(turner(cap)), bursts);
    const first = bursts.findIndex(({ timeNs }, index) => timeNs > 0n && colors[index] === 0);
    expect(bursts[first]!.timeNs).toBe(seconds * SECOND);
  });
});

/** Cells in a row, this far apart, that conform. */
function longestBurst(definition: MeterDefinition, gapNs: bigint): number {
  const colors = meter(
    policyOf(definition),
    at(
      Array.from({ length: 60 }, (_, i) => BigInt(i) * gapNs),
      53,
    ),
  ).colors;
  return colors.findIndex((color) => color !== 0);
}

describe("cells", () => {
  test.each([
    [10n, 1n, 45n, 6],
    [10n, 1n, 44n, 5],
    [10n, 1n, 279n, 32],
    [10n, 1n, 278n, 31],
  ])("increment %d, gap %d, limit %d: at most %d cells in a row", (incrementNs, gapNs, limitNs, burst) => {
    expect(longestBurst({ kind: "bucket", bucket: cells(incrementNs, limitNs) }, gapNs)).toBe(burst);
  });

  test.each([
    [900n * MS, 11],
    [900n * MS - 1n, 10],
  ])("PCR 100/s and SCR 10/s with a tolerance of %d ns: %d cells at the peak rate", (limitNs, burst) => {
    const contract = { peak: cells(10n * MS, 0n), sustained: cells(100n * MS, limitNs) };
    expect(longestBurst({ kind: "dual", ...contract, mode: "coordinated", tags: false }, 10n * MS)).toBe(burst);
  });

  test("GCRA(10, 15) and a bucket of I + L", () => {
    const arrivals = at([0n, 1n, 2n, 3n, 14n, 15n, 16n, 30n, 31n], 53);
    const ownSize = bucket(fraction(SECOND, 10n), fraction(25n, 10n), { costRule: PACKETS });
    for (const own of [cells(10n, 15n), ownSize]) {
      expect(colorText(policyOf({ kind: "bucket", bucket: own }), arrivals)).toBe("002200202");
    }
  });
});

describe("two contracts at once", () => {
  const [slow, fast] = [bucket(1n, 20n), bucket(10n, 10n)];
  const packets = at([0n, 0n, 0n, 0n, SECOND, SECOND], 5);
  const [own, parent] = [slow, fast].map((node): MeterDefinition => ({ kind: "bucket", bucket: node }));
  const path = [classOf(entry(1, own!), entry(2, parent!))];
  const dual = { kind: "dual", peak: slow, sustained: fast, tags: false } as const;

  test.each([
    ["multi", policyOf({ kind: "multi", buckets: [slow, fast] }), "002200"],
    ["dual, coordinated", policyOf({ ...dual, mode: "coordinated" }), "002200"],
    ["dual, sequential", policyOf({ ...dual, mode: "sequential" }), "002222"],
    ["a path, all or none", classPolicy("all-or-none", path), "002200"],
    ["a path in series", classPolicy("series", path), "002222"],
  ])("%s", (_, policy, colors) => {
    expect(colorText(policy, packets)).toBe(colors);
  });

  test("independent: each is charged with what fits it, and a tag says which was passed", () => {
    const offered = at([0n, 0n, 0n], 8);
    const independent = meter(policyOf({ ...dual, mode: "independent" }), offered);
    expect(independent.colors).toEqual([0, 2, 2]);
    expect(independent.levels.map(([first]) => first / SECOND)).toEqual([8n, 16n, 16n]);
    expect(independent.reasons).toEqual([NONE, SECOND_BUCKET, FIRST]);
    const tagged = meter(policyOf({ ...dual, mode: "coordinated", tags: true }), offered);
    expect(tagged.colors).toEqual([0, 1, 2]);
    expect(tagged.reasons).toEqual([NONE, SECOND_BUCKET, FIRST]);
    expect(tagged.delays).toEqual([0n, 0n, 4n * SECOND]);
  });
});

type Row = readonly [
  packet: readonly number[],
  color: number,
  reason: number,
  delayMs: bigint | null,
  ...levels: number[],
];

const RFC_TABLES: readonly (readonly [string, MeterDefinition, readonly Row[]])[] = [
  [
    "srtcm: CIR 1000 B/s, CBS 1500, EBS 3000",
    { kind: "srtcm", committed: bucket(1000n, 1500n), excess: bucket(0n, 3000n), isAware: true },
    [
      // time in s, length, color of arrival
      [[0, 1000, 0], 0, NONE, 0n, 1000, 0],
      [[0, 500, 0], 0, NONE, 0n, 1500, 0],
      [[0, 1, 0], 1, FIRST, 0n, 1500, 1],
      [[0, 1499, 1], 1, COLOR_IN, 0n, 1500, 1500],
      [[0, 0, 2], 2, COLOR_IN, null, 1500, 1500],
      // C takes 1500 tokens first, then E the 500 that lack.
      [[0, 2000, 0], 2, SECOND_BUCKET, 2000n, 1500, 1500],
      [[0, 2000, 1], 2, SECOND_BUCKET, 2000n, 1500, 1500],
      [[0, 3001, 0], 2, OVERSIZE, null, 1500, 1500],
      [[2, 1500, 0], 0, NONE, 0n, 1500, 1000],
      [[9, 0, 0], 0, NONE, 0n, 0, 0],
    ],
  ],
  [
    "trtcm: PIR 2000 B/s, PBS 3000, CIR 1000 B/s, CBS 1500",
    { kind: "trtcm", peak: bucket(2000n, 3000n), committed: bucket(1000n, 1500n), isAware: true },
    [
      [[0, 1500, 0], 0, NONE, 0n, 1500, 1500],
      [[0, 1000, 0], 1, SECOND_BUCKET, 0n, 2500, 1500],
      [[0, 500, 1], 1, COLOR_IN, 0n, 3000, 1500],
      [[0, 500, 0], 2, FIRST, 250n, 3000, 1500],
      [[0, 0, 2], 2, COLOR_IN, null, 3000, 1500],
      [[0, 3001, 0], 2, OVERSIZE, null, 3000, 1500],
      [[1, 1000, 0], 0, NONE, 0n, 2000, 1500],
      [[1, 1000, 1], 1, COLOR_IN, 0n, 3000, 1500],
    ],
  ],
  [
    "trtcm-4115: CIR 1000 B/s, CBS 1000, EIR 500 B/s, EBS 2000",
    { kind: "trtcm-4115", committed: bucket(1000n, 1000n), excess: bucket(500n, 2000n), isAware: true },
    [
      [[0, 1000, 0], 0, NONE, 0n, 1000, 0],
      [[0, 2000, 0], 1, FIRST, 0n, 1000, 2000],
      [[0, 1500, 0], 2, SECOND_BUCKET, 3000n, 1000, 2000],
      [[0, 500, 0], 2, SECOND_BUCKET, 500n, 1000, 2000],
      [[0, 500, 1], 2, SECOND_BUCKET, 1000n, 1000, 2000],
      [[2, 1000, 1], 1, COLOR_IN, 0n, 0, 2000],
    ],
  ],
  [
    "mef, coupled: the same rates",
    { kind: "mef", committed: bucket(1000n, 1000n), excess: bucket(500n, 2000n), isAware: true, isCoupled: true },
    [
      [[0, 1000, 0], 0, NONE, 0n, 1000, 0],
      [[0, 2000, 0], 1, FIRST, 0n, 1000, 2000],
      // C takes 1000 tokens first: (1000 + 2000) tokens at 1500 a second. The 250 come sooner from E's own rate.
      [[0, 2000, 1], 2, SECOND_BUCKET, 2000n, 1000, 2000],
      [[0, 250, 1], 2, SECOND_BUCKET, 500n, 1000, 2000],
      [[2, 0, 0], 0, NONE, 0n, 0, 0],
    ],
  ],
  [
    "color-blind: every packet is read as green",
    { kind: "trtcm", peak: bucket(2000n, 3000n), committed: bucket(1000n, 1500n), isAware: false },
    [
      [[0, 1500, 2], 0, NONE, 0n, 1500, 1500],
      [[0, 1000, 1], 1, SECOND_BUCKET, 0n, 2500, 1500],
    ],
  ],
  [
    "event-counter: 1 event/s, alarm 3, cap 5, clear 1",
    {
      kind: "event-counter",
      bucket: bucket(1n, 3n, { costRule: PACKETS }),
      cap: fraction(5n),
      clear: fraction(1n),
    },
    [
      [[0, 9, 0], 0, NONE, 0n, 1, 0],
      [[0, 9, 0], 0, NONE, 0n, 2, 0],
      // A nanosecond later it would not have reached 3: rounded up to a millisecond here.
      [[0, 9, 0], 2, FIRST, 1n, 3, 1],
      [[0, 9, 0], 2, FIRST, 2000n, 4, 1],
      [[0, 9, 0], 2, FIRST, 3000n, 5, 1],
      [[0, 9, 0], 2, FIRST, 4000n, 5, 1],
      [[3, 9, 0], 2, FIRST, 1000n, 3, 1],
      [[5, 9, 0], 0, NONE, 0n, 2, 0],
    ],
  ],
];

describe("tables", () => {
  test.each(RFC_TABLES)("%s", (_, definition, rows) => {
    const packets = rows.map(([[seconds, length, colorIn]]): Packet => {
      return { timeNs: BigInt(seconds!) * SECOND, length: length!, colorIn: colorIn!, key: 1n };
    });
    const policy = policyOf(definition);
    const { colors, reasons: given, delays, levels } = meter(policy, packets);
    const [scales] = policy.profiles.map(({ buckets }) => buckets.map(({ levelPerUnit }) => levelPerUnit));
    const seen = rows.map((_row, index) => {
      const delayMs = delays[index] === NEVER ? null : (delays[index]! + MS - 1n) / MS;
      const [first, second] = levels[index]!;
      const inUnits = definition.kind === "event-counter" ? second : second / scales![1]!;
      return [packets[index], colors[index], given[index], delayMs, Number(first / scales![0]!), Number(inUnits)];
    });
    expect(seen).toEqual(rows.map(([, ...row], index) => [packets[index], ...row]));
  });
});

function verdictsOf(changes: Partial<BucketDefinition>): string {
  const own = bucket(SECOND, 10n, changes);
  return colorText(policyOf({ kind: "bucket", bucket: own }), at([0n, 0n, 0n, 1n, 5n], 6));
}

describe("one bucket", () => {
  test.each([
    ["post: 6, 12 > 10, 11, 7", {}, "02220"],
    ["pre: 6, 12, then red until at 10 or less", { check: "pre" as const }, "00220"],
    [
      "overdraft to a threshold of 6: red at the threshold, green below it",
      { check: "overdraft" as const, threshold: fraction(6n) },
      "02202",
    ],
    ["a threshold below the depth", { threshold: fraction(6n) }, "02222"],
    ["a flow that begins at 5", { initialLevel: fraction(5n) }, "22202"],
    ["a flow that begins full", { initialLevel: fraction(10n) }, "22222"],
  ])("%s", (_, changes, colors) => {
    expect(verdictsOf(changes)).toBe(colors);
  });

  test("rate 0 never drains, depth 0 lets zero-length packets through", () => {
    const full = meter(policyOf({ kind: "bucket", bucket: bucket(0n, 6n) }), at([0n, SECOND], 6));
    expect([full.colors, full.delays, full.reasons]).toEqual([
      [0, 2],
      [0n, NEVER],
      [NONE, FIRST],
    ]);
    const none = policyOf({ kind: "bucket", bucket: bucket(SECOND, ZERO) });
    expect(meter(none, [...at([0n], 0), ...at([0n], 1)]).reasons).toEqual([NONE, OVERSIZE]);
  });
});
