// Goal: a shaper as a user writes it: what is taken, what it is called, and errors of one line that say what to write.
import { describe, expect, test } from "vitest";
import { policySchema } from "../scripts/policyschema.ts";
import { ConfigError } from "../src/errors.ts";
import {
  compileLoaded,
  compilePolicy,
  compileShaper,
  describePolicy,
  loadPolicyText,
  policyLine,
  SHAPERS,
  type ShaperInput,
} from "../src/policies.ts";
import { Validator } from "./support/jsonschema.ts";

const LEAKY = { shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "100 kB" } as const;
const TOKENS = { shaper: "token-bucket", rate: "1 Mbit/s", burst: "10 kB", limit: "30 kB" } as const;
const TWO = {
  shaper: "two-rate",
  cir: "1 Mbit/s",
  cbs: "10 kB",
  pir: "2 Mbit/s",
  pbs: "1514 B",
  limit: "9 kB",
} as const;
const TICKS = { shaper: "tick-bytes", tick: "10 ms", quantum: "1600 B", limit: "30 kB" } as const;

describe("in one line", () => {
  test.each<[ShaperInput, string]>([
    [
      LEAKY,
      "shaper leaky-bucket  1 Mbit/s, queue 100 kB (fluid), cost bytes, length frame; a full queue is sent in 800 ms",
    ],
    [{ ...LEAKY, count: "bytes" }, "queue 100 kB (whole packets)"],
    [{ ...LEAKY, burst: "20 packets" }, "queue 20 packets, cost bytes"],
    [{ ...LEAKY, burst: "100 ms" }, "queue 12.5 kB (fluid)"],
    [{ shaper: "leaky-bucket", rate: "1 Mbit/s", maxDelay: "20 ms" }, "1 Mbit/s, waits at most 20 ms, cost bytes"],
    [{ shaper: "leaky-bucket", rate: "10 packets/s", burst: "5 packets" }, "queue 5 packets (fluid), cost packets"],
    [TOKENS, "shaper token-bucket  1 Mbit/s, burst 10 kB, queue 30 kB, cost bytes"],
    [{ ...TOKENS, limit: "100 packets", "max-delay": "50 ms" }, "queue 100 packets, waits at most 50 ms"],
    [TWO, "shaper two-rate  committed 1 Mbit/s 10 kB, peak 2 Mbit/s 1514 B, queue 9 kB"],
    [
      { shaper: "tick-packets", tick: "10 ms", limit: "5 packets" },
      "tick-packets  1 packet each 10 ms, queue 5 packets",
    ],
    [{ ...TICKS, carry: true, immediate: true }, "1.6 kB each 10 ms, queue 30 kB, residue carried, immediate"],
    [{ ...LEAKY, overhead: 24, minLength: 84, length: "ip" }, "length ip, overhead 24 B, min length 84 B"],
  ])("%o", (input, text) => {
    expect(policyLine(compileShaper(input))).toContain(text);
  });
});

test("the description tells scripts the same, exactly", () => {
  expect(describePolicy(compilePolicy(LEAKY))).toEqual({
    shaper: "leaky-bucket",
    cost: "bytes",
    length: "frame",
    overhead: 0,
    minLength: 0,
    rate: { text: "1 Mbit/s", unitsPerSec: 125_000 },
    longestDelay: { text: "800 ms", ns: 800_000_000 },
    count: "fluid",
    limit: { text: "100 kB", units: 100_000 },
    maxDelay: null,
    largestPacket: 100_000,
    warnings: [],
  });
  expect(describePolicy(compilePolicy(TICKS))).toMatchObject({ carry: false, immediate: false, largestPacket: 1600 });
  expect(describePolicy(compilePolicy(TWO))).toMatchObject({ buckets: [{ name: "committed" }, { name: "peak" }] });
});

test("every shaper of the table compiles from the examples of its parameters", () => {
  for (const { name, needed, bounds } of SHAPERS) {
    const params = [...needed, bounds[0]!];
    const own = name === "tick-packets" ? { limit: "5 packets" } : name === "two-rate" ? { pir: "20Mbit/s" } : {};
    const input = { shaper: name, ...Object.fromEntries(params.map((param) => [param.name, param.example])), ...own };
    expect(compileShaper(input).shaper).toBe(name);
  }
});

describe("errors name the parameter, its value and the way out, in one line", () => {
  test.each<[string, ShaperInput, RegExp]>([
    [
      "no such shaper",
      { shaper: "leky-bucket" },
      /^shaper "leky-bucket": unknown shaper; did you mean leaky-bucket\?/u,
    ],
    [
      "nothing bounds the queue",
      { shaper: "leaky-bucket", rate: "1 Mbit/s" },
      /^burst: is missing; .* burst or max-delay/u,
    ],
    ["a rate of nothing", { ...LEAKY, rate: "0 bit/s" }, /^rate "0 bit\/s": must be above 0, .* write 1 Mbit\/s$/u],
    [
      "another shaper's parameter",
      { ...LEAKY, cir: "1 Mbit/s" },
      /^cir "1 Mbit\/s": leaky-bucket has no such parameter/u,
    ],
    [
      "a count that has no burst",
      { shaper: "leaky-bucket", rate: "1 Mbit/s", maxDelay: "1 s", count: "bytes" },
      /^count/u,
    ],
    ["packets as a time", { ...LEAKY, burst: "100 ms", count: "packets" }, /^burst "100 ms": .* write 100 packets$/u],
    [
      "bytes of packets",
      { shaper: "leaky-bucket", rate: "1 packets/s", burst: "9 packets", count: "bytes" },
      /^count/u,
    ],
    ["a queue below one byte", { ...LEAKY, burst: "0 B" }, /^burst "0 B": must be at least a byte/u],
    ["a queue too long to count", { ...LEAKY, burst: "5 GB", count: "bytes" }, /^burst "5 GB": .* at most 4294967295/u],
    ["too many packets", { ...LEAKY, burst: "9 Gpackets" }, /^burst/u],
    ["a bucket below one byte", { ...TOKENS, burst: "0 B" }, /^burst "0 B": must hold a byte or a packet/u],
    ["a limit below one", { ...TOKENS, limit: "0 B" }, /^limit "0 B": must be at least 1/u],
    [
      "a limit in bytes of packets",
      { ...TOKENS, rate: "9 packets/s", burst: "3 packets" },
      /^limit .* write packets$/u,
    ],
    [
      "a peak below the committed rate",
      { ...TWO, pir: "1 Mbit/s" },
      /^pir "1 Mbit\/s": must be above cir "1 Mbit\/s"/u,
    ],
    [
      "rates that have no common measure",
      { ...TWO, cir: "3265204988 B/s", pir: "3265204989 B/s" },
      /^pir .* does not fit exact 63-bit arithmetic together with cir .* large common divisor/u,
    ],
    [
      "a queue beyond arithmetic",
      { ...LEAKY, burst: "10000 TB" },
      /^burst "10000 TB": does not fit .* the largest is/u,
    ],
    [
      "a tick between nanoseconds",
      { ...TICKS, tick: "1.5 ns" },
      /^tick "1.5 ns": must be a whole number of nanoseconds/u,
    ],
    ["a quantum in another unit", { ...TICKS, quantum: "2 packets" }, /^quantum "2 packets": is in packets but/u],
    [
      "ticks beyond time",
      { ...TICKS, tick: "9999999 h", limit: "4 GB", quantum: "1 B" },
      /^tick .* longer than 2\^63 ns/u,
    ],
    ["a cost that is not the shaper's", { ...TICKS, cost: "packets" }, /^cost "packets": tick-bytes counts bytes/u],
  ])("%s", (_, input, message) => {
    expect(() => compileShaper(input)).toThrow(ConfigError);
    expect(() => compileShaper(input)).toThrow(message);
    try {
      compileShaper(input);
    } catch (error) {
      expect((error as Error).message).not.toContain("\n");
    }
  });
});

describe("policy files", () => {
  test("a shaper at the top of a file; options replace its values", async () => {
    const loaded = await loadPolicyText("shaper: leaky-bucket\nrate: 1 Mbit/s\nburst: 100 kB\n", "shaper.yaml");
    expect(compileLoaded(loaded)).toEqual(compileShaper(LEAKY));
    expect(compileLoaded(loaded, { rate: "2 Mbit/s" })).toEqual(compileShaper({ ...LEAKY, rate: "2 Mbit/s" }));
  });

  test("mistakes are named with their line", async () => {
    const text = "shaper: leaky-bucket\nrate: 1 Mbit/s\nburst: 10 kBx\n";
    await expect(loadPolicyText(text, "a.yaml")).rejects.toThrow(/^a\.yaml:3: burst "10 kBx": unknown unit/u);
    await expect(loadPolicyText("shaper: token-bucket\nebs: 9 kB\n", "a.yaml")).rejects.toThrow(/^a\.yaml:2: ebs/u);
    const loaded = await loadPolicyText("shaper: token-bucket\nrate: 1 Mbit/s\nburst: 0 B\nlimit: 9 kB\n", "a.yaml");
    expect(() => compileLoaded(loaded)).toThrow(/^a\.yaml:3: burst "0 B"/u);
  });
});

describe("the schema of policy files", () => {
  const validator = new Validator(policySchema());

  test.each([LEAKY, { ...LEAKY, burst: "20 packets", count: "packets" }, TOKENS, TWO, TICKS])("takes %o", (input) => {
    expect(validator.isValid(input)).toBe(true);
  });

  test.each([
    { shaper: "leaky" },
    { shaper: "leaky-bucket", rate: "1 Mbit/s" },
    { ...LEAKY, limit: "9 kB" },
    { ...LEAKY, count: "frames" },
    { ...TOKENS, limit: 9000 },
    { ...TICKS, tick: undefined, meter: "turner" },
  ])("refuses %o", (input) => {
    expect(validator.isValid(input)).toBe(false);
  });
});

test("warnings: packets that can never be sent, and flows that are never dropped", () => {
  expect(compileShaper({ ...LEAKY, burst: "1 kB" }).warnings).toEqual([
    'burst "1 kB": packets of more than 1000 B can never be sent; a full frame of 1514 bytes costs 1514 B',
  ]);
  expect(compileShaper({ ...TOKENS, limit: "1 kB" }).warnings.join("\n")).toContain("more than 1000 B");
  expect(compileShaper(TICKS).warnings.join("\n")).toContain("no flow is dropped from a full table");
  expect(compileShaper({ ...LEAKY, maxDelay: "1 s" }).warnings).toEqual([]);
});
