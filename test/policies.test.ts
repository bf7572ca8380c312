import { describe, expect, test } from "vitest";
import { checkValue, compilePolicy, inputKeyOf } from "../src/policies.ts";
import { METERS, POLICY_PARAMS, policyLine } from "../src/policies.ts";
import type { PolicyInput } from "../src/policies.ts";
import { rational, ZERO } from "../src/rational.ts";
import type { BucketDefinition, Rational } from "../src/types.ts";
import { bucketOf } from "./support/profile.ts";

const TOKEN: PolicyInput = { meter: "token-bucket", rate: "10 Mbit/s", burst: "64 kB" };
const SRTCM: PolicyInput = { meter: "srtcm", cir: "10 Mbit/s", cbs: "64 kB", ebs: "128 kB" };
const TRTCM: PolicyInput = { meter: "trtcm", cir: "10 Mbit/s", cbs: "64 kB", pir: "20 Mbit/s", pbs: "128 kB" };
const MEF: PolicyInput = { meter: "mef", cir: "10 Mbit/s", cbs: "64 kB", eir: "5 Mbit/s", ebs: "3 kB" };
const ATM: PolicyInput = { meter: "dual", pcr: "100 packets/s", cdvt: "1 ms", scr: "10 packets/s", mbs: 11 };
const COUNTER: PolicyInput = { meter: "event-counter", rate: "10 packets/min", alarm: 100 };
const MULTI: PolicyInput = { meter: "multi", buckets: ["10 Mbit/s 64 kB", "1000 packets/s 100 packets"] };

function bytes(ratePerSec: bigint, depth: bigint, rest: Partial<BucketDefinition> = {}): BucketDefinition {
  return bucketOf({ check: "post", ratePerSec: rational(ratePerSec), depth: rational(depth), ...rest });
}

function cells(
  ratePerSec: bigint,
  depthNum: bigint,
  depthDen: bigint,
  check: "pre" | "post" = "pre",
): BucketDefinition {
  const costRule = { cost: "packets", overheadBytes: 0, minLengthBytes: 0 } as const;
  return bucketOf({ check, ratePerSec: rational(ratePerSec), depth: rational(depthNum, depthDen) }, costRule);
}

function depthOf(input: PolicyInput): Rational | undefined {
  const { definition } = compilePolicy(input);
  return definition.kind === "bucket" ? definition.bucket.depth : undefined;
}

describe("the table", () => {
  const forms = METERS.flatMap((row) => row.forms.map((form) => ({ row, form })));

  test.each(forms)("$row.name: the example of form $form.params compiles", ({ row, form }) => {
    const values = form.params.map((name, index): [string, string] => [name, form.example[index] ?? ""]);
    const policy = compilePolicy({ meter: row.name, ...Object.fromEntries(values) });
    expect(policy.meter).toBe(row.name);
    expect(policyLine(policy)).not.toContain("undefined");
  });

  test("the example of every parameter is taken, by every meter that has it beside its form", () => {
    for (const param of POLICY_PARAMS) expect(() => checkValue(param, param.example)).not.toThrow();
    let taken = 0;
    for (const { row, form } of forms) {
      const whole = Object.fromEntries(form.params.map((name, index) => [name, form.example[index] ?? ""]));
      const ofForms = new Set(row.forms.flatMap(({ params }) => params));
      for (const { name, example } of row.params.filter((param) => !ofForms.has(param.name))) {
        const isOfCells = name === "spacing" && form.defaultCheck.packets !== "pre";
        const cost = name === "spacing" ? { cost: "packets" } : {};
        if (!isOfCells)
          expect(() => compilePolicy({ meter: row.name, ...whole, ...cost, [name]: example })).not.toThrow();
        taken += 1;
      }
    }
    expect(taken).toBeGreaterThan(20);
  });

  test("parameters are unique, and those of a form are its row's", () => {
    const names = POLICY_PARAMS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names.map(inputKeyOf)).size).toBe(names.length);
    for (const { params, forms: own } of METERS) {
      const rowNames = params.map(({ name }) => name);
      expect(new Set(rowNames).size).toBe(rowNames.length);
      expect(names).toEqual(expect.arrayContaining(rowNames));
      for (const form of own) expect(rowNames).toEqual(expect.arrayContaining([...form.params]));
      for (const form of own) expect(form.example.length).toBe(form.params.length);
    }
  });
});

describe("definitions", () => {
  test("token-bucket, and the same as leaky-bucket", () => {
    const { definition, profiles, length, warnings } = compilePolicy(TOKEN);
    expect(definition).toEqual({ kind: "bucket", bucket: bytes(1_250_000n, 64_000n) });
    expect([length, warnings]).toEqual(["frame", []]);
    expect(compilePolicy({ ...TOKEN, meter: "leaky-bucket" }).profiles).toEqual(profiles);
  });

  test("gcra: T and tau give rate 1/T and depth tau/T; cells are tested without their own size", () => {
    const packets = compilePolicy({ meter: "gcra", increment: "10 us", limit: "15 us", cost: "packets" });
    expect(packets.definition).toEqual({ kind: "bucket", bucket: cells(100_000n, 3n, 2n) });
    const ofBytes = compilePolicy({ meter: "gcra", increment: "1 us", limit: "2 ms", cost: "bytes" });
    expect(ofBytes.definition).toEqual({ kind: "bucket", bucket: bytes(1_000_000n, 2000n) });
    expect(compilePolicy({ meter: "gcra", rate: "8 Mbit/s", burst: "2 ms" }).definition).toEqual(ofBytes.definition);
    const mbs = compilePolicy({ meter: "gcra", increment: "10 us", mbs: "4 cells", spacing: "1 us" });
    expect(mbs.definition).toEqual({ kind: "bucket", bucket: cells(100_000n, 27n, 10n) });
  });

  test("a burst in time is rate x time, exactly", () => {
    expect(depthOf({ ...TOKEN, burst: "10 ms" })).toEqual(rational(12_500n));
    expect(depthOf({ meter: "leaky-bucket", rate: "10 packets/min", burst: "10 s" })).toEqual(rational(5n, 3n));
  });

  test("keys are taken in both spellings", () => {
    const dashed = compilePolicy({ ...TOKEN, overhead: 24, "min-length": "84 B", length: "ip" });
    expect(dashed.profiles[0]?.buckets[0].costRule).toEqual({ cost: "bytes", overheadBytes: 24, minLengthBytes: 84 });
    expect(compilePolicy({ ...TOKEN, overhead: "24", minLength: 84, length: "ip", check: undefined })).toEqual(dashed);
    expect(compilePolicy({ ...SRTCM, colorAware: "true" })).toEqual(compilePolicy({ ...SRTCM, "color-aware": true }));
    expect(compilePolicy({ meter: "multi", bucket: "10 Mbit/s, 64 kB" })).toEqual(
      compilePolicy({ meter: "multi", buckets: [{ rate: "10 Mbit/s", burst: "64 kB" }] }),
    );
  });

  test.each<[string, bigint, bigint]>([
    ["full", 0n, 0n],
    ["empty", 64_000n, 3000n],
    ["25 %", 48_000n, 2250n],
    ["2 kB", 62_000n, 1000n],
    ["10 kB", 54_000n, 0n],
    ["1 GB", 0n, 0n],
  ])("initial %s is that many tokens, at most the depth of each bucket", (initial, level0, level1) => {
    const [slot] = compilePolicy({ ...MEF, initial }).profiles;
    const levels = slot?.buckets.map(({ initialLevel, levelPerUnit }) => initialLevel / levelPerUnit);
    expect(levels).toEqual([level0, level1]);
  });

  const committed = bytes(1_250_000n, 64_000n);
  const turner = { kind: "turner", bucket: committed } as const;
  test.each<[PolicyInput, unknown]>([
    [
      { ...TOKEN, check: "overdraft" },
      { kind: "bucket", bucket: { ...committed, check: "overdraft" } },
    ],
    [
      { ...TOKEN, meter: "turner" },
      { ...turner, cap: rational(64_000n) },
    ],
    [
      { ...TOKEN, meter: "turner", cap: "70 kB" },
      { ...turner, cap: rational(70_000n) },
    ],
    [
      { ...TOKEN, meter: "turner", mode: "unlimited" },
      { ...turner, cap: rational((2n ** 63n - 1n) / 800n - 65_535n) },
    ],
    [
      { ...COUNTER, rate: "10 packet/s" },
      { kind: "event-counter", bucket: cells(10n, 100n, 1n, "post"), cap: rational(100n), clear: ZERO },
    ],
    [
      { ...COUNTER, rate: "10 packets/s", clear: "10 events", cap: "200 packets" },
      { kind: "event-counter", bucket: cells(10n, 100n, 1n, "post"), cap: rational(200n), clear: rational(10n) },
    ],
    [SRTCM, { kind: "srtcm", committed, excess: bytes(0n, 128_000n), isAware: false }],
    [
      { ...SRTCM, ebs: "10 ms", colorAware: true },
      { kind: "srtcm", committed, excess: bytes(0n, 12_500n), isAware: true },
    ],
    [TRTCM, { kind: "trtcm", peak: bytes(2_500_000n, 128_000n), committed, isAware: false }],
    [
      { ...MEF, meter: "trtcm-4115" },
      { kind: "trtcm-4115", committed, excess: bytes(625_000n, 3000n), isAware: false },
    ],
    [MEF, { kind: "mef", committed, excess: bytes(625_000n, 3000n), isCoupled: false, isAware: false }],
    [
      { ...MEF, coupling: "on", colorAware: false },
      { kind: "mef", committed, excess: bytes(625_000n, 3000n), isCoupled: true, isAware: false },
    ],
    [
      { ...MEF, cf: 1 },
      { kind: "mef", committed, excess: bytes(625_000n, 3000n), isCoupled: true, isAware: false },
    ],
    // ITU-T I.371 by times and by ATM's names: BT = 10 (100 ms - 10 ms) = 0.9 s, 9 increments of 100 ms.
    [
      ATM,
      { kind: "dual", peak: cells(100n, 1n, 10n), sustained: cells(10n, 9n, 1n), mode: "coordinated", tags: false },
    ],
    [
      {
        meter: "dual",
        "peak-increment": "10 ms",
        peakLimit: "1 ms",
        increment: "100 ms",
        limit: "0.9 s",
        cost: "packets",
        mode: "sequential",
      },
      { kind: "dual", peak: cells(100n, 1n, 10n), sustained: cells(10n, 9n, 1n), mode: "sequential", tags: false },
    ],
    [
      { ...TOKEN, meter: "dual", peakRate: "20 Mbit/s", peakBurst: "3 kB", tag: true },
      { kind: "dual", peak: bytes(2_500_000n, 3000n), sustained: committed, mode: "coordinated", tags: true },
    ],
    [MULTI, { kind: "multi", buckets: [committed, cells(1000n, 100n, 1n, "post")] }],
    [
      { ...TOKEN, meter: "weighted" },
      { kind: "weighted", bucket: committed, group: 0, weight: 1n, groupWeights: [1n] },
    ],
  ])("%j", (input, definition) => {
    expect(compilePolicy(input).definition).toEqual(definition);
  });
});

describe("warnings", () => {
  const FULL = "a full frame of 1514 bytes needs a depth of 1514 B";
  const rows: [PolicyInput, string[]][] = [
    [{ ...TOKEN, burst: "1 kB" }, [`burst "1 kB": packets longer than 1000 bytes can never conform; ${FULL}`]],
    [
      { ...TOKEN, burst: "1500 B", length: "ip", overhead: 4 },
      [
        'burst "1500 B": packets longer than 1496 bytes can never conform; a full IP packet of 1500 bytes needs a depth of 1504 B',
      ],
    ],
    [{ ...TOKEN, burst: "1500 B", length: "ip" }, []],
    [{ ...TOKEN, burst: "50 B", "min-length": 64 }, [`burst "50 B": packets can never conform; ${FULL}`]],
    [{ ...TOKEN, rate: "0 B/s" }, ['rate "0 B/s": the bucket never drains; after 64 kB a flow never conforms again']],
    [
      { ...TOKEN, meter: "leaky-bucket", check: "pre" },
      ['check "pre": a packet of any size passes when the level is at most the depth (64 kB)'],
    ],
    [
      { ...TOKEN, check: "overdraft" },
      ['check "overdraft": a packet of any size passes when the level is below the depth (64 kB)'],
    ],
    [
      { meter: "gcra", increment: "1 us", limit: "2 ms" },
      ['increment "1 us": is the time of one byte; for cells or packets add cost packets'],
    ],
    [{ meter: "gcra", increment: "1 us", limit: "2 ms", cost: "bytes" }, []],
    [
      { meter: "token-bucket", rate: "1 packets/s", burst: "0.5 packets", overhead: 4 },
      [
        'burst "0.5 packets": a bucket of less than 1 packet lets none conform',
        "overhead and min-length change nothing with cost packets",
      ],
    ],
    [
      { ...TOKEN, initial: "50%" },
      ['initial "50%": no flow is dropped from a full table, because it would begin anew with fewer tokens'],
    ],
    [
      { ...COUNTER, rate: "0 packets/s" },
      ['rate "0 packets/s": the bucket never drains; after 100 packets the alarm of a flow never ends'],
    ],
    [{ ...SRTCM, cbs: "0 B" }, [`cbs "0 B": packets can never be green; ${FULL}`]],
    [{ ...SRTCM, ebs: "0 B" }, []],
    [
      { ...SRTCM, cir: "0 B/s" },
      [
        'cir "0 B/s": the committed bucket never drains; after 64 kB no packet of a flow is green again',
        'cir "0 B/s": the excess bucket never drains; after 128 kB no packet of a flow is yellow again',
      ],
    ],
    [
      { ...MEF, eir: "0 B/s" },
      ['eir "0 B/s": the excess bucket never drains; after 3 kB no packet of a flow is yellow again'],
    ],
    [{ ...MEF, eir: "0 B/s", coupling: "on" }, []],
    [{ ...MEF, eir: "0 B/s", ebs: "0 B" }, []],
    [
      { ...MEF, cbs: "1 kB", ebs: "500 B" },
      [`cbs "1 kB": packets longer than 1000 bytes can never be other than red; ${FULL}`],
    ],
    [
      { ...MEF, cbs: "1 kB", ebs: "1.2 kB" },
      [
        `ebs "1.2 kB": packets longer than 1200 bytes can never be other than red; ${FULL}`,
        `cbs "1 kB": packets longer than 1000 bytes can never be green; ${FULL}`,
      ],
    ],
    [
      { ...TRTCM, cbs: "1 MB" },
      ['cbs "1 MB": is above pbs "128 kB", which a burst cannot pass, so the rest is of no use'],
    ],
    [
      { ...TOKEN, meter: "dual", peakRate: "1 Mbit/s", peakBurst: "3 kB" },
      ['peak-rate "1 Mbit/s": is below rate "10 Mbit/s", so that over longer times the peak alone decides'],
    ],
    [
      { meter: "multi", buckets: ["10 Mbit/s 64 kB", "0 packets/s 100 packets", "1 MB/s 1 kB"] },
      [
        'bucket 2 rate "0 packets/s": the bucket never drains; after 100 packets a flow never conforms again',
        `bucket 3 burst "1 kB": packets longer than 1000 bytes can never conform; ${FULL}`,
      ],
    ],
  ];
  test.each(rows)("%j", (input, warnings) => {
    expect(compilePolicy(input).warnings).toEqual(warnings);
  });
});
