/** All taken slots one after the other. Twin of assembly/edge/walk.ts. */
import {
  MULTIPLIERS,
  RESULT,
  RESULT_BLOCKED,
  RESULT_KEY,
  RESULT_KIND,
  RESULT_LEVELS,
  RESULT_SLOT,
  TWEAKS,
} from "../../../assembly/edge/abi.ts";
import type { Parts } from "./call.ts";
import { readHeld } from "./state.ts";

const RESULT_AT = RESULT / 8;
const NEVER = 2n ** 64n - 1n;

export class Walk {
  readonly #parts: Parts;
  #slots: Generator<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Goes on to the next taken slot, or begins anew; what it holds is then at RESULT. False: there is none. */
  next(isFirst: boolean): boolean {
    if (isFirst) this.#slots = this.#taken();
    return this.#slots?.next().done === false;
  }

  *#taken(): Generator<void> {
    const { table, blocks } = this.#parts;
    let first = 0;
    while (table.isTaken(table.blockAt(first), table.slotsPerBlock - 1)) first += 1;
    for (let count = 1; count <= blocks; count += 1) {
      const block = table.blockAt((first + count) % blocks);
      for (let index = 0; index < table.slotsPerBlock && table.isTaken(block, index); index += 1) {
        this.#put(table.wordAt(block, index), table.stateAt(block, index), table.kindOf(block, index));
        yield;
      }
    }
  }

  #put(word: number, state: number, kind: number): void {
    const { wides, words, programs, clock } = this.#parts;
    const { entry, blockedNs } = readHeld(this.#parts, state, programs[kind]!.of, clock.newest);
    wides[RESULT_AT + RESULT_KEY] = this.#keyOf(wides[word / 2]!, kind);
    wides[RESULT_AT + RESULT_KIND] = BigInt(kind);
    wides[RESULT_AT + RESULT_BLOCKED] = blockedNs ?? NEVER;
    wides.set([entry.level0, entry.isAlarmed ? 1n : entry.level1], RESULT_AT + RESULT_LEVELS);
    words.set([4 * word, 4 * state], 2 * (RESULT_AT + RESULT_SLOT));
  }

  /** The permutation of assembly/edge/word.ts backwards. */
  #keyOf(word: bigint, slot: number): bigint {
    const { wides } = this.#parts;
    const folded = BigInt.asUintN(64, word * inverseOf(wides[MULTIPLIERS / 8 + 1]!));
    const mixed = folded ^ (folded >> 32n);
    return BigInt.asUintN(64, mixed * inverseOf(wides[MULTIPLIERS / 8]!)) ^ wides[TWEAKS / 8 + slot]!;
  }
}

/** The inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the bits that are right, from 3. */
function inverseOf(odd: bigint): bigint {
  let inverse = odd;
  for (let bits = 3; bits < 64; bits *= 2) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse));
  return inverse;
}
