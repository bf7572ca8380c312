/** The end of the packet that is being sent: a whole nanosecond, rounded up, and the parts by which it lies before that. */
import type { LinkProfile } from "../../types.ts";
import { TWO_32 } from "../float.ts";
import { bigintOf, wordsOf } from "../words.ts";

const WORD_MAX = 0xffff_ffff;
/** No instant is later: a service that would end later ends then. Low and high word. */
export const END_LO = 0xffff_fffe;
const END_NS = 2n ** 64n - 2n;
/** Numbers up to here may be added to a word and stay exact. */
const NARROW_MAX = 2n ** 52n;
/** Longer packets than captures hold may take the slow way. */
const USUAL_UNITS = 131_072n;

/** An instant at which sending ends. Nothing is being sent while `isIdle`. */
export interface SendingEnd {
  isIdle: boolean;
  /** Whether it is not after this ns. False while idle. */
  isOver(clockLo: number, clockHi: number): boolean;
  /** Sending begins at a whole ns. */
  beginAt(clockLo: number, clockHi: number): void;
  /** Moves it by what so many units take. */
  extend(units: number): void;
  /** Writes ns and rest to row `row`. */
  write(departure: Uint32Array, rest: Uint32Array, row: number): void;
}

/** On numbers where they hold all that usual packets need, else on BigInt. */
export function createEnd(profile: LinkProfile): SendingEnd {
  const { partsPerUnit, departureParts } = profile;
  const isNarrow = departureParts + USUAL_UNITS * partsPerUnit <= NARROW_MAX;
  return isNarrow ? new NarrowEnd(profile) : new WideEnd(profile);
}

interface Instant {
  readonly ns: bigint;
  readonly rest: bigint;
}

/** `parts` after an instant, or the end of time. */
function later({ ns, rest }: Instant, parts: bigint, partsPerNs: bigint): Instant {
  if (parts <= rest) return { ns, rest: rest - parts };
  const missing = parts - rest;
  const wholeNs = (missing + partsPerNs - 1n) / partsPerNs;
  if (ns + wholeNs > END_NS) return { ns: END_NS, rest: 0n };
  return { ns: ns + wholeNs, rest: wholeNs * partsPerNs - missing };
}

class NarrowEnd implements SendingEnd {
  isIdle = true;
  #lo = 0;
  #hi = 0;
  #rest = 0;
  readonly #partsPerUnit: number;
  readonly #partsPerNs: number;
  /** More units take the slow way. */
  readonly #unitsMax: number;

  constructor({ partsPerUnit, departureParts }: LinkProfile) {
    this.#partsPerUnit = Number(partsPerUnit);
    this.#partsPerNs = Number(departureParts);
    this.#unitsMax = Number((NARROW_MAX - departureParts) / partsPerUnit);
  }

  isOver(clockLo: number, clockHi: number): boolean {
    return !this.isIdle && (this.#hi < clockHi || (this.#hi === clockHi && this.#lo <= clockLo));
  }

  beginAt(clockLo: number, clockHi: number): void {
    this.#lo = clockLo;
    this.#hi = clockHi;
    this.#rest = 0;
  }

  extend(units: number): void {
    if (units > this.#unitsMax) return this.#extendFar(units);
    const missing = units * this.#partsPerUnit - this.#rest;
    if (missing <= 0) {
      this.#rest = 0 - missing;
      return undefined;
    }
    // The quotient is rounded, but never across a whole number: both terms are below 2^53.
    const wholeNs = Math.ceil(missing / this.#partsPerNs);
    this.#rest = wholeNs * this.#partsPerNs - missing;
    const sum = this.#lo + wholeNs;
    const carry = Math.floor(sum / TWO_32);
    this.#lo = sum - carry * TWO_32;
    this.#hi += carry;
    if (this.#hi > WORD_MAX || (this.#hi === WORD_MAX && this.#lo > END_LO)) this.#stop();
  }

  write(departure: Uint32Array, rest: Uint32Array, row: number): void {
    departure[2 * row] = this.#lo;
    departure[2 * row + 1] = this.#hi;
    rest[2 * row] = this.#rest;
    rest[2 * row + 1] = Math.floor(this.#rest / TWO_32);
  }

  #stop(): void {
    this.#lo = END_LO;
    this.#hi = WORD_MAX;
    this.#rest = 0;
  }

  #extendFar(units: number): void {
    const now = { ns: bigintOf(this.#lo, this.#hi), rest: BigInt(this.#rest) };
    const { ns, rest } = later(now, BigInt(units) * BigInt(this.#partsPerUnit), BigInt(this.#partsPerNs));
    const { lo, hi } = wordsOf(ns);
    this.#lo = lo;
    this.#hi = hi;
    this.#rest = Number(rest);
  }
}

class WideEnd implements SendingEnd {
  isIdle = true;
  #at: Instant = { ns: 0n, rest: 0n };
  readonly #partsPerUnit: bigint;
  readonly #partsPerNs: bigint;

  constructor({ partsPerUnit, departureParts }: LinkProfile) {
    this.#partsPerUnit = partsPerUnit;
    this.#partsPerNs = departureParts;
  }

  isOver(clockLo: number, clockHi: number): boolean {
    return !this.isIdle && this.#at.ns <= bigintOf(clockLo, clockHi);
  }

  beginAt(clockLo: number, clockHi: number): void {
    this.#at = { ns: bigintOf(clockLo, clockHi), rest: 0n };
  }

  extend(units: number): void {
    this.#at = later(this.#at, BigInt(units) * this.#partsPerUnit, this.#partsPerNs);
  }

  write(departure: Uint32Array, rest: Uint32Array, row: number): void {
    put(departure, row, this.#at.ns);
    put(rest, row, this.#at.rest);
  }
}

function put(column: Uint32Array, row: number, value: bigint): void {
  const { lo, hi } = wordsOf(value);
  column[2 * row] = lo;
  column[2 * row + 1] = hi;
}
