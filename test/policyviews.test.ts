import { describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { compileLoaded, compilePolicy, describePolicy, loadPolicyText, policyLine } from "../src/policies.ts";
import type { PolicyDescription, PolicyInput } from "../src/policies.ts";
import type { Policy } from "../src/types.ts";

const TOKEN: PolicyInput = { meter: "token-bucket", rate: "10 Mbit/s", burst: "64 kB" };
const SRTCM: PolicyInput = { meter: "srtcm", cir: "10 Mbit/s", cbs: "64 kB", ebs: "128 kB" };
const TRTCM: PolicyInput = { meter: "trtcm", cir: "10 Mbit/s", cbs: "64 kB", pir: "20 Mbit/s", pbs: "128 kB" };
const MEF: PolicyInput = { meter: "mef", cir: "10 Mbit/s", cbs: "64 kB", eir: "5 Mbit/s", ebs: "3 kB" };
const ATM: PolicyInput = { meter: "dual", pcr: "100 packets/s", cdvt: "1 ms", scr: "10 packets/s", mbs: 11 };
const COUNTER: PolicyInput = { meter: "event-counter", rate: "10 packets/min", alarm: 100 };
const MULTI: PolicyInput = { meter: "multi", buckets: ["10 Mbit/s 64 kB", "1000 packets/s 100 packets"] };

function described(input: PolicyInput): PolicyDescription {
  return describePolicy(compilePolicy(input));
}

async function compiled(text: string): Promise<Policy> {
  return compileLoaded(await loadPolicyText(text, "p.yaml"));
}

describe("a described policy", () => {
  test("is plain JSON with exact numbers, and the keys of one bucket", () => {
    const policy = described({ meter: "gcra", increment: "7 us", limit: "5 ms", cost: "packets" });
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
    expect(policy).toEqual({
      meter: "gcra",
      cost: "packets",
      length: "frame",
      overhead: 0,
      minLength: 0,
      check: "pre",
      rate: { text: "about 142900 packets/s", unitsPerSec: "1000000/7" },
      depth: { text: "about 714.3 packets", units: "5000/7" },
      fillTime: { text: "5 ms", ns: 5_000_000 },
      largestConformingPacket: 1_317_624_576_692_825,
      mbs: 715,
      warnings: [],
    });
    expect(described({ meter: "token-bucket", rate: "1 GB/s", burst: "9007199254740993 B" }).depth?.units).toBe(
      "9007199254740993",
    );
    expect(described({ ...TOKEN, rate: "0 B/s" }).fillTime).toBeNull();
    expect(described({ ...TOKEN, overhead: 24 }).largestConformingPacket).toBe(63_976);
    expect(described({ meter: "token-bucket", rate: "1 packet/s", burst: "5 packets" }).mbs).toBe(5);
  });

  test.each<[PolicyInput, object]>([
    [{ ...TOKEN, initial: "50%" }, { initial: { text: "32 kB", units: 32_000 } }],
    [
      { ...TOKEN, meter: "turner" },
      { mode: "clamped", cap: { text: "64 kB", units: 64_000 } },
    ],
    [
      { ...TOKEN, meter: "turner", mode: "unlimited" },
      { mode: "unlimited", cap: { text: "about 11530 TB", units: "11529215046002934" } },
    ],
    [
      { ...COUNTER, clear: 5 },
      { alarm: { text: "100 packets", units: 100 }, clear: { text: "5 packets", units: 5 }, mbs: null },
    ],
    [
      SRTCM,
      {
        colorAware: false,
        largestConformingPacket: 128_000,
        buckets: [{ name: "committed" }, { name: "excess", fillTime: null }],
      },
    ],
    [{ ...SRTCM, cbs: "1 MB" }, { largestConformingPacket: 1_000_000 }],
    [
      { ...TRTCM, colorAware: true },
      { colorAware: true, largestConformingPacket: 128_000, buckets: [{ name: "peak" }, { name: "committed" }] },
    ],
    [
      { ...MEF, coupling: "on" },
      { coupling: "on", colorAware: false },
    ],
    [
      ATM,
      {
        mode: "coordinated",
        tags: false,
        mbs: 11,
        buckets: [{ fillTime: { ns: 1_000_000 } }, { fillTime: { text: "900 ms" } }],
      },
    ],
    [
      MULTI,
      {
        cost: "mixed",
        largestConformingPacket: 64_000,
        buckets: [
          { name: "bucket 1", cost: "bytes" },
          { name: "bucket 2", cost: "packets" },
        ],
      },
    ],
    [
      { ...MULTI, buckets: ["1 B/s 64 kB", "1 B/s 2 kB", "1 packets/s 0.5 packets"] },
      { largestConformingPacket: null },
    ],
  ])("%j", (input, parts) => {
    expect(described(input)).toMatchObject(parts);
  });

  test.each<[PolicyInput, string]>([
    [TOKEN, "token-bucket  10 Mbit/s, burst 64 kB, cost bytes, length frame, per src; a full bucket drains in 51.2 ms"],
    [
      { ...TOKEN, rate: "0 B/s", overhead: 24, minLength: 84, check: "overdraft", initial: "empty" },
      "token-bucket  0 bit/s, burst 64 kB, initial 0 B, cost bytes, length frame, overhead 24 B, min length 84 B, check overdraft, per src; never drains",
    ],
    [
      { meter: "gcra", increment: "10 ms", mbs: 3, spacing: "1 ms" },
      "gcra  100 packets/s, burst 1.8 packets, spacing 1 ms, cost packets, length frame, check pre, per src; a full bucket drains in 18 ms",
    ],
    [
      { ...COUNTER, clear: 5 },
      "event-counter  10 packets/min, alarm 100 packets, clear 5 packets, cap 100 packets, cost packets, length frame, per src; a full bucket drains in 10 min",
    ],
    [
      { ...SRTCM, initial: "empty" },
      "srtcm  committed 10 Mbit/s 64 kB (initial 0 B), excess 128 kB (initial 0 B), color-blind, cost bytes, length frame, per src",
    ],
    [
      { ...MEF, coupling: "on", colorAware: true },
      "mef  committed 10 Mbit/s 64 kB, excess 5 Mbit/s 3 kB, coupling on, color-aware, cost bytes, length frame, per src",
    ],
    [
      { ...ATM, tag: true },
      "dual  peak 100 packets/s 0.1 packets, sustained 10 packets/s 9 packets, mode coordinated, tag, cost packets, length frame, check pre, per src",
    ],
    [MULTI, "multi  bucket 1 10 Mbit/s 64 kB, bucket 2 1000 packets/s 100 packets, cost mixed, length frame, per src"],
  ])("in one line: %j", (input, line) => {
    expect(policyLine(compilePolicy(input), "src")).toBe(line);
  });
});

describe("policy text", () => {
  test.each<[string, PolicyInput]>([
    ["meter: token-bucket\nrate: 10 Mbit/s\nburst: 64 kB # as agreed\noverhead: 24\n", { ...TOKEN, overhead: 24 }],
    ['{\n\t"meter": "token-bucket",\n\t"rate": "10 Mbit/s",\n\t"burst": "64 kB"\n}\n', TOKEN],
    ["{meter: srtcm, cir: 10 Mbit/s, cbs: 64 kB, ebs: 128 kB, color-aware: true}", { ...SRTCM, colorAware: true }],
    ["{meter: mef, cir: 10 Mbit/s, cbs: 64 kB, eir: 5 Mbit/s, ebs: 3 kB, coupling: on}", { ...MEF, cf: 1 }],
    ["meter: event-counter\nrate: 10 packets/min\nalarm: 100\n", COUNTER],
    ["meter: multi\nbuckets:\n  - 10 Mbit/s 64 kB\n  - {rate: 1000 packets/s, burst: 100 packets}\n", MULTI],
  ])("%j", async (text, input) => {
    expect(await compiled(text)).toEqual(compilePolicy(input));
  });

  test.each([
    ["meter: gcra\nrat: 1\n", "p.yaml:2: rat: unknown key; did you mean rate?"],
    ["meter: srtcm\ncolor-aware: maybe\n", 'p.yaml:2: color-aware "maybe": unknown word; it is one of true or false'],
    ["meter: gcra\nmbs: 1.5\n", 'p.yaml:2: mbs "1.5": must be a whole number of packets such as 11'],
    ["meter: gcra\ninitial: 50\n", 'p.yaml:2: initial "50": a number needs a unit; write 50 %, 50 kB or 50 packets'],
    [
      "meter: multi\nbuckets: 10 Mbit/s\n",
      'p.yaml:2: bucket "10 Mbit/s": must be a rate and a burst, such as "10 Mbit/s 64 kB"',
    ],
  ])("error in case %#", async (text, message) => {
    const error: unknown = await compiled(text).catch((reason: unknown) => reason);
    if (!(error instanceof ConfigError)) throw new Error("expected a ConfigError", { cause: error });
    expect(error.message).toBe(message);
  });
});
