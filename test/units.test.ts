import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureError, ConfigError, nearestNames } from "../src/errors.ts";
import { add, decimalText, divide, fractionText, lcm, multiply, rational } from "../src/rational.ts";
import { roundedText, subtract } from "../src/rational.ts";
import type { Cost, Rational } from "../src/types.ts";
import { formatDurationNs, formatRate, formatUnits } from "../src/units.ts";
import { parseAmount, parseBurst, parseDurationNs, parseFill, parseLengthBytes } from "../src/units.ts";
import { parsePacketCount, parseRate } from "../src/units.ts";

const SEED = 20_251_122;

/** An overhead from -100 to 100 bytes. */
function lengthOf(text: string): number {
  return parseLengthBytes("overhead", text, -100, 100);
}

/** The one-line message of the ConfigError that `run` throws. */
function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message } = error;
    expect(message).not.toMatch(/[\r\n]/u);
    return message;
  }
  throw new Error("expected a ConfigError");
}

function amountOf(text: string): Rational {
  const burst = parseBurst("burst", text);
  if (burst.kind !== "amount") throw new Error(`${text} is a time`);
  return burst.units;
}

describe("every unit is exact", () => {
  const T = 1000n;
  const K = 1024n;
  // unit, cost, value of 1 in base units, value of 1.5
  const rates: [string, Cost, string, string][] = [
    ["bit/s", "bytes", "1/8", "3/16"],
    ["kbit/s", "bytes", "125", "375/2"],
    ["Mbit/s", "bytes", "125000", "187500"],
    ["Gbit/s", "bytes", "125000000", "187500000"],
    ["Tbit/s", "bytes", "125000000000", "187500000000"],
    ["B/s", "bytes", "1", "3/2"],
    ["kB/s", "bytes", `${T}`, "1500"],
    ["MB/s", "bytes", `${T ** 2n}`, "1500000"],
    ["GB/s", "bytes", `${T ** 3n}`, "1500000000"],
    ["TB/s", "bytes", `${T ** 4n}`, "1500000000000"],
    ["KiB/s", "bytes", `${K}`, "1536"],
    ["MiB/s", "bytes", `${K ** 2n}`, "1572864"],
    ["GiB/s", "bytes", `${K ** 3n}`, "1610612736"],
    ["TiB/s", "bytes", `${K ** 4n}`, "1649267441664"],
    ["packets/s", "packets", "1", "3/2"],
    ["packet/s", "packets", "1", "3/2"],
    ["packets/min", "packets", "1/60", "1/40"],
    ["packets/h", "packets", "1/3600", "1/2400"],
  ];
  test.each(rates)("rate in %s", (unit, cost, one, oneAndHalf) => {
    for (const space of ["", " ", "  "]) {
      expect(parseRate("rate", `1${space}${unit}`).cost).toBe(cost);
      expect(fractionText(parseRate("rate", `1${space}${unit}`).unitsPerSec)).toBe(one);
      expect(fractionText(parseRate("rate", `1.5${space}${unit}`).unitsPerSec)).toBe(oneAndHalf);
    }
  });

  const bursts: [string, Cost, bigint][] = [
    ["B", "bytes", 1n],
    ["bytes", "bytes", 1n],
    ["kB", "bytes", T],
    ["MB", "bytes", T ** 2n],
    ["GB", "bytes", T ** 3n],
    ["TB", "bytes", T ** 4n],
    ["KiB", "bytes", K],
    ["MiB", "bytes", K ** 2n],
    ["GiB", "bytes", K ** 3n],
    ["TiB", "bytes", K ** 4n],
    ["packets", "packets", 1n],
    ["packet", "packets", 1n],
  ];
  test.each(bursts)("burst in %s", (unit, cost, factor) => {
    expect(parseBurst("burst", `7${unit}`)).toEqual({ kind: "amount", units: rational(7n * factor), cost });
    expect(amountOf(`0.125 ${unit}`)).toEqual(rational(factor, 8n));
  });

  const durations: [string, bigint][] = [
    ["ns", 1n],
    ["us", T],
    ["\u00b5s", T],
    ["\u03bcs", T],
    ["ms", T ** 2n],
    ["s", T ** 3n],
    ["min", 60n * T ** 3n],
    ["h", 3600n * T ** 3n],
  ];
  test.each(durations)("time in %s", (unit, factorNs) => {
    expect(parseDurationNs("limit", `3 ${unit}`)).toEqual(rational(3n * factorNs));
    expect(parseDurationNs("limit", `.1${unit}`)).toEqual(rational(factorNs, 10n));
    expect(parseBurst("burst", `3${unit}`)).toEqual({ kind: "time", durationNs: rational(3n * factorNs) });
  });

  test("decimals and powers of ten that no float holds", () => {
    expect(fractionText(amountOf("0.1 B"))).toBe("1/10");
    expect(fractionText(amountOf("9007199254740993 B"))).toBe("9007199254740993");
    expect(amountOf("1e6 B")).toEqual(amountOf("1 MB"));
    expect(amountOf("25E-1 kB")).toEqual(amountOf("2500 B"));
  });

  test("lengths are whole bytes, with or without the unit", () => {
    expect(["24", "24 B", "24bytes", "1 byte", "-4", "-4 B", "+3", "0", "-0"].map(lengthOf)).toEqual([
      24, 24, 24, 1, -4, -4, 3, 0, 0,
    ]);
  });
});

describe("amounts, fills and counts", () => {
  test("an amount is a burst that is no time", () => {
    expect(parseAmount("cap", "64 KiB")).toEqual({ units: rational(65_536n), cost: "bytes" });
    expect(parseAmount("cap", "2.5 cells")).toEqual({ units: rational(5n, 2n), cost: "packets" });
  });

  test.each<[string, ReturnType<typeof parseFill>]>([
    ["full", { kind: "share", share: rational(1n) }],
    ["empty", { kind: "share", share: rational(0n) }],
    ["0.1%", { kind: "share", share: rational(1n, 1000n) }],
    ["100 %", { kind: "share", share: rational(1n) }],
    ["64 kB", { kind: "amount", units: rational(64_000n), cost: "bytes" }],
    ["3 packets", { kind: "amount", units: rational(3n), cost: "packets" }],
  ])("fill %s", (text, fill) => {
    expect(parseFill("initial", text)).toEqual(fill);
  });

  test("counts are whole packets, cells or events, with or without the unit", () => {
    const texts = ["11", "11 packets", "1 cell", "0", "5e2 events"];
    expect(texts.map((text) => parsePacketCount("mbs", text, 0n))).toEqual([11n, 11n, 1n, 0n, 500n]);
  });
});

describe("errors are one line with the parameter, the value and the way out", () => {
  const rateErrors: [string, string][] = [
    ["100", 'rate "100": a number needs a unit; write 100 kbit/s, 100 kB/s or 100 packets/s'],
    ["10 Mbps", 'rate "10 Mbps": unknown unit "Mbps"; write 10 Mbit/s for bits or 10 MB/s for bytes'],
    ["10mbit", 'rate "10mbit": unknown unit "mbit"; write 10 Mbit/s'],
    ["10 kb", 'rate "10 kb": unknown unit "kb"; write 10 kbit/s for bits or 10 kB/s for bytes'],
    ["10 MB", 'rate "10 MB": unknown unit "MB"; write 10 MB/s'],
    ["10 KB/s", 'rate "10 KB/s": unknown unit "KB/s"; write 10 kB/s for 1000 bytes each or 10 KiB/s for 1024'],
    ["10 kib/s", 'rate "10 kib/s": unknown unit "kib/s"; write 10 KiB/s'],
    ["10 kbyte/s", 'rate "10 kbyte/s": unknown unit "kbyte/s"; write 10 kB/s'],
    ["10 pps", 'rate "10 pps": unknown unit "pps"; write 10 packets/s'],
    ["10 requests/minute", 'rate "10 requests/minute": unknown unit "requests/minute"; write 10 packets/min'],
    ["10/h", 'rate "10/h": unknown unit "/h"; write 10 packets/h'],
    ["10 Gbot/s", 'rate "10 Gbot/s": unknown unit "Gbot/s"; write Gbit/s, bit/s or kbit/s'],
    ["ten", 'rate "ten": is not a number with a unit; write a rate such as 10 Mbit/s, 1.25 MB/s or 10 packets/s'],
    ["-1 B/s", 'rate "-1 B/s": must be at least 0 B/s'],
    ["1,000 B/s", 'rate "1,000 B/s": write digits without separators and a point for decimals'],
    ["1e31 B/s", 'rate "1e31 B/s": powers of ten go from -30 to 30'],
    ["1".repeat(101), `rate "${"1".repeat(60)}...": is longer than 100 characters; write fewer digits`],
  ];
  test.each(rateErrors)("rate %s", (text, message) => {
    expect(messageOf(() => parseRate("rate", text))).toBe(message);
  });

  const burstErrors: [string, string][] = [
    ["100", 'burst "100": a number needs a unit; write 100 kB, 100 packets or 100 ms'],
    [
      "10kb",
      'burst "10kb": unknown unit "kb"; write 10 kB (powers of 1000) or 10 KiB (powers of 1024, what tc calls kb)',
    ],
    ["1 Mbit", 'burst "1 Mbit": unknown unit "Mbit"; a burst is in bytes, packets or a time: divide by 8 and write MB'],
    ["5 kib", 'burst "5 kib": unknown unit "kib"; write 5 KiB'],
    ["5 pkts", 'burst "5 pkts": unknown unit "pkts"; write 5 packets'],
    ["5 b", 'burst "5 b": unknown unit "b"; write 5 B'],
    ["-1 kB", 'burst "-1 kB": must be at least 0 kB'],
    [
      "5 xyzzy",
      'burst "5 xyzzy": unknown unit "xyzzy"; the units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, packets, ns, us, ms, s, min and h',
    ],
  ];
  test.each(burstErrors)("burst %s", (text, message) => {
    expect(messageOf(() => parseBurst("burst", text))).toBe(message);
  });

  const otherErrors: [() => unknown, string][] = [
    [() => parseDurationNs("limit", "5"), 'limit "5": a number needs a unit; write 5 us, 5 ms or 5 s'],
    [() => parseDurationNs("limit", "5 m"), 'limit "5 m": unknown unit "m"; write 5 min or 5 ms'],
    [() => parseDurationNs("limit", "5 sec"), 'limit "5 sec": unknown unit "sec"; write 5 s'],
    [() => parseDurationNs("limit", "5 hours"), 'limit "5 hours": unknown unit "hours"; write 5 h'],
    [() => parseDurationNs("limit", "2 minutes"), 'limit "2 minutes": unknown unit "minutes"; write 2 min'],
    [() => parseAmount("cap", "5"), 'cap "5": a number needs a unit; write 5 kB or 5 packets'],
    [() => parseAmount("cap", "5 ms"), 'cap "5 ms": unknown unit "ms"; an amount is in bytes or packets, not a time'],
    [
      () => parseAmount("cap", "5 kbit"),
      'cap "5 kbit": unknown unit "kbit"; an amount is in bytes or packets: divide by 8 and write kB',
    ],
    [() => parseFill("initial", "-1 %"), 'initial "-1 %": must be at least 0 %'],
    [() => parseFill("initial", "100.1 %"), 'initial "100.1 %": must be from 0 % to 100 %'],
    [() => parsePacketCount("mbs", "0", 1n), 'mbs "0": must be at least 1'],
    [() => parsePacketCount("mbs", "-3", 1n), 'mbs "-3": must be at least 1'],
    [() => parsePacketCount("mbs", "3 kB", 1n), 'mbs "3 kB": unknown unit "kB"; write 3 packets'],
    [() => parseLengthBytes("overhead", "1.5", -9, 9), 'overhead "1.5": must be a whole number of bytes such as 24'],
    [() => parseLengthBytes("overhead", "10", -9, 9), 'overhead "10": must be from -9 to 9 bytes'],
    [() => parseLengthBytes("overhead", "10 kB", -9, 9), 'overhead "10 kB": unknown unit "kB"; write B'],
  ];
  test.each(otherErrors)("%s", (run, message) => {
    expect(messageOf(run)).toBe(message);
  });

  test("control characters of a value never reach the terminal", () => {
    const message = messageOf(() => parseRate("rate", "1\n\u001b[31m B/s"));
    expect(message).toContain('rate "1 [31m B/s": ');
    // oxlint-disable-next-line no-control-regex -- the test is about them
    expect(message).not.toMatch(/[\u0000-\u001f]/u);
  });

  test("exit codes and places", () => {
    const error = new ConfigError("RANGE", "rate", "1", "too small");
    expect(error.exitCode).toBe(2);
    expect(error.at("p.yaml:3").message).toBe('p.yaml:3: rate "1": too small');
    const capture = new CaptureError("UNREADABLE", "a.pcap", "is no capture");
    expect([capture.exitCode, capture.message]).toEqual([1, "a.pcap: is no capture"]);
  });

  test("nearest names", () => {
    const names = ["leaky-bucket", "gcra", "token-bucket"];
    expect(nearestNames("tokenbucket", names)).toEqual(["token-bucket"]);
    expect(nearestNames("GCRA", names)).toEqual(["gcra"]);
    expect(nearestNames("leaky", names)).toEqual(["leaky-bucket"]);
    expect(nearestNames("tokn", names)).toEqual(["token-bucket"]);
    expect(nearestNames("htb", names)).toEqual([]);
  });
});

describe("back to text", () => {
  const rates: [Rational, Cost, string][] = [
    [rational(1_250_000n), "bytes", "10 Mbit/s"],
    [rational(125_000n), "bytes", "1 Mbit/s"],
    [rational(187_500n), "bytes", "1.5 Mbit/s"],
    [rational(1n, 8n), "bytes", "1 bit/s"],
    [rational(1n, 3n), "bytes", "about 2.667 bit/s"],
    [rational(1_000_000n, 7n), "bytes", "about 1.143 Mbit/s"],
    [rational(0n), "bytes", "0 bit/s"],
    [rational(10n), "packets", "10 packets/s"],
    [rational(1n), "packets", "1 packet/s"],
    [rational(1n, 6n), "packets", "10 packets/min"],
    [rational(1n, 360n), "packets", "10 packets/h"],
    [rational(1n, 7n), "packets", "about 0.1429 packets/s"],
    [rational(1n, 70_000n), "packets", "about 0.00001429 packets/s"],
  ];
  test.each(rates)("rate %o %s", (value, cost, text) => {
    expect(formatRate(value, cost)).toBe(text);
  });

  test("amounts", () => {
    const bytes = ["1500", "1514", "64000", "65536", "1000000", "0"].map((text) =>
      formatUnits(amountOf(`${text} B`), "bytes"),
    );
    expect(bytes).toEqual(["1.5 kB", "1514 B", "64 kB", "64 KiB", "1 MB", "0 B"]);
    expect(formatUnits(rational(2n ** 63n - 1n), "bytes")).toBe("about 9223000 TB");
    expect(formatUnits(rational(1n), "packets")).toBe("1 packet");
    expect(formatUnits(rational(5000n, 7n), "packets")).toBe("about 714.3 packets");
  });

  test("times", () => {
    const times = [0n, 1n, 51_200_000n, 1_500_000_000n, 3_600_000_000_000n, 1_234_567_890_123n].map(formatDurationNs);
    expect(times).toEqual(["0 ns", "1 ns", "51.2 ms", "1.5 s", "1 h", "about 20.58 min"]);
    expect(formatDurationNs(rational(1n, 3n))).toBe("about 0.3333 ns");
  });

  test("what is not marked about reads back as the same value", () => {
    const decimal = fc.tuple(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: -6, max: 9 })).map(([digits, power]) => {
      const scale = rational(10n ** BigInt(Math.abs(power)));
      return power < 0 ? divide(rational(digits), scale) : multiply(rational(digits), scale);
    });
    const fraction = fc.tuple(fc.bigInt(0n, 10n ** 9n), fc.bigInt(1n, 10_000n)).map(([num, den]) => rational(num, den));
    const property = fc.property(
      fc.oneof(decimal, fraction),
      fc.constantFrom<Cost>("bytes", "packets"),
      (value, cost) => {
        const rate = formatRate(value, cost);
        if (!rate.startsWith("about")) expect(parseRate("rate", rate)).toEqual({ unitsPerSec: value, cost });
        const units = formatUnits(value, cost);
        if (!units.startsWith("about"))
          expect(parseBurst("burst", units)).toEqual({ kind: "amount", units: value, cost });
        const time = formatDurationNs(value);
        if (!time.startsWith("about")) expect(parseDurationNs("limit", time)).toEqual(value);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 2000 });
  });

  test("rounded text is within half a digit of the fourth place", () => {
    const property = fc.property(fc.bigInt(1n, 10n ** 15n), fc.bigInt(1n, 10n ** 15n), (num, den) => {
      const exact = Number(num) / Number(den);
      expect(Math.abs(Number(roundedText(rational(num, den), 4)) / exact - 1)).toBeLessThanOrEqual(0.0005 + 1e-12);
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });
});

test("fractions", () => {
  expect(rational(6n, 4n)).toEqual({ num: 3n, den: 2n });
  expect(lcm(4n, 6n)).toBe(12n);
  expect(add(rational(1n, 6n), rational(1n, 3n))).toEqual(rational(1n, 2n));
  expect(subtract(rational(1n, 2n), rational(1n, 3n))).toEqual(rational(1n, 6n));
  expect(() => subtract(rational(1n, 3n), rational(1n, 2n))).toThrow(RangeError);
  expect(decimalText(rational(1n, 8n))).toBe("0.125");
  expect(decimalText(rational(1n, 3n))).toBeUndefined();
  expect(() => rational(1n, 0n)).toThrow(RangeError);
  expect(() => rational(-1n)).toThrow(RangeError);
});
