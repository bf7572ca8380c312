/** Times of the caller's as nanoseconds in two words. JavaScript twin of assembly/edge/clock.ts: `nanosecondsOf`. */
import type { Time, TimeUnit } from "./types.ts";

export const UNIT_NS: Readonly<Record<TimeUnit, number>> = { ms: 1_000_000, us: 1000, ns: 1 };

const TWO_12 = 2 ** 12;
const TWO_20 = 2 ** 20;
const TWO_32 = 2 ** 32;
/** Times end at 2^62 ns (the year 2116 since 1970): the meter's offset and a block's end have room above. */
const NS_END = 2n ** 62n;

/** Writes the nanoseconds of `now` units of `unitNs`, low word first; a fraction of a unit is cut to whole nanoseconds. */
export function putNs(words: Uint32Array | Int32Array, at: number, now: number, unitNs: number): void {
  const whole = Math.floor(now);
  const fractionNs = Math.floor((now - whole) * unitNs);
  // Parts small enough for whole doubles: high is below 2^33, and with its unit below 2^53.
  const high = Math.floor(whole / TWO_20);
  const highNs = high * unitNs;
  const rest = (whole - high * TWO_20) * unitNs + fractionNs + (highNs % TWO_12) * TWO_20;
  const carry = Math.floor(rest / TWO_32);
  words[at] = rest - carry * TWO_32;
  words[at + 1] = Math.floor(highNs / TWO_12) + carry;
}

/** Checks times and turns them into nanoseconds. */
export class Times {
  readonly unitNs: number;
  /** A time has to be below this. */
  readonly end: number;
  readonly #unit: TimeUnit;

  constructor(unit: TimeUnit) {
    this.#unit = unit;
    this.unitNs = UNIT_NS[unit];
    this.end = Math.min(Number(NS_END) / this.unitNs, 2 ** 53 - 1);
  }

  /** Writes a time's nanoseconds to two words. Throws RangeError for what is no time. */
  put(words: Uint32Array | Int32Array, at: number, now: Time): void {
    if (typeof now === "bigint" && this.#unit === "ns" && now >= 0n && now < NS_END) {
      words[at] = Number(now & 0xffff_ffffn);
      words[at + 1] = Number(now >> 32n);
      return;
    }
    if (typeof now !== "number" || !(now >= 0 && now < this.end)) throw this.refusal(now);
    putNs(words, at, now, this.unitNs);
  }

  refusal(now: unknown): RangeError {
    const last = Math.floor(this.end);
    const more = this.#unit === "ns" ? " (as a bigint to 2^62 - 1)" : "";
    return new RangeError(`now ${String(now)}: must be a number of ${this.#unit} from 0 to ${last}${more}`);
  }
}
