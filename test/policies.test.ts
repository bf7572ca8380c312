import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { COMMON_PARAMS, compilePolicy, describePolicy, inputKeyOf, loadPolicyText } from "../src/policies.ts";
import { METERS, POLICY_PARAMS, profileOf } from "../src/policies.ts";
import type { PolicyInput } from "../src/policies.ts";
import { divide, floor, gcd, multiply, rational } from "../src/rational.ts";
import type { BucketDefinition, Check } from "../src/types.ts";

const SEED = 20_251_122;
const LEVEL_MAX = 2n ** 63n - 1n;
const TOKEN: PolicyInput = { meter: "token-bucket", rate: "10 Mbit/s", burst: "64 kB" };

function messageOf(input: Record<string, unknown>): string {
  try {
    compilePolicy(input);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message } = error;
    expect(message).not.toMatch(/[\r\n]/u);
    return message;
  }
  throw new Error(`compiled: ${JSON.stringify(input)}`);
}

describe("the table", () => {
  test("every example of every form compiles", () => {
    for (const row of METERS) {
      for (const form of row.forms) {
        const values = form.params.map((name, index): [string, string] => [name, form.example[index] ?? ""]);
        const input: PolicyInput = { meter: row.name, ...Object.fromEntries(values) };
        expect(compilePolicy(input).meter).toBe(row.name);
      }
    }
  });

  test("every example of a parameter is taken", () => {
    const wholes: PolicyInput[] = [
      { meter: "leaky-bucket", rate: "10 packets/s", burst: "10 ms" },
      { meter: "gcra", increment: "10 us", limit: "5 ms" },
      TOKEN,
    ];
    for (const param of POLICY_PARAMS) {
      const base = wholes.find((input) => param.name in input) ?? wholes[0];
      const input = { ...base, [inputKeyOf(param.name)]: param.example } as PolicyInput;
      if (param.name === "meter") expect(compilePolicy({ ...TOKEN, meter: param.example }).meter).toBe(param.example);
      else if (param.name === "rate")
        expect(compilePolicy({ ...TOKEN, rate: param.example }).meter).toBe("token-bucket");
      else if (param.name === "burst")
        expect(compilePolicy({ ...TOKEN, burst: param.example }).meter).toBe("token-bucket");
      else expect(() => compilePolicy(input)).not.toThrow();
    }
  });

  test("parameters are unique, and a form's parameters are its row's", () => {
    const names = POLICY_PARAMS.map((param) => param.name);
    expect(new Set(names).size).toBe(names.length);
    expect(COMMON_PARAMS.every((param) => names.includes(param.name))).toBe(true);
    for (const row of METERS) {
      expect(new Set(row.forms.flatMap((form) => form.params))).toEqual(new Set(row.params.map((param) => param.name)));
      for (const param of row.params) expect(names).toContain(param.name);
    }
  });
});

describe("definitions", () => {
  test("token-bucket, and the same as leaky-bucket", () => {
    const { bucket, profile, costRule, length, warnings } = compilePolicy(TOKEN);
    expect(bucket).toEqual({ check: "post", ratePerSec: rational(1_250_000n), depth: rational(64_000n) });
    expect(costRule).toEqual({ cost: "bytes", overheadBytes: 0, minLengthBytes: 0 });
    expect([length, warnings]).toEqual(["frame", []]);
    // 1,250,000 B/s is 1/800 B/ns, so a byte is 800 level steps.
    expect(profile).toEqual({
      check: "post",
      drainPerNs: 1n,
      levelPerUnit: 800n,
      depthLevel: 51_200_000n,
      unitsMax: 64_000n,
      drainedAfterNs: 51_200_001n,
    });
    expect(compilePolicy({ ...TOKEN, meter: "leaky-bucket" }).profile).toEqual(profile);
  });

  test("gcra: T and tau give rate 1/T and depth tau/T; cells are tested without their own size", () => {
    const cells = compilePolicy({ meter: "gcra", increment: "10 us", limit: "15 us", cost: "packets" });
    expect(cells.bucket).toEqual({ check: "pre", ratePerSec: rational(100_000n), depth: rational(3n, 2n) });
    expect(cells.profile.drainPerNs).toBe(1n);
    expect(cells.profile.levelPerUnit).toBe(10_000n);
    expect(cells.profile.depthLevel).toBe(15_000n);
    const bytes = compilePolicy({ meter: "gcra", increment: "1 us", limit: "2 ms", cost: "bytes" });
    expect(bytes.bucket).toEqual({ check: "post", ratePerSec: rational(1_000_000n), depth: rational(2000n) });
    expect(compilePolicy({ meter: "gcra", rate: "8 Mbit/s", burst: "2 ms" }).bucket).toEqual(bytes.bucket);
  });

  test("a burst in time is rate x time, exactly", () => {
    expect(compilePolicy({ ...TOKEN, burst: "10 ms" }).bucket.depth).toEqual(rational(12_500n));
    const packets = compilePolicy({ meter: "leaky-bucket", rate: "10 packets/min", burst: "10 s" });
    expect(packets.bucket.depth).toEqual(rational(5n, 3n));
  });

  test("packets in rate or burst set the cost; keys are taken in both spellings", () => {
    const policy = compilePolicy({ meter: "token-bucket", rate: "10 packets/s", burst: "5 packets" });
    expect(policy.costRule.cost).toBe("packets");
    const dashed = compilePolicy({ ...TOKEN, overhead: 24, "min-length": "84 B", length: "ip" });
    expect(dashed.costRule).toEqual({ cost: "bytes", overheadBytes: 24, minLengthBytes: 84 });
    expect(compilePolicy({ ...TOKEN, overhead: "24", minLength: 84, length: "ip", check: undefined })).toEqual(dashed);
  });

  test("rate 0 never drains, and depth 0 is a contract", () => {
    expect(compilePolicy({ ...TOKEN, rate: "0 B/s" }).profile.drainedAfterNs).toBe(0n);
    const strict = compilePolicy({ meter: "gcra", increment: "10 us", limit: "0 s", cost: "packets" });
    expect(describePolicy(strict).mbs).toBe(1);
  });
});

describe("errors", () => {
  const rows: [Record<string, unknown>, string][] = [
    [
      {},
      'meter: is missing; it is one of leaky-bucket, gcra or token-bucket, such as meter leaky-bucket, rate "10 Mbit/s", burst "64 kB"',
    ],
    [
      { meter: "tocken-bucket" },
      'meter "tocken-bucket": unknown meter; did you mean token-bucket? it is one of leaky-bucket, gcra or token-bucket',
    ],
    [
      { meter: "token-bucket", rate: "1 MB/s" },
      'burst: is missing; token-bucket takes rate and burst, such as meter token-bucket, rate "10 Mbit/s", burst "64 kB"',
    ],
    [
      { meter: "gcra", limit: "1 ms" },
      'increment: is missing; gcra takes increment and limit, or rate and burst, such as meter gcra, increment "10 us", limit "5 ms"',
    ],
    [
      { meter: "gcra", limit: "1 ms", rate: "1 B/s" },
      'rate "1 B/s": cannot be combined with limit "1 ms"; gcra takes increment and limit, or rate and burst',
    ],
    [
      { ...TOKEN, increment: "1 ms" },
      'increment "1 ms": token-bucket has no such parameter; token-bucket takes rate and burst',
    ],
    [
      { ...TOKEN, brust: "1 kB" },
      'brust "1 kB": unknown key; did you mean burst? the keys are meter, cost, length, overhead, min-length, check, rate, burst, increment and limit',
    ],
    [{ ...TOKEN, rate: 100 }, 'rate "100": a number needs a unit; write 100 kbit/s, 100 kB/s or 100 packets/s'],
    [{ ...TOKEN, rate: null }, 'rate: must be a text or a number such as "10Mbit/s"'],
    [{ ...TOKEN, cost: "byte" }, 'cost "byte": unknown word; did you mean bytes? it is one of bytes or packets'],
    [{ ...TOKEN, length: "wire" }, 'length "wire": unknown word; it is one of frame or ip'],
    [
      { ...TOKEN, check: "pre" },
      'check "pre": token-bucket has check post only; for pre use meter leaky-bucket or gcra',
    ],
    [{ ...TOKEN, overhead: 1e6 }, 'overhead "1000000": must be from -65535 to 65535 bytes'],
    [
      { ...TOKEN, overhead: Number.NaN },
      'overhead "NaN": is not a number with a unit; write a whole number of bytes such as 24',
    ],
    [{ ...TOKEN, minLength: -1 }, 'min-length "-1": must be from 0 to 65535 bytes'],
    [
      { ...TOKEN, minLength: 1, "min-length": 1 },
      'min-length "1": is given twice, also as minLength; keep one of them',
    ],
    [
      { ...TOKEN, rate: "0 B/s", burst: "0 B" },
      'burst "0 B": with rate "0 B/s" nothing could ever conform; the burst or the rate must be above 0',
    ],
    [
      { ...TOKEN, rate: "0 B/s", burst: "1 s" },
      'burst "1 s": a time of rate "0 B/s" holds nothing; with rate 0 give the burst in bytes or packets, such as 64 kB',
    ],
    [{ ...TOKEN, burst: "-1 B" }, 'burst "-1 B": must be at least 0 B'],
    [
      { meter: "gcra", increment: "0 ns", limit: "1 ms" },
      'increment "0 ns": must be above 0 ns, because the rate is 1 unit per increment; write a time such as 10 us',
    ],
    [
      { ...TOKEN, rate: "10 packets/s" },
      'burst "64 kB": is in bytes but rate "10 packets/s" sets cost packets; write the burst in packets or a time',
    ],
    [
      { ...TOKEN, burst: "5 packets" },
      'burst "5 packets": is in packets but rate "10 Mbit/s" sets cost bytes; write the burst in B, kB or KiB, or a time',
    ],
    [
      { ...TOKEN, cost: "packets" },
      'rate "10 Mbit/s": is in bytes but the cost is packets; write the rate in packets/s, packets/min or packets/h',
    ],
  ];
  test.each(rows)("%j", (input, message) => {
    expect(messageOf(input)).toBe(message);
  });

  test.each([
    [
      { ...TOKEN, rate: "1 B/s", burst: "10 GB" },
      'burst "10 GB": does not fit exact 63-bit arithmetic with rate "1 B/s"; the largest is 9223372036 B',
    ],
    [{ ...TOKEN, rate: "1 B/s", burst: "1000 h", meter: "leaky-bucket", check: "pre" }, ""],
    [
      { ...TOKEN, rate: "1 B/s", burst: "9000000.00000000000001 kB" },
      'burst "9000000.00000000000001 kB": has a fraction too fine for exact 63-bit arithmetic with rate "1 B/s"; write 9000000000 B, or any whole number up to 9223372036 B',
    ],
    [
      { meter: "gcra", increment: "1 s", limit: "1e10 s" },
      'limit "1e10 s": does not fit exact 63-bit arithmetic with increment "1 s"; the largest is 9223372036854775807 ns',
    ],
    [
      { meter: "gcra", increment: "1 s", limit: "1e10 s", cost: "packets" },
      'limit "1e10 s": does not fit exact 63-bit arithmetic with increment "1 s"; the largest is 9223372035854775807 ns',
    ],
    [{ meter: "leaky-bucket", rate: "1 B/s", burst: "9 GB", check: "pre", overhead: 1 }, ""],
    [
      { meter: "leaky-bucket", rate: "1 B/s", burst: "9223372036 B", check: "pre" },
      'burst "9223372036 B": does not fit exact 63-bit arithmetic with rate "1 B/s"; the largest is 9223306501 B',
    ],
    [
      { ...TOKEN, rate: "1e-12 B/s" },
      'rate "1e-12 B/s": is too fine: exact arithmetic would need 1000000000000000000000 level steps and the limit is 9223372036854775807; write fewer digits',
    ],
    [
      { ...TOKEN, rate: "10000000000000000001 B/s" },
      'rate "10000000000000000001 B/s": is beyond exact 63-bit arithmetic; write at most 9223372036854775807 B/s',
    ],
    [
      { meter: "gcra", increment: "1e-30 ns", limit: "1 s" },
      'increment "1e-30 ns": is beyond exact 63-bit arithmetic; write at least 1/9223372036854775807 s',
    ],
  ])("the arithmetic's limits: %j", (input, message) => {
    if (message === "") expect(() => compilePolicy(input)).not.toThrow();
    else expect(messageOf(input)).toBe(message);
  });

  test("the largest value named in a message compiles, and one more does not", () => {
    const inputs: Record<string, string>[] = [
      { meter: "token-bucket", rate: "1 B/s", burst: "100 GB" },
      { meter: "token-bucket", rate: "7 packets/h", burst: "1e18 packets" },
      { meter: "leaky-bucket", rate: "3 bit/s", burst: "1e18 B", check: "pre" },
      { meter: "leaky-bucket", rate: "3 bit/s", burst: "1e30 s", check: "pre" },
      { meter: "gcra", increment: "7 ms", limit: "1e30 s", cost: "packets" },
    ];
    for (const input of inputs) {
      const [, digits = "", unit = ""] = / largest is (\d+) (\w+)$/u.exec(messageOf(input)) ?? [];
      const key = "limit" in input ? "limit" : "burst";
      expect(() => compilePolicy({ ...input, [key]: `${digits} ${unit}` })).not.toThrow();
      expect(messageOf({ ...input, [key]: `${BigInt(digits) + 1n} ${unit}` })).toContain(
        `largest is ${digits} ${unit}`,
      );
    }
  });
});

describe("warnings", () => {
  const rows: [Record<string, unknown>, string[]][] = [
    [
      { ...TOKEN, burst: "1 kB" },
      [
        'burst "1 kB": packets longer than 1000 bytes can never conform; a full frame of 1514 bytes needs a depth of 1514 B',
      ],
    ],
    [
      { ...TOKEN, burst: "1500 B", length: "ip", overhead: 4 },
      [
        'burst "1500 B": packets longer than 1496 bytes can never conform; a full IP packet of 1500 bytes needs a depth of 1504 B',
      ],
    ],
    [{ ...TOKEN, burst: "1500 B", length: "ip" }, []],
    [
      { ...TOKEN, burst: "50 B", "min-length": 64 },
      ['burst "50 B": packets can never conform; a full frame of 1514 bytes needs a depth of 1514 B'],
    ],
    [{ ...TOKEN, rate: "0 B/s" }, ['rate "0 B/s": the bucket never drains; after 64 kB a flow never conforms again']],
    [
      { ...TOKEN, meter: "leaky-bucket", check: "pre" },
      ['check "pre": a packet of any size passes when the level is at most the depth (64 kB)'],
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
  ];
  test.each(rows)("%j", (input, warnings) => {
    expect(compilePolicy(input as PolicyInput).warnings).toEqual(warnings);
  });
});

describe("the profile", () => {
  const fraction = fc
    .tuple(fc.bigInt(0n, 10n ** 12n), fc.constantFrom(1n, 2n, 3n, 8n, 60n, 3600n, 1024n))
    .map(([num, den]) => rational(num, den));
  const definition: fc.Arbitrary<BucketDefinition> = fc
    .tuple(fc.constantFrom<Check>("post", "pre"), fraction, fraction)
    .map(([check, ratePerSec, depth]) => ({ check, ratePerSec, depth }));

  test("is the definition in whole numbers, within every bound of the engines", () => {
    let compiled = 0;
    const property = fc.property(definition, (bucket) => {
      let profile;
      try {
        profile = profileOf(bucket);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        return;
      }
      compiled += 1;
      const { levelPerUnit, drainPerNs, depthLevel, unitsMax, drainedAfterNs } = profile;
      expect(divide(rational(drainPerNs), rational(levelPerUnit))).toEqual(
        divide(bucket.ratePerSec, rational(1_000_000_000n)),
      );
      expect(rational(depthLevel)).toEqual(multiply(bucket.depth, rational(levelPerUnit)));
      expect(gcd(gcd(drainPerNs, levelPerUnit), depthLevel)).toBe(1n); // the smallest such scale
      const levelMax = bucket.check === "pre" ? depthLevel + unitsMax * levelPerUnit : depthLevel;
      expect(levelMax <= LEVEL_MAX && drainPerNs <= LEVEL_MAX && levelPerUnit <= LEVEL_MAX).toBe(true);
      expect(unitsMax * levelPerUnit <= LEVEL_MAX && unitsMax < 2n ** 53n).toBe(true);
      expect(drainedAfterNs * drainPerNs < 2n ** 64n).toBe(true);
      if (drainPerNs > 0n) expect(drainedAfterNs * drainPerNs > levelMax).toBe(true);
      expect(bucket.check === "pre" ? unitsMax >= 65_535n : unitsMax === floor(bucket.depth)).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 2000 });
    expect(compiled).toBeGreaterThan(100);
  });
});

test("a described policy is plain JSON with exact numbers", () => {
  const policy = compilePolicy({ meter: "gcra", increment: "7 us", limit: "5 ms", cost: "packets" });
  const described = describePolicy(policy);
  expect(JSON.parse(JSON.stringify(described))).toEqual(described);
  expect(described).toMatchObject({
    meter: "gcra",
    cost: "packets",
    check: "pre",
    rate: { text: "about 142900 packets/s", unitsPerSec: "1000000/7" },
    depth: { text: "about 714.3 packets", units: "5000/7" },
    fillTime: { text: "5 ms", ns: 5_000_000 },
    mbs: 715,
  });
  const huge = compilePolicy({ meter: "token-bucket", rate: "1 GB/s", burst: "9007199254740993 B" });
  expect(describePolicy(huge).depth.units).toBe("9007199254740993");
  expect(describePolicy(compilePolicy({ ...TOKEN, rate: "0 B/s" })).fillTime).toBeNull();
  expect(describePolicy(compilePolicy({ ...TOKEN, overhead: 24 })).largestConformingPacket).toBe(63_976);
  expect(describePolicy(compilePolicy({ meter: "token-bucket", rate: "1 packet/s", burst: "5 packets" })).mbs).toBe(5);
});

describe("policy text", () => {
  test.each([
    ["meter: token-bucket\nrate: 10 Mbit/s\nburst: 64 kB # as agreed\noverhead: 24\n"],
    ["{meter: token-bucket, rate: 10 Mbit/s, burst: 64kB, overhead: 24}"],
    ['{\n\t"meter": "token-bucket",\n\t"rate": "10 Mbit/s",\n\t"burst": "64 kB",\n\t"overhead": 24\n}\n'],
  ])("%j", async (text) => {
    expect(compilePolicy(await loadPolicyText(text, "p.yaml"))).toEqual(compilePolicy({ ...TOKEN, overhead: 24 }));
  });

  const EXAMPLE = "such as {meter: token-bucket, rate: 10 Mbit/s, burst: 64 kB}";
  test.each([
    [
      "meter: token-bucket\nrate: 100\n",
      'p.yaml:2: rate "100": a number needs a unit; write 100 kbit/s, 100 kB/s or 100 packets/s',
    ],
    [
      "meter: gcra\nrat: 1\n",
      "p.yaml:2: rat: unknown key; did you mean rate? the keys are meter, cost, length, overhead, min-length, check, rate, burst, increment and limit",
    ],
    [
      "classes:\n  - meter: gcra\n",
      `p.yaml:1: classes: is not a key: the file holds one meter at the top level, ${EXAMPLE}`,
    ],
    ["- gcra\n", `p.yaml: policy: must be a map of keys to values, ${EXAMPLE}`],
    ["", `p.yaml: policy: must be a map of keys to values, ${EXAMPLE}`],
    ["meter: gcra\nmeter: gcra\n", "p.yaml:2: policy: is not YAML or JSON: Map keys must be unique"],
    ["meter: gcra\nrate:\n", 'p.yaml:2: rate: has no value; write one such as "10Mbit/s"'],
    ["rate: [1]\n", `p.yaml:1: rate: must be one value; the file holds one meter, ${EXAMPLE}`],
    ["__proto__: 1\n", /^p\.yaml:1: __proto__: unknown key;/u],
    ["a: [\n", /^p\.yaml:\d: policy: is not YAML or JSON: /u],
    ["#".repeat(2 ** 20 + 1), /^p\.yaml: policy: is longer than 1048576 characters/u],
  ])("error in case %#", async (text, message) => {
    const error: unknown = await loadPolicyText(text, "p.yaml").catch((reason: unknown) => reason);
    if (!(error instanceof ConfigError)) throw new Error("expected a ConfigError", { cause: error });
    expect(error.message).not.toMatch(/[\r\n]/u);
    if (typeof message === "string") expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });
});
