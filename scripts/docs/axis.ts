/** Ticks at round numbers, and the units that go with them. */

import type { Cost } from "../../src/types.ts";

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
  { name: "MB", factor: 1e6 },
  { name: "kB", factor: 1e3 },
  { name: "B", factor: 1 },
];
const PACKETS: readonly Unit[] = [{ name: "packets", factor: 1 }];

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

/** "1.6 s", "20 ms". */
export function timeText(timeNs: number): string {
  const { name, factor } = TIMES.find((unit) => timeNs >= unit.factor) ?? TIMES.at(-1)!;
  return `${numberText(timeNs / factor)} ${name}`;
}
