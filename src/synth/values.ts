/** Reads the values that units.ts has no parser for. All throw ConfigError. */
import { ConfigError } from "../errors.ts";
import { compare, floor, rational } from "../rational.ts";
import { parseDurationNs } from "../units.ts";
import type { SizeRange, Weighted } from "./choice.ts";
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN } from "./frame.ts";
import type { PopularityKind } from "./popularity.ts";
import { type Arrivals, TIME_MAX_NS } from "./settings.ts";

const CHOICES_MAX = 64;
const WEIGHT_MAX = 1_000_000;
const ZIPF_MIN = 0.01;
const ZIPF_MAX = 5;
const ALPHA_MIN = 1.1;
const ALPHA_MAX = 10;
/** Of seven packets, four and one: the sizes 64, 594 and 1518 of "simple IMIX" without the frame check sequence. */
const IMIX = "60:7,590:4,1514:1";

/** A whole number. */
export function readCount(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,16}$/u.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ConfigError("NUMBER", name, text, `must be a whole number from ${least} to ${most}`);
}

/** "30%" */
export function readPercent(name: string, text: string): number {
  const percent = Number(/^(\d{1,3})\s*%$/u.exec(text)?.[1] ?? Number.NaN);
  if (percent <= 100) return percent;
  throw new ConfigError("NUMBER", name, text, "must be a whole percentage from 0% to 100%, such as 30%");
}

/** One of several words. */
export function readWord<Word extends string>(name: string, text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) throw new ConfigError("CHOICE", name, text, `is ${words.join(" or ")}`);
  return word;
}

/** A time in whole nanoseconds, rounded down. */
export function readTimeNs(name: string, text: string): number {
  const time = parseDurationNs(name, text);
  if (compare(time, rational(BigInt(TIME_MAX_NS))) <= 0) return Number(floor(time));
  throw new ConfigError("RANGE", name, text, "is more than 30 days; ask for less");
}

/** "1s-2s". */
export function readSpanNs(name: string, text: string): readonly [number, number] {
  // Units end in these letters, and exponents do not.
  const match = /^(.+?[snh])\s*-\s*(.+)$/u.exec(text);
  if (match === null) throw new ConfigError("NUMBER", name, text, "is not from one time to another, such as 5s-10s");
  const [from, to] = [readTimeNs(name, match[1]!), readTimeNs(name, match[2]!)];
  if (from < to) return [from, to];
  throw new ConfigError("RANGE", name, text, "must end after it begins, such as 5s-10s");
}

/** "zipf:1.2" as its word and its number. */
function wordAndNumber(text: string): readonly [string, number | undefined] {
  const match = /^([a-z-]+?)(?::(\d{1,3}(?:\.\d{1,3})?))?$/u.exec(text);
  return [match?.[1] ?? "", match?.[2] === undefined ? undefined : Number(match[2])];
}

export function readPopularity(name: string, text: string): PopularityKind {
  const [word, exponent = 1] = wordAndNumber(text);
  if (text === "uniform") return { kind: "uniform" };
  if (word !== "zipf") {
    throw new ConfigError("CHOICE", name, text, "is uniform, zipf, or zipf with an exponent such as zipf:1.2");
  }
  if (exponent >= ZIPF_MIN && exponent <= ZIPF_MAX) return { kind: "zipf", exponent };
  throw new ConfigError("RANGE", name, text, `the exponent must be from ${ZIPF_MIN} to ${ZIPF_MAX}`);
}

/** On periods are those of `onPackets` and `peak`. */
export function readArrivals(name: string, text: string, onPackets: number, peak: number): Arrivals {
  const [word, alpha = 1.5] = wordAndNumber(text);
  if (text === "constant" || text === "poisson") return { kind: text };
  if (word !== "on-off") {
    const detail = "is constant, poisson, on-off, or on-off with a tail index such as on-off:1.3";
    throw new ConfigError("CHOICE", name, text, detail);
  }
  if (alpha >= ALPHA_MIN && alpha <= ALPHA_MAX) return { kind: "on-off", alpha, onPackets, peak };
  throw new ConfigError("RANGE", name, text, `the tail index must be from ${ALPHA_MIN} to ${ALPHA_MAX}`);
}

/** "a:6,b:3,c": what has no weight weighs 1. */
export function readWeighted<Value>(
  name: string,
  text: string,
  read: (part: string) => Value,
): readonly Weighted<Value>[] {
  const parts = text.split(",");
  if (parts.length > CHOICES_MAX) {
    throw new ConfigError("RANGE", name, text, `lists ${parts.length} values; at most ${CHOICES_MAX} are taken`);
  }
  return parts.map((part) => {
    const [value = "", weight = "1", ...rest] = part.trim().split(":");
    if (rest.length > 0 || !/^\d{1,7}$/u.test(weight) || Number(weight) < 1 || Number(weight) > WEIGHT_MAX) {
      const detail = `"${part.trim()}" is not a value with a weight from 1 to ${WEIGHT_MAX}, such as ${value}:3`;
      throw new ConfigError("NUMBER", name, text, detail);
    }
    return { value: read(value), weight: Number(weight) };
  });
}

export function readSizes(name: string, text: string): readonly Weighted<SizeRange>[] {
  const mix = text === "imix" ? IMIX : text.replace(/^(?:fixed:(?=\d+$)|uniform:(?=\d+-\d+$))/u, "");
  if (!/^\d/u.test(mix)) {
    const detail = "is imix, fixed:N, uniform:A-B, or sizes with weights such as 64:7,594:4,1518:1";
    throw new ConfigError("CHOICE", name, text, detail);
  }
  return readWeighted(name, mix, (part) => readSize(name, text, part));
}

function readSize(name: string, text: string, part: string): SizeRange {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/u.exec(part);
  if (match === null) throw new ConfigError("NUMBER", name, text, `"${part}" is not a size or a range such as 64-128`);
  const firstBytes = Number(match[1]);
  const lastBytes = Number(match[2] ?? match[1]);
  if (firstBytes > lastBytes) {
    throw new ConfigError("RANGE", name, text, `begins after its end; write ${lastBytes}-${firstBytes}`);
  }
  if (firstBytes < FRAME_BYTES_MIN || lastBytes > FRAME_BYTES_MAX) {
    const detail = `a frame has ${FRAME_BYTES_MIN} to ${FRAME_BYTES_MAX} bytes, without its frame check sequence`;
    throw new ConfigError("RANGE", name, text, detail);
  }
  return { firstBytes, lastBytes };
}
