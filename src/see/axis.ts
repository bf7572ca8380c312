/** Ticks at round numbers, values as people read them, and the units that go with both. */

import type { Cost } from "../types.ts";

interface Unit {
  readonly name: string;
  readonly factor: number;
}

const TIMES: readonly Unit[] = [
  { name: "s", factor: 1e9 },
  { name: "ms", factor: 1e6 },
  { name: "us", factor: 1e3 },
  { name: "ns", factor: 1 },
];
const BYTES: readonly Unit[] = [
  { name: "TB", factor: 1e12 },
  { name: "GB", factor: 1e9 },
  { name: "MB", factor: 1e6 },
  { name: "kB", factor: 1e3 },
  { name: "B", factor: 1 },
];
const PACKETS: readonly Unit[] = [{ name: "packets", factor: 1 }];
const BIT_RATES: readonly Unit[] = [
  { name: "Tbit/s", factor: 1e12 },
  { name: "Gbit/s", factor: 1e9 },
  { name: "Mbit/s", factor: 1e6 },
  { name: "kbit/s", factor: 1e3 },
  { name: "bit/s", factor: 1 },
];
const PACKET_RATES: readonly Unit[] = [
  { name: "M packets/s", factor: 1e6 },
  { name: "k packets/s", factor: 1e3 },
  { name: "packets/s", factor: 1 },
];

/** What a rate counts. */
export type RateUnit = "bit" | "packet";

/** A value shows at least so many of its unit; smaller ones get a smaller unit. */
const UNITS_SHOWN_MIN = 2;

function unitOf(units: readonly Unit[], largest: number): Unit {
  return units.find(({ factor }) => largest >= UNITS_SHOWN_MIN * factor) ?? units.at(-1)!;
}

/** 1, 2 or 5 times a power of ten, so that `largest` takes at most `count` steps. */
export function stepOf(largest: number, count: number): number {
  const least = largest / count;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least * (1 - 1e-9))!;
}

export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** Ticks from 0 to `largest`. The unit stands at every one of them. */
function ticksOf(units: readonly Unit[], largest: number, count: number): readonly Tick[] {
  const { name, factor } = unitOf(units, largest);
  const step = stepOf(largest / factor, count);
  const ticks: Tick[] = [];
  for (let index = 0; index * step <= (largest / factor) * (1 + 1e-9); index += 1) {
    const inUnits = Number((index * step).toPrecision(12));
    ticks.push({ value: inUnits * factor, text: `${inUnits} ${name}` });
  }
  return ticks;
}

/** Ticks of a time axis, in nanoseconds. */
export function timeTicks(largestNs: number, count: number): readonly Tick[] {
  return ticksOf(TIMES, largestNs, count);
}

/** Ticks of a level axis; packets are plain numbers, for which the unit stands above the axis. */
export function levelTicks(cost: Cost, largest: number, count: number): readonly Tick[] {
  if (cost === "bytes") return ticksOf(BYTES, largest, count);
  return ticksOf(PACKETS, largest, count).map(({ value }) => ({ value, text: String(value) }));
}

/** Ticks of a rate axis, in units a second. */
export function rateTicks(unit: RateUnit, largest: number, count: number): readonly Tick[] {
  return ticksOf(unit === "bit" ? BIT_RATES : PACKET_RATES, largest, count);
}

/** Decimals that a step of this size needs to be told exactly. */
function decimalsOf(step: number): number {
  let decimals = 0;
  while (decimals < DECIMALS_MAX && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6) {
    decimals += 1;
  }
  return decimals;
}

/** Values of one axis `step` apart, all in the unit of the largest, with the decimals that tell them apart. */
function textsOf(units: readonly Unit[], values: readonly number[], step: number): string[] {
  const { name, factor } = unitOf(units, Math.max(...values.map(Math.abs)));
  const decimals = decimalsOf(step / factor);
  return values.map((value) => `${(value / factor).toFixed(decimals)} ${name}`);
}

/** Texts of the ticks of a rate axis. */
export function rateTexts(unit: RateUnit, values: readonly number[], step: number): string[] {
  return textsOf(unit === "bit" ? BIT_RATES : PACKET_RATES, values, step);
}

/** Texts of the ticks of a level axis. */
export function levelTexts(cost: Cost, values: readonly number[], step: number): string[] {
  return textsOf(cost === "bytes" ? BYTES : PACKETS, values, step);
}

const DECIMALS_MAX = 9;
/** Steps of a clock, in seconds. */
const CLOCK_STEPS_SEC = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200];
const DAY_SEC = 86_400;

/** Steps that time axes take, in nanoseconds: round parts of a second, then of a clock, then days. */
export const TIME_STEPS_NS: readonly number[] = [
  ...Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat(),
  ...CLOCK_STEPS_SEC.map((seconds) => seconds * 1e9),
  ...Array.from({ length: 7 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power * DAY_SEC * 1e9)).flat(),
];
const CLOCK_SEC_MIN = 120;

/** "1:02:03", from 2 min on. */
function clockText(timeNs: number): string {
  const seconds = Math.round(timeNs / 1e9);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Texts of the ticks of a time axis. */
export function timeTexts(valuesNs: readonly number[], stepNs: number): string[] {
  const isLong = Math.max(...valuesNs) >= CLOCK_SEC_MIN * 1e9;
  return isLong && stepNs >= 1e9 ? valuesNs.map(clockText) : textsOf(TIMES, valuesNs, stepNs);
}

/** Ticks of a time axis that need not begin at 0. */
export function timeTicksBetween(fromNs: number, toNs: number, count: number): readonly Tick[] {
  const step = TIME_STEPS_NS.find((known) => (toNs - fromNs) / known <= count) ?? TIME_STEPS_NS.at(-1)!;
  const values: number[] = [];
  for (let index = Math.ceil(fromNs / step - 1e-9); index * step <= toNs * (1 + 1e-12); index += 1) {
    values.push(index * step);
  }
  const texts = timeTexts(values, step);
  return values.map((value, index) => ({ value, text: texts[index]! }));
}

/** "21.2 Mbit/s". */
export function rateText(unit: RateUnit, rate: number): string {
  const units = unit === "bit" ? BIT_RATES : PACKET_RATES;
  const { name, factor } = units.find((known) => rate >= known.factor) ?? units.at(-1)!;
  const value = rate / factor;
  return `${value.toFixed(value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2)} ${name}`;
}

/** Three decimals at most. */
export function numberText(value: number): string {
  return String(Number(value.toFixed(3)));
}

/** "10 kB": in the largest unit that keeps it short. */
export function shortLevelText(cost: Cost, level: number): string {
  const { name, factor } = unitOf(cost === "bytes" ? BYTES : PACKETS, level);
  return `${numberText(level / factor)} ${name}`;
}

/** "0.25 s": in the unit in which the longest time is shown. */
export function timeTextBeside(timeNs: number, longestNs: number): string {
  const { name, factor } = unitOf(TIMES, longestNs);
  return `${numberText(timeNs / factor)} ${name}`;
}

/** "134 ms": three digits, for widths that are powers of two. */
export function widthText(widthNs: number): string {
  const { name, factor } = TIMES.find((unit) => widthNs >= unit.factor) ?? TIMES.at(-1)!;
  return `${Number((widthNs / factor).toPrecision(3))} ${name}`;
}

/** "1.6 s", "20 ms". */
export function timeText(timeNs: number): string {
  const { name, factor } = TIMES.find((unit) => timeNs >= unit.factor) ?? TIMES.at(-1)!;
  return `${numberText(timeNs / factor)} ${name}`;
}
