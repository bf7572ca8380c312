/** The only unit conversions: text to exact fractions and back. No float takes part, so nothing rounds. */

import { ConfigError, listed, nearestNames } from "./errors.ts";
import {
  compare,
  decimalText,
  divide,
  floor,
  fromDecimal,
  isZero,
  multiply,
  rational,
  roundedText,
} from "./rational.ts";
import { explainAmount, explainBurst, explainDuration, explainRate } from "./policy/spelling.ts";
import type { Cost, Rational } from "./types.ts";

interface Unit {
  readonly name: string;
  /** How many base units it is: bytes/s, packets/s, bytes, packets or nanoseconds. */
  readonly factor: Rational;
}

interface Quantity {
  readonly value: Rational;
  readonly unitName: string;
}

const PREFIXES = ["", "k", "M", "G", "T"] as const;
const TEXT_LENGTH_MAX = 100;
const EXPONENT_MAX = 30;
/** Exact text up to so many digits is easier to read than a rounded one. */
const EXACT_DIGITS_MAX = 9;
const ROUNDED_DIGITS = 4;

function prefixed(suffix: string, base: bigint, perUnit: Rational): Unit[] {
  return PREFIXES.map((prefix, power) => ({
    name: `${prefix}${suffix}`,
    factor: multiply(rational(base ** BigInt(power)), perUnit),
  }));
}

function binary(suffix: string): Unit[] {
  return ["Ki", "Mi", "Gi", "Ti"].map((prefix, index) => ({
    name: `${prefix}${suffix}`,
    factor: rational(1024n ** BigInt(index + 1)),
  }));
}

const ONE = rational(1n);
const BIT_RATES = prefixed("bit/s", 1000n, rational(1n, 8n));
const BYTE_RATES = [...prefixed("B/s", 1000n, ONE), ...binary("B/s")];
const PACKET_RATES: readonly Unit[] = [
  { name: "packets/s", factor: ONE },
  { name: "packets/min", factor: rational(1n, 60n) },
  { name: "packets/h", factor: rational(1n, 3600n) },
];
const DECIMAL_BYTES = prefixed("B", 1000n, ONE);
const BYTE_UNITS = [...DECIMAL_BYTES, ...binary("B")];
const PACKET_UNITS: readonly Unit[] = [{ name: "packets", factor: ONE }];
const DURATIONS: readonly Unit[] = [
  { name: "ns", factor: ONE },
  { name: "us", factor: rational(1000n) },
  { name: "ms", factor: rational(1_000_000n) },
  { name: "s", factor: rational(1_000_000_000n) },
  { name: "min", factor: rational(60_000_000_000n) },
  { name: "h", factor: rational(3_600_000_000_000n) },
];

/** Spellings that mean one thing only. Anything that two people could read in two ways is refused with both readings. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["packet", "packets"],
  ["cell", "packets"],
  ["cells", "packets"],
  ["event", "packets"],
  ["events", "packets"],
  ["packet/s", "packets/s"],
  ["packet/min", "packets/min"],
  ["packet/h", "packets/h"],
  ["byte", "B"],
  ["bytes", "B"],
  ["\u00b5s", "us"],
  ["\u03bcs", "us"],
]);

interface Dimension {
  /** "a rate", for messages. */
  readonly noun: string;
  readonly units: readonly Unit[];
  /** Units offered to who gave none. */
  readonly offered: readonly string[];
  /** Explains a misspelt unit and says what to write instead; undefined when it knows nothing of it. */
  readonly explain: (unitName: string, number: string) => string | undefined;
}

const RATE: Dimension = {
  noun: "a rate such as 10 Mbit/s, 1.25 MB/s or 10 packets/s",
  units: [...BIT_RATES, ...BYTE_RATES, ...PACKET_RATES],
  offered: ["kbit/s", "kB/s", "packets/s"],
  explain: explainRate,
};
const BURST: Dimension = {
  noun: "a burst such as 64 kB, 5 packets or 10 ms",
  units: [...BYTE_UNITS, ...PACKET_UNITS, ...DURATIONS],
  offered: ["kB", "packets", "ms"],
  explain: explainBurst,
};
const AMOUNT: Dimension = {
  noun: "an amount such as 64 kB or 5 packets",
  units: [...BYTE_UNITS, ...PACKET_UNITS],
  offered: ["kB", "packets"],
  explain: explainAmount,
};
const FILL: Dimension = {
  noun: "full, empty, a percentage such as 50 % or an amount such as 64 kB",
  units: [{ name: "%", factor: rational(1n, 100n) }, ...AMOUNT.units],
  offered: ["%", "kB", "packets"],
  explain: explainAmount,
};
const DURATION: Dimension = {
  noun: "a time such as 10 us, 5 ms or 1 s",
  units: DURATIONS,
  offered: ["us", "ms", "s"],
  explain: explainDuration,
};
const LENGTH: Dimension = {
  noun: "a whole number of bytes such as 24",
  units: [{ name: "B", factor: ONE }],
  offered: ["B"],
  explain: () => undefined,
};
const PACKET_COUNT: Dimension = {
  noun: "a whole number of packets such as 11",
  units: PACKET_UNITS,
  offered: ["packets"],
  explain: (_, number) => `write ${number} packets`,
};

interface NumberText {
  readonly negative: boolean;
  readonly magnitude: Rational;
  /** The number as written, for suggestions. */
  readonly number: string;
  /** What follows it; "" for a bare number. */
  readonly unitName: string;
}

const NUMBER_PATTERN = /^([+-]?)(\d+)?(?:\.(\d*))?(?:e([+-]?\d{1,4}))?\s*(.*)$/iu;

function readNumber(parameter: string, text: string, dimension: Dimension): NumberText {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new ConfigError(
      "NUMBER",
      parameter,
      text,
      `is longer than ${TEXT_LENGTH_MAX} characters; write fewer digits`,
    );
  }
  const match = NUMBER_PATTERN.exec(text.trim());
  const [, sign = "", integerDigits = "", decimalDigits = "", exponentText = "0", unitName = ""] = match ?? [];
  if (integerDigits === "" && decimalDigits === "") {
    throw new ConfigError("NUMBER", parameter, text, `is not a number with a unit; write ${dimension.noun}`);
  }
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > EXPONENT_MAX) {
    throw new ConfigError("RANGE", parameter, text, `powers of ten go from -${EXPONENT_MAX} to ${EXPONENT_MAX}`);
  }
  if (/^[,_']\d/u.test(unitName)) {
    throw new ConfigError("NUMBER", parameter, text, "write digits without separators and a point for decimals");
  }
  const magnitude = fromDecimal(integerDigits, decimalDigits, exponent);
  const number = text
    .trim()
    .slice(0, text.trim().length - unitName.length)
    .trim();
  return { negative: sign === "-" && !isZero(magnitude), magnitude, number, unitName };
}

function unknownUnit(parameter: string, text: string, read: NumberText, dimension: Dimension): ConfigError {
  const { number, unitName } = read;
  if (unitName === "") {
    const offers = dimension.offered.map((name) => `${number} ${name}`);
    return new ConfigError("NUMBER", parameter, text, `a number needs a unit; write ${listed(offers, "or")}`);
  }
  const names = dimension.units.map((unit) => unit.name);
  const near = nearestNames(unitName, names).slice(0, 3);
  const offers = near.length > 0 ? `write ${listed(near, "or")}` : `the units are ${listed(names, "and")}`;
  const wayOut = dimension.explain(unitName, number) ?? offers;
  return new ConfigError("UNIT", parameter, text, `unknown unit "${unitName}"; ${wayOut}`);
}

function readQuantity(parameter: string, text: string, dimension: Dimension): Quantity {
  const read = readNumber(parameter, text, dimension);
  const unitName = ALIASES.get(read.unitName) ?? read.unitName;
  const unit = dimension.units.find((candidate) => candidate.name === unitName);
  if (unit === undefined) throw unknownUnit(parameter, text, read, dimension);
  if (read.negative) throw new ConfigError("RANGE", parameter, text, `must be at least 0 ${unitName}`);
  return { value: multiply(read.magnitude, unit.factor), unitName };
}

function isIn(units: readonly Unit[], unitName: string): boolean {
  return units.some((unit) => unit.name === unitName);
}

/** An exact rate, and the cost that its unit implies. Throws ConfigError. */
export function parseRate(parameter: string, text: string): { readonly unitsPerSec: Rational; readonly cost: Cost } {
  const { value, unitName } = readQuantity(parameter, text, RATE);
  return { unitsPerSec: value, cost: isIn(PACKET_RATES, unitName) ? "packets" : "bytes" };
}

/** A burst as written: an amount of bytes or packets, or a time that still has to be multiplied by the rate. */
export type Burst =
  | { readonly kind: "amount"; readonly units: Rational; readonly cost: Cost }
  | { readonly kind: "time"; readonly durationNs: Rational };

/** An exact burst. Throws ConfigError. */
export function parseBurst(parameter: string, text: string): Burst {
  const { value, unitName } = readQuantity(parameter, text, BURST);
  if (isIn(DURATIONS, unitName)) return { kind: "time", durationNs: value };
  return { kind: "amount", units: value, cost: isIn(PACKET_UNITS, unitName) ? "packets" : "bytes" };
}

/** An exact amount of bytes or packets. Throws ConfigError. */
export function parseAmount(parameter: string, text: string): { readonly units: Rational; readonly cost: Cost } {
  const { value, unitName } = readQuantity(parameter, text, AMOUNT);
  return { units: value, cost: isIn(PACKET_UNITS, unitName) ? "packets" : "bytes" };
}

/** How full a bucket is: a share of its depth, 0 to 1, or an amount of tokens. */
export type Fill =
  | { readonly kind: "share"; readonly share: Rational }
  | { readonly kind: "amount"; readonly units: Rational; readonly cost: Cost };

/** Reads "full", "empty", "50 %" or an amount. Throws ConfigError. */
export function parseFill(parameter: string, text: string): Fill {
  if (text === "full") return { kind: "share", share: ONE };
  if (text === "empty") return { kind: "share", share: rational(0n) };
  const { value, unitName } = readQuantity(parameter, text, FILL);
  if (unitName !== "%") {
    return { kind: "amount", units: value, cost: isIn(PACKET_UNITS, unitName) ? "packets" : "bytes" };
  }
  if (compare(value, ONE) > 0) throw new ConfigError("RANGE", parameter, text, "must be from 0 % to 100 %");
  return { kind: "share", share: value };
}

/** A whole number of packets, at least `least`; the unit may be left out. Throws ConfigError. */
export function parsePacketCount(parameter: string, text: string, least: bigint): bigint {
  const read = readNumber(parameter, text, PACKET_COUNT);
  const unitName = ALIASES.get(read.unitName) ?? read.unitName;
  if (unitName !== "" && unitName !== "packets") throw unknownUnit(parameter, text, read, PACKET_COUNT);
  if (read.magnitude.den !== 1n) throw new ConfigError("NUMBER", parameter, text, `must be ${PACKET_COUNT.noun}`);
  const count = read.negative ? -read.magnitude.num : read.magnitude.num;
  if (count < least) throw new ConfigError("RANGE", parameter, text, `must be at least ${least}`);
  return count;
}

/** An exact time in nanoseconds, which may be a fraction. Throws ConfigError. */
export function parseDurationNs(parameter: string, text: string): Rational {
  return readQuantity(parameter, text, DURATION).value;
}

/** A whole number of bytes from `minBytes` to `maxBytes`; the unit may be left out. Throws ConfigError. */
export function parseLengthBytes(parameter: string, text: string, minBytes: number, maxBytes: number): number {
  const read = readNumber(parameter, text, LENGTH);
  const unitName = ALIASES.get(read.unitName) ?? read.unitName;
  if (unitName !== "" && unitName !== "B") throw unknownUnit(parameter, text, read, LENGTH);
  if (read.magnitude.den !== 1n) throw new ConfigError("NUMBER", parameter, text, `must be ${LENGTH.noun}`);
  const bytes = read.negative ? -read.magnitude.num : read.magnitude.num;
  if (bytes < BigInt(minBytes) || bytes > BigInt(maxBytes)) {
    throw new ConfigError("RANGE", parameter, text, `must be from ${minBytes} to ${maxBytes} bytes`);
  }
  return Number(bytes);
}

function shortText(value: Rational, unit: Unit): string | undefined {
  const text = decimalText(divide(value, unit.factor));
  return text !== undefined && text.replace(".", "").replace(/^0+/u, "").length <= EXACT_DIGITS_MAX ? text : undefined;
}

/** The shortest exact text among `units` (smallest first; all but the first only for values of 1 and more). */
function exactText(value: Rational, units: readonly Unit[]): string | undefined {
  const fitting = units.filter((unit, index) => index === 0 || compare(value, unit.factor) >= 0);
  let best: { readonly text: string; readonly name: string } | undefined;
  for (const unit of fitting) {
    const text = shortText(value, unit);
    if (text !== undefined && (best === undefined || text.length < best.text.length)) best = { text, name: unit.name };
  }
  return best === undefined ? undefined : `${best.text} ${best.name}`;
}

function aboutText(value: Rational, units: readonly Unit[]): string {
  const unit = units.findLast((candidate) => compare(value, candidate.factor) >= 0) ??
    units[0] ?? { name: "", factor: ONE };
  return `about ${roundedText(divide(value, unit.factor), ROUNDED_DIGITS)} ${unit.name}`;
}

function packetsText(value: Rational, units: readonly Unit[]): string {
  const exact = units.find((unit) => shortText(value, unit) !== undefined);
  if (exact === undefined) return aboutText(value, units.slice(0, 1));
  const text = `${shortText(value, exact)} ${exact.name}`;
  return text.startsWith("1 ") ? text.replace("packets", "packet") : text;
}

/** A rate for people: exact when that is short, else "about" and 4 significant digits. Bytes are shown as bit/s. */
export function formatRate(unitsPerSec: Rational, cost: Cost): string {
  if (cost === "packets") return packetsText(unitsPerSec, PACKET_RATES);
  return exactText(unitsPerSec, BIT_RATES) ?? aboutText(unitsPerSec, BIT_RATES);
}

/** An amount of bytes or packets for people: exact when that is short, else "about" and 4 significant digits. */
export function formatUnits(units: Rational, cost: Cost): string {
  if (cost === "packets") return packetsText(units, PACKET_UNITS);
  return exactText(units, BYTE_UNITS) ?? aboutText(units, DECIMAL_BYTES);
}

/** A time in nanoseconds for people: exact when that is short, else "about" and 4 significant digits. */
export function formatDurationNs(durationNs: Rational | bigint): string {
  const value = typeof durationNs === "bigint" ? rational(durationNs) : durationNs;
  return exactText(value, DURATIONS) ?? aboutText(value, DURATIONS);
}

/** The whole number of units below or at `units`, with its unit: what a message offers as a value to write. */
export function wholeUnitsText(units: Rational, cost: Cost): string {
  return `${floor(units)} ${cost === "bytes" ? "B" : "packets"}`;
}
