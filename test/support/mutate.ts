/** Captures damaged by seed: the same seed gives the same mutant, for ever and by itself. */
import { WINDOW_BYTES } from "../../assembly/abi.ts";
import { concat } from "./writer.ts";

/** Whole numbers in [0, bound), by seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
}

type Mutation = (bytes: Uint8Array, dice: Dice, bases: readonly Uint8Array[]) => Uint8Array;

const BYTES = [0, 1, 4, 6, 0x45, 0x60, 0x7f, 0x80, 0x88, 0xff];
const LENGTHS = [
  0,
  1,
  4,
  12,
  16,
  20,
  28,
  32,
  64,
  0xffff,
  0x10000,
  WINDOW_BYTES,
  WINDOW_BYTES + 4,
  0x7fff_ffff,
  0x8000_0000,
];

/** A place to change; rather in a header than in a long run of zeros. */
function place(bytes: Uint8Array, dice: Dice): number {
  const at = dice.below(bytes.length);
  const next = bytes.subarray(at, at + WINDOW_BYTES).findIndex((byte) => byte !== 0);
  return next < 8 ? at : at + next;
}

/** Length of a piece to cut, copy or insert. */
function size(dice: Dice): number {
  return dice.below(4) === 0 ? dice.below(512) : dice.below(24);
}

function put(set: (view: DataView, at: number, dice: Dice, isLittle: boolean) => void, width: number): Mutation {
  return (bytes, dice) => {
    const at = place(bytes, dice);
    // Fields of the formats lie at multiples of 2 or 4 bytes more often than not.
    const aligned = dice.below(2) === 0 ? at - (at % width) : at;
    if (aligned + width <= bytes.length) {
      set(new DataView(bytes.buffer, bytes.byteOffset), aligned, dice, dice.below(2) === 0);
    }
    return bytes;
  };
}

function replaced(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, at), inserted, bytes.subarray(at + removed));
}

const IN_PLACE: readonly Mutation[] = [
  put((view, at, dice) => view.setUint8(at, view.getUint8(at) ^ (1 << dice.below(8))), 1),
  put((view, at, dice) => view.setUint8(at, dice.below(256)), 1),
  put((view, at, dice) => view.setUint8(at, dice.pick(BYTES)), 1),
  put((view, at, dice, isLittle) => view.setUint16(at, dice.below(2048), isLittle), 2),
  // Lies about lengths: outright, and by a little.
  put((view, at, dice, isLittle) => view.setUint32(at, dice.pick(LENGTHS) - dice.below(2), isLittle), 4),
  put(
    (view, at, dice, isLittle) => view.setUint32(at, view.getUint32(at, isLittle) + dice.below(33) - 16, isLittle),
    4,
  ),
];

const RESHAPING: readonly Mutation[] = [
  (bytes, dice) => bytes.slice(0, dice.below(bytes.length + 1)),
  (bytes, dice) => replaced(bytes, place(bytes, dice), size(dice), new Uint8Array(0)),
  (bytes, dice) => {
    const from = place(bytes, dice);
    return replaced(bytes, place(bytes, dice), 0, bytes.slice(from, from + size(dice)));
  },
  (bytes, dice) =>
    replaced(
      bytes,
      place(bytes, dice),
      0,
      Uint8Array.from({ length: size(dice) }, () => dice.below(256)),
    ),
  (bytes, dice) => replaced(bytes, place(bytes, dice), 0, new Uint8Array(4 * size(dice))),
  (bytes, dice, bases) => {
    const other = dice.pick(bases);
    return concat(bytes.subarray(0, place(bytes, dice)), other.subarray(place(other, dice)));
  },
];

/** The mutant of a seed: one of the captures after some changes, more often few than many. */
export function mutantOf(bases: readonly Uint8Array[], seed: number): Uint8Array {
  const dice = new Dice(seed);
  let bytes: Uint8Array = dice.pick(bases).slice();
  for (let left = 1 + dice.below(1 + dice.below(8)); left > 0 && bytes.length > 0; left -= 1) {
    bytes = dice.pick(dice.below(4) === 0 ? RESHAPING : IN_PLACE)(bytes, dice, bases);
  }
  return bytes;
}
