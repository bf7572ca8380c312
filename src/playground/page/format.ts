/** Numbers on the page. */
import { grouped } from "../../report/number.ts";

const PREFIXES = ["", "k", "M", "G", "T"];
const DIGITS = 3;

/** "12.3 Mbit/s": three digits and a power of 1000. */
export function scaledText(value: number, unit: string): string {
  let [scaled, power] = [value, 0];
  while (scaled >= 999.5 && power < PREFIXES.length - 1) {
    scaled /= 1000;
    power += 1;
  }
  return `${Number(scaled.toPrecision(DIGITS))} ${PREFIXES[power]!}${unit}`;
}

/** Units of what is drawn: of packets the axis shows the numbers alone. */
export type DrawnUnit = "bit/s" | "packets/s" | "B" | "packets";

/** "1,200.5". */
function countText(value: number): string {
  return grouped(Math.round(value * 10) / 10);
}

function isCount(unit: DrawnUnit): boolean {
  return unit === "packets" || unit === "packets/s";
}

/** "12.3 kB", "1,200 packets". */
export function valueText(value: number, unit: DrawnUnit): string {
  return isCount(unit) ? `${countText(value)} ${unit}` : scaledText(value, unit);
}

/** "12.3 kB", "1,200". */
export function tickText(value: number, unit: DrawnUnit): string {
  return isCount(unit) ? countText(value) : scaledText(value, unit);
}

const TIMES = [
  { name: "s", factor: 1e9 },
  { name: "ms", factor: 1e6 },
  { name: "us", factor: 1e3 },
  { name: "ns", factor: 1 },
];

/** A time in the unit that suits the largest one beside it, with as many digits as a step of `stepNs` needs. */
export function timeText(timeNs: number, stepNs: number, largestNs: number): string {
  const unit = TIMES.find(({ factor }) => largestNs >= factor) ?? TIMES.at(-1)!;
  const digits = Math.max(0, Math.ceil(-Math.log10(stepNs / unit.factor) - 1e-9));
  return `${(timeNs / unit.factor).toFixed(digits)} ${unit.name}`;
}

/** "84.30 %". */
export function shareText(part: number, whole: number): string {
  return whole === 0 ? "" : `${((100 * part) / whole).toFixed(2)} %`;
}
