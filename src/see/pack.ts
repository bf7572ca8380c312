/**
 * Columns of numbers as short text: each value as its difference from the one before, seven bits a byte, repeats as
 * their number; in the alphabet of base64url, which has no letter that HTML or a scanner for addresses minds. The same
 * code unpacks them in the page.
 */

const SEVEN_BITS = 0x80;
const TEXT_CHUNK = 0x8000;

function pushNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= SEVEN_BITS) {
    bytes.push((rest % SEVEN_BITS) + SEVEN_BITS);
    rest = Math.floor(rest / SEVEN_BITS);
  }
  bytes.push(rest);
}

/** Whole numbers below 2^52 in size. */
export function packWhole(values: ArrayLike<number>): string {
  const bytes: number[] = [];
  let last = 0;
  for (let index = 0; index < values.length;) {
    const difference = values[index]! - last;
    last = values[index]!;
    // Zigzag: small differences of either sign are small.
    pushNumber(bytes, difference < 0 ? -2 * difference - 1 : 2 * difference);
    index += 1;
    if (difference !== 0) continue;
    const first = index;
    while (index < values.length && values[index] === last) index += 1;
    pushNumber(bytes, index - first);
  }
  let text = "";
  for (let at = 0; at < bytes.length; at += TEXT_CHUNK) {
    text += String.fromCharCode(...bytes.slice(at, at + TEXT_CHUNK));
  }
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Reads the numbers of a packed text one after the other. */
class Numbers {
  readonly #text: string;
  #at = 0;

  constructor(packed: string) {
    this.#text = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  next(): number {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = this.#text.charCodeAt(this.#at);
      this.#at += 1;
      value += (byte % SEVEN_BITS) * factor;
      if (!(byte >= SEVEN_BITS)) return value;
      factor *= SEVEN_BITS;
    }
  }
}

/** The numbers of `packWhole`. */
export function unpackWhole(packed: string): Float64Array {
  const numbers = new Numbers(packed);
  const values: number[] = [];
  let last = 0;
  while (!numbers.isAtEnd) {
    const value = numbers.next();
    last += value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    values.push(last);
    for (let repeats = value === 0 ? numbers.next() : 0; repeats > 0; repeats -= 1) values.push(last);
  }
  return Float64Array.from(values);
}

/** A column of which each value is a whole number of `unit`. */
export interface PackedColumn {
  readonly unit: number;
  readonly packed: string;
}

const COLUMN_BITS = 24;
/** A trillionth of a byte: less is rounding. */
const EXPONENT_MIN = -40;

/** Values to 24 bits of the largest: finer than any screen. Whole numbers up to there stay as they are. */
export function packColumn(values: Float64Array): PackedColumn {
  let largest = 0;
  let isWhole = true;
  for (const value of values) {
    largest = Math.max(largest, Math.abs(value));
    isWhole &&= Number.isInteger(value);
  }
  const exponent = largest === 0 ? 0 : Math.max(EXPONENT_MIN, Math.ceil(Math.log2(largest)) - COLUMN_BITS);
  const unit = isWhole && exponent <= 0 ? 1 : 2 ** exponent;
  return { unit, packed: packWhole(values.map((value) => Math.round(value / unit))) };
}

/** The values of `packColumn`. */
export function unpackColumn({ unit, packed }: PackedColumn): Float64Array {
  return unpackWhole(packed).map((value) => value * unit);
}
