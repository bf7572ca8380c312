/** Sliders beside exact texts: a place on a logarithmic scale for a value with its unit, and the text for a place. */
import type { ParamKind } from "../../policy/params.ts";
import type { Rational } from "../../types.ts";
import { parseAmount, parseBurst, parseDurationNs, parsePacketCount, parseRate } from "../../units.ts";

/** One kind of unit, in whose multiples a slider writes. */
export interface Family {
  readonly name: "bits" | "bytesPerSec" | "packetsPerSec" | "packetsPerMin" | "bytes" | "packets" | "time" | "count";
  /** Smallest first; `factor` in base units. */
  readonly units: readonly { readonly name: string; readonly factor: number }[];
  readonly least: number;
  readonly most: number;
  /** The smallest unit has no parts. */
  readonly isWhole: boolean;
}

export interface Quantity {
  readonly family: Family;
  /** In base units. */
  readonly value: number;
}

/** Steps of a slider: a thousand over the whole range, 1.2 to 1.9 % each. */
export const SLIDER_STEPS = 1000;
const DIGITS = 3;

function decimal(suffix: string): Family["units"] {
  return ["", "k", "M", "G"].map((prefix, power) => ({ name: `${prefix}${suffix}`, factor: 1000 ** power }));
}

const TIME_UNITS = [
  { name: "ns", factor: 1 },
  { name: "us", factor: 1e3 },
  { name: "ms", factor: 1e6 },
  { name: "s", factor: 1e9 },
];
const BITS: Family = { name: "bits", units: decimal("bit/s"), least: 1e3, most: 1e11, isWhole: true };
const BYTE_RATE: Family = { name: "bytesPerSec", units: decimal("B/s"), least: 100, most: 1e10, isWhole: true };
const packetRate = (name: "packetsPerSec" | "packetsPerMin", unit: string): Family => ({
  name,
  units: [{ name: unit, factor: 1 }],
  least: 0.1,
  most: 1e7,
  isWhole: false,
});
const PER_SEC = packetRate("packetsPerSec", "packets/s");
const PER_MIN = packetRate("packetsPerMin", "packets/min");
const BYTES: Family = { name: "bytes", units: decimal("B"), least: 64, most: 1e9, isWhole: true };
const PACKETS: Family = {
  name: "packets",
  units: [{ name: "packets", factor: 1 }],
  least: 1,
  most: 1e6,
  isWhole: true,
};
const TIME: Family = { name: "time", units: TIME_UNITS, least: 1e3, most: 1e11, isWhole: true };
const COUNT: Family = { name: "count", units: [{ name: "", factor: 1 }], least: 1, most: 1e6, isWhole: true };

function numberOf({ num, den }: Rational): number {
  return Number(num) / Number(den);
}

function rateQuantity(text: string): Quantity {
  const { unitsPerSec, cost } = parseRate("rate", text);
  const perSec = numberOf(unitsPerSec);
  if (cost === "packets") {
    return /\/(?:min|h)$/u.test(text.trim())
      ? { family: PER_MIN, value: perSec * 60 }
      : { family: PER_SEC, value: perSec };
  }
  return text.trim().endsWith("bit/s") ? { family: BITS, value: perSec * 8 } : { family: BYTE_RATE, value: perSec };
}

function amountQuantity(units: Rational, cost: "bytes" | "packets"): Quantity {
  return { family: cost === "bytes" ? BYTES : PACKETS, value: numberOf(units) };
}

function burstQuantity(text: string): Quantity {
  const burst = parseBurst("burst", text);
  if (burst.kind === "amount") return amountQuantity(burst.units, burst.cost);
  return { family: TIME, value: numberOf(burst.durationNs) };
}

/** True when values of this kind have a slider. */
export function hasSlider(kind: ParamKind): boolean {
  return kind === "rate" || kind === "burst" || kind === "amount" || kind === "duration" || kind === "count";
}

/** The value of a text; undefined when it is none of its kind. */
export function quantityOf(kind: ParamKind, text: string): Quantity | undefined {
  try {
    if (kind === "rate") return rateQuantity(text);
    if (kind === "burst") return burstQuantity(text);
    if (kind === "duration") return { family: TIME, value: numberOf(parseDurationNs("time", text)) };
    if (kind === "count") return { family: COUNT, value: Number(parsePacketCount("count", text, 0n)) };
    if (kind !== "amount") return undefined;
    const { units, cost } = parseAmount("amount", text);
    return amountQuantity(units, cost);
  } catch {
    return undefined;
  }
}

/** Where a value stands on its slider, 0 to SLIDER_STEPS; values beyond its ends stand there. */
export function placeOf({ family: { least, most }, value }: Quantity): number {
  const part = Math.log(Math.max(value, least) / least) / Math.log(most / least);
  return Math.round(Math.min(part, 1) * SLIDER_STEPS);
}

/** A value of a family as text, three digits in the unit that suits it. */
export function textOf({ family: { units, isWhole }, value }: Quantity): string {
  const short = Number(value.toPrecision(DIGITS));
  const unit = units.findLast(({ factor }) => short >= factor) ?? units[0]!;
  const inUnit = Number((short / unit.factor).toPrecision(DIGITS));
  const number = isWhole && unit === units[0] ? Math.max(1, Math.round(inUnit)) : inUnit;
  return `${number} ${unit.name}`.trim();
}

/** The text of a place on the slider. */
export function textAt(family: Family, place: number): string {
  const { least, most } = family;
  return textOf({ family, value: least * (most / least) ** (place / SLIDER_STEPS) });
}
