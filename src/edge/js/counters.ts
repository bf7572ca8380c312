/** The 64-bit counters in an engine's memory, and its clock. Twin of assembly/edge/clock.ts. */
import {
  STATE,
  STATE_CLOCK_END,
  STATE_NEWEST,
  STATE_OFFSET,
  STATE_REGRESSIONS,
  STATE_STARTED,
  STATE_STEP,
  STATE_STEPS,
} from "../../../assembly/edge/abi.ts";

const NEWEST = STATE / 4 + 2 * STATE_NEWEST;
const OFFSET = STATE / 4 + 2 * STATE_OFFSET;
/** Upper word of the clock's end, whose lower is 0. */
const END_HI = STATE / 4 + 2 * STATE_CLOCK_END + 1;

/** The 64-bit value of two words. */
function wide(words: Uint32Array, index: number): bigint {
  return (BigInt(words[index + 1]!) << 32n) | BigInt(words[index]!);
}

function putWide(words: Uint32Array, index: number, value: bigint): void {
  words[index] = Number(value & 0xffff_ffffn);
  words[index + 1] = Number((value >> 32n) & 0xffff_ffffn);
}

/** Adds a whole number below 2^32 to the 64-bit counter at `words[at]`. */
export function count(words: Uint32Array, at: number, amount: number): void {
  const lo = words[at]! + amount;
  words[at] = lo;
  if (lo > 0xffff_ffff) words[at + 1] = words[at + 1]! + 1;
}

export function countState(words: Uint32Array, index: number, amount = 1): void {
  count(words, STATE / 4 + 2 * index, amount);
}

export class Clock {
  /** The meter's time of the call at hand. */
  lo = 0;
  hi = 0;
  /** Ns by which the call lies before the meter's clock. */
  lagNs = 0n;
  readonly #words: Uint32Array;
  readonly #rebase: (time: bigint) => void;

  /** `rebase` brings all states to a new time 0. */
  constructor(words: Uint32Array, rebase: (time: bigint) => void) {
    this.#words = words;
    this.#rebase = rebase;
    // No time is as new: the first call takes the clock's unusual way.
    putWide(words, NEWEST, 2n ** 64n - 1n);
  }

  get time(): bigint {
    return (BigInt(this.hi) << 32n) | BigInt(this.lo);
  }

  get newest(): bigint {
    return wide(this.#words, NEWEST);
  }

  get isStarted(): boolean {
    return this.#words[STATE / 4 + 2 * STATE_STARTED] !== 0;
  }

  /** Sets `lo` and `hi` for a call at the caller's ns; the clock goes on. */
  advance(nsLo: number, nsHi: number): void {
    if (!this.moves(nsLo, nsHi)) this.#put(this.#advanceUnusually((BigInt(nsHi) << 32n) | BigInt(nsLo)));
  }

  /** The same where it is nothing unusual; else answers false, and nothing was done. */
  moves(nsLo: number, nsHi: number): boolean {
    const words = this.#words;
    const lo = nsLo + words[OFFSET]!;
    const timeLo = lo >>> 0;
    const timeHi = (nsHi + words[OFFSET + 1]! + (lo > 0xffff_ffff ? 1 : 0)) >>> 0;
    const newestHi = words[NEWEST + 1]!;
    const isNewer = timeHi > newestHi || (timeHi === newestHi && timeLo >= words[NEWEST]!);
    if (!(isNewer && timeHi < words[END_HI]!)) return false;
    words[NEWEST] = timeLo;
    words[NEWEST + 1] = timeHi;
    this.lo = timeLo;
    this.hi = timeHi;
    this.lagNs = 0n;
    return true;
  }

  #put(time: bigint): void {
    this.lo = Number(time & 0xffff_ffffn);
    this.hi = Number(time >> 32n);
  }

  #advanceUnusually(ns: bigint): bigint {
    if (!this.isStarted) return this.start(ns);
    const { newest } = this;
    const offset = wide(this.#words, OFFSET);
    const time = BigInt.asUintN(64, ns + offset);
    if (BigInt.asIntN(64, time - newest) >= 0n) {
      this.lagNs = 0n;
      return this.#beginAnew(time);
    }
    countState(this.#words, STATE_REGRESSIONS);
    this.lagNs = BigInt.asUintN(64, newest - time);
    if (this.lagNs > wide(this.#words, STATE / 4 + 2 * STATE_STEP)) {
      putWide(this.#words, OFFSET, BigInt.asUintN(64, offset + this.lagNs));
      countState(this.#words, STATE_STEPS);
      this.lagNs = 0n;
    }
    // The end may have come nearer, with a steeper policy.
    return newest < wide(this.#words, STATE / 4 + 2 * STATE_CLOCK_END) ? newest : this.#beginAnew(newest);
  }

  /** The meter's time `time` is its time 0 from here on. */
  #beginAnew(time: bigint): bigint {
    this.#rebase(time);
    putWide(this.#words, OFFSET, BigInt.asUintN(64, wide(this.#words, OFFSET) - time));
    putWide(this.#words, NEWEST, 0n);
    return 0n;
  }

  /** The meter's time 0 is the caller's `ns`. */
  start(ns: bigint): bigint {
    this.lagNs = 0n;
    this.#words[STATE / 4 + 2 * STATE_STARTED] = 1;
    putWide(this.#words, OFFSET, BigInt.asUintN(64, -ns));
    putWide(this.#words, NEWEST, 0n);
    return 0n;
  }

  /** Sets `lo` and `hi` for a look at the caller's ns, which changes nothing. */
  look(nsLo: number, nsHi: number): void {
    this.lagNs = 0n;
    if (!this.isStarted) return this.#put(0n);
    const { newest } = this;
    const time = BigInt.asUintN(64, ((BigInt(nsHi) << 32n) | BigInt(nsLo)) + wide(this.#words, OFFSET));
    if (BigInt.asIntN(64, time - newest) >= 0n) return this.#put(time);
    const lagNs = BigInt.asUintN(64, newest - time);
    if (lagNs <= wide(this.#words, STATE / 4 + 2 * STATE_STEP)) this.lagNs = lagNs;
    this.#put(newest);
  }

  /** Sets `lo` and `hi` to the newest time. */
  stand(): void {
    this.lo = this.#words[NEWEST]!;
    this.hi = this.#words[NEWEST + 1]!;
    this.lagNs = 0n;
  }

  /** The meter's time of the caller's ns, less the newest; below 0 in the past. */
  ahead(ns: bigint): bigint {
    return BigInt.asIntN(64, ns + wide(this.#words, OFFSET) - this.newest);
  }
}
