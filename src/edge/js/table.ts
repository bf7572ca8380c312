/** The table in JavaScript: twin of assembly/edge/table.ts and word.ts, over the same bytes. Addresses are indexes of 32-bit words. */
import { MULTIPLIERS, STATE, STATE_FLOWS, STATE_INSERTED, TWEAKS } from "../../../assembly/edge/abi.ts";
import { mulHigh, productHigh } from "../../engine-js/words.ts";
import { formOf } from "../layout.ts";

const FLOWS = STATE / 4 + 2 * STATE_FLOWS;
const INSERTED = STATE / 4 + 2 * STATE_INSERTED;

export class Table {
  /** The word of the key asked for last. */
  wordLo = 0;
  wordHi = 0;
  readonly #words: Uint32Array;
  readonly #kinds: Uint8Array | undefined;
  readonly #base: number;
  readonly #end: number;
  readonly #blocks: number;
  readonly #blockWords: number;
  readonly #slots: number;
  /** Words from the beginning of a block to its first state, and from one state to the next. */
  readonly #stateAt: number;
  readonly #stateWords: number;

  constructor(buffer: ArrayBuffer, base: number, blocks: number, isCompact: boolean, kinds: number) {
    this.#words = new Uint32Array(buffer);
    this.#kinds = kinds === 0 ? undefined : new Uint8Array(buffer, kinds);
    this.#blocks = blocks;
    const { places, stateWords, blockBytes } = formOf(isCompact);
    this.#blockWords = blockBytes / 4;
    this.#base = base / 4;
    this.#end = this.#base + blocks * this.#blockWords;
    this.#slots = places;
    this.#stateAt = 2 * places;
    this.#stateWords = 2 * stateWords;
  }

  get firstBlock(): number {
    return this.#base;
  }

  get slotsPerBlock(): number {
    return this.#slots;
  }

  blockAt(index: number): number {
    return this.#base + index * this.#blockWords;
  }

  blockAfter(block: number): number {
    const next = block + this.#blockWords;
    return next === this.#end ? this.#base : next;
  }

  /** Sets `wordLo` and `wordHi` for a key in slot `slot`. */
  setWord(keyLo: number, keyHi: number, slot: number): void {
    const words = this.#words;
    const tweak = TWEAKS / 4 + 2 * slot;
    const multipliers = MULTIPLIERS / 4;
    const lo = (keyLo ^ words[tweak]!) >>> 0;
    const hi = (keyHi ^ words[tweak + 1]!) >>> 0;
    const mixedLo = Math.imul(lo, words[multipliers]!) >>> 0;
    const mixedHi = productHigh(lo, hi, words[multipliers]!, words[multipliers + 1]!);
    const foldedLo = (mixedLo ^ mixedHi) >>> 0;
    this.wordLo = Math.imul(foldedLo, words[multipliers + 2]!) >>> 0;
    this.wordHi = productHigh(foldedLo, mixedHi, words[multipliers + 2]!, words[multipliers + 3]!);
    if (this.wordLo === 0 && this.wordHi === 0) this.wordLo = 1;
  }

  /** The block at which a word's search begins; its upper half may be given as a signed number as well. */
  homeBlock(wordHi: number): number {
    return this.#base + mulHigh(wordHi, this.#blocks) * this.#blockWords;
  }

  /** Index of the state of the word set, or 0. */
  find(): number {
    return this.findWord(this.wordLo, this.wordHi);
  }

  findWord(wordLo: number, wordHi: number): number {
    let block = this.homeBlock(wordHi);
    for (;;) {
      const index = this.#indexOf(block, wordLo, wordHi);
      if (index >= 0) return this.stateAt(block, index);
      if (this.#indexOf(block, 0, 0) >= 0) return 0;
      block = this.blockAfter(block);
    }
  }

  #indexOf(block: number, wordLo: number, wordHi: number): number {
    const words = this.#words;
    for (let index = 0; index < this.#slots; index += 1) {
      const at = block + 2 * index;
      if (words[at] === wordLo && words[at + 1] === wordHi) return index;
    }
    return -1;
  }

  wordAt(block: number, index: number): number {
    return block + 2 * index;
  }

  stateAt(block: number, index: number): number {
    return block + this.#stateAt + index * this.#stateWords;
  }

  isTaken(block: number, index: number): boolean {
    const at = block + 2 * index;
    return this.#words[at] !== 0 || this.#words[at + 1] !== 0;
  }

  kindOf(block: number, index: number): number {
    return this.#kinds === undefined ? 0 : this.#kinds[this.#placeOf(block, index)]!;
  }

  #placeOf(block: number, index: number): number {
    return ((block - this.#base) / this.#blockWords) * this.#slots + index;
  }

  /** Takes a slot for a word that is not in the table; its state is zero. Answers the state's index. */
  take(wordLo: number, wordHi: number, kind: number): number {
    let block = this.homeBlock(wordHi);
    let index = this.#indexOf(block, 0, 0);
    while (index < 0) {
      block = this.blockAfter(block);
      index = this.#indexOf(block, 0, 0);
    }
    const at = this.wordAt(block, index);
    this.#words[at] = wordLo;
    this.#words[at + 1] = wordHi;
    if (this.#kinds !== undefined) this.#kinds[this.#placeOf(block, index)] = kind;
    this.#words[FLOWS] = this.#words[FLOWS]! + 1;
    this.#words[INSERTED] = this.#words[INSERTED]! + 1;
    if (this.#words[INSERTED] === 0) this.#words[INSERTED + 1] = this.#words[INSERTED + 1]! + 1;
    return this.stateAt(block, index);
  }

  /** Takes a word out of the table, if it is there. */
  removeWord(wordLo: number, wordHi: number): void {
    const state = this.findWord(wordLo, wordHi);
    if (state === 0) return;
    const block = state - ((state - this.#base) % this.#blockWords);
    this.removeAt(block, this.#indexOf(block, wordLo, wordHi));
  }

  /** Takes a flow out; those that had to pass its block move back, and the last of the block that loses one fills its place. */
  removeAt(block: number, index: number): void {
    this.#words[FLOWS] = this.#words[FLOWS]! - 1;
    let hole = block;
    let at = index;
    let passed = this.#isFull(hole);
    let next = hole;
    while (passed) {
      next = this.blockAfter(next);
      passed = this.#isFull(next);
      const mover = this.#moverInto(hole, next);
      if (mover < 0) continue;
      this.#move(next, mover, hole, at);
      hole = next;
      at = mover;
    }
    const empty = this.#indexOf(hole, 0, 0);
    const last = (empty < 0 ? this.#slots : empty) - 1;
    if (last !== at) this.#move(hole, last, hole, at);
    this.#clear(hole, last);
  }

  #isFull(block: number): boolean {
    return this.isTaken(block, this.#slots - 1);
  }

  /** The block half the table further. */
  blockAcross(block: number): number {
    const index = (block - this.#base) / this.#blockWords + (this.#blocks >>> 1);
    return this.blockAt(index < this.#blocks ? index : index - this.#blocks);
  }

  #moverInto(hole: number, block: number): number {
    const distance = this.#distance(hole, block);
    for (let index = 0; index < this.#slots; index += 1) {
      // Signed: a number of 2^31 and more would be put on the heap, where the callee is not compiled into this.
      const home = this.homeBlock(this.#words[this.wordAt(block, index) + 1]! | 0);
      if (this.isTaken(block, index) && this.#distance(home, block) >= distance) return index;
    }
    return -1;
  }

  #distance(from: number, to: number): number {
    return to >= from ? to - from : to + (this.#end - this.#base) - from;
  }

  #move(from: number, fromIndex: number, to: number, toIndex: number): void {
    const words = this.#words;
    const source = this.wordAt(from, fromIndex);
    const target = this.wordAt(to, toIndex);
    words[target] = words[source]!;
    words[target + 1] = words[source + 1]!;
    const sourceState = this.stateAt(from, fromIndex);
    const targetState = this.stateAt(to, toIndex);
    for (let word = 0; word < this.#stateWords; word += 1) words[targetState + word] = words[sourceState + word]!;
    if (this.#kinds !== undefined) this.#kinds[this.#placeOf(to, toIndex)] = this.kindOf(from, fromIndex);
  }

  #clear(block: number, index: number): void {
    const at = this.wordAt(block, index);
    this.#words[at] = 0;
    this.#words[at + 1] = 0;
    const state = this.stateAt(block, index);
    for (let word = 0; word < this.#stateWords; word += 1) this.#words[state + word] = 0;
  }
}
