import { hashKey, type Secret } from "./hash.ts";
import { KEY_HI, KEY_LO, LINE_WORDS, RECORD, SLOT_WORDS } from "./slot.ts";

/** 2^25 flows are a 2 GiB table, and as much again for records: what every supported runtime can allocate. */
export const FLOWS_MAX = 2 ** 25;
/** Absent, and no room to insert: the caller grows the table or drops a flow. */
export const NO_ROOM = -1;

const LINE_BITS_MIN = 6;
const LINE_BITS_MAX = 25;
/** Slots that one search for a drained flow examines: bounds the work a packet, and covers tables of 64 flows whole. */
const EXAMINED_SLOTS_MAX = 128;
const LINE_BYTES = 64;
/**
 * Large buffers of Node's allocator (calloc, then mmap) start 16 bytes past a page. 48 bytes of padding put the lines
 * on cache lines; without it half of the slots straddle two. A runtime that aligns otherwise only loses speed.
 */
const ALIGN_BYTES = 48;

/**
 * Flow key -> slot. Open addressing by lines of two slots with linear probing, load at most 0.5.
 * Invariant: every line from a flow's home line up to the one before its own is full, so a lookup may stop at the
 * first line that is not. Slots are named by the index of their first word.
 */
export class FlowTable {
  words = new Uint32Array(0);
  levels = new Float64Array(0);
  /** A hash shifted right by this is its home line. */
  shift = 32;
  flows = 0;
  readonly #flowsMax: number;
  readonly #secret: Secret;
  readonly #takeRecord: (keyLo: number, keyHi: number) => number;
  #lineBits = 0;

  /** `takeRecord` names the record of a new flow: any number above 0. */
  constructor(flowsMax: number, secret: Secret, takeRecord: (keyLo: number, keyHi: number) => number) {
    this.#flowsMax = flowsMax;
    this.#secret = secret;
    this.#takeRecord = takeRecord;
    this.#allocate(LINE_BITS_MIN);
  }

  get #lines(): number {
    return 2 ** this.#lineBits;
  }

  /** Whether one more flow fits without growing or dropping another. At one flow a line the load is 0.5. */
  get hasRoom(): boolean {
    return this.flows < Math.min(this.#flowsMax, this.#lines);
  }

  /** The slot of a key, inserted as a fresh flow when absent; NO_ROOM when it is absent and does not fit. */
  locate(hash: number, keyLo: number, keyHi: number): number {
    let line = this.#homeOf(hash);
    for (;;) {
      if (this.#holds(line, keyLo, keyHi)) return line;
      if (this.#holds(line + SLOT_WORDS, keyLo, keyHi)) return line + SLOT_WORDS;
      if (!this.#isFull(line)) break;
      line = this.#nextLine(line);
    }
    if (!this.hasRoom) return NO_ROOM;
    const slot = this.#emptyIn(line);
    this.words[slot + KEY_LO] = keyLo;
    this.words[slot + KEY_HI] = keyHi;
    this.words[slot + RECORD] = this.#takeRecord(keyLo, keyHi);
    this.flows += 1;
    return slot;
  }

  /** Doubles the table when flows may be added that way; false when it already holds all the flows it ever will. */
  grow(): boolean {
    if (this.flows >= this.#flowsMax || this.#lineBits >= LINE_BITS_MAX) return false;
    const { words } = this;
    this.#allocate(this.#lineBits + 1);
    for (let slot = 0; slot < words.length; slot += SLOT_WORDS) {
      if (words[slot + RECORD] !== 0) this.#move(words, slot);
    }
    return true;
  }

  /**
   * The next slot whose flow `isDrained`, from the new flow's home line on; NO_ROOM when a bounded search finds none.
   * Room is made where it is used: a hand that went round the table instead would find it ever fuller ahead (twice the
   * mean load) and emptier behind.
   */
  findDrained(hash: number, isDrained: (slot: number) => boolean): number {
    const { words } = this;
    const examinedSlots = Math.min(EXAMINED_SLOTS_MAX, 2 * this.#lines);
    let slot = this.#homeOf(hash);
    for (let examined = 0; examined < examinedSlots; examined += 1) {
      if (words[slot + RECORD] !== 0 && isDrained(slot)) return slot;
      slot = slot + SLOT_WORDS === words.length ? 0 : slot + SLOT_WORDS;
    }
    return NO_ROOM;
  }

  /** Empties a slot; flows that had to pass its line move back, so that each stays reachable. */
  remove(slot: number): void {
    this.flows -= 1;
    let hole = slot;
    let line = lineOf(hole);
    let passed = this.#isFull(line);
    this.#clear(hole);
    while (passed) {
      line = this.#nextLine(line);
      passed = this.#isFull(line);
      const mover = this.#moverInto(hole, line);
      if (mover === NO_ROOM) continue;
      copySlot(this.words, mover, this.words, hole);
      this.#clear(mover);
      hole = mover;
    }
  }

  /** A slot of `line` whose flow may live in the hole's line: one at home there or before it, going round. */
  #moverInto(hole: number, line: number): number {
    const { words } = this;
    const holeLine = lineOf(hole);
    for (let slot = line; slot < line + LINE_WORDS; slot += SLOT_WORDS) {
      if (words[slot + RECORD] === 0) continue;
      const home = this.#homeOf(hashKey(words[slot + KEY_LO]!, words[slot + KEY_HI]!, this.#secret));
      const around = words.length;
      if ((line - home + around) % around >= (line - holeLine + around) % around) return slot;
    }
    return NO_ROOM;
  }

  #move(fromWords: Uint32Array, slot: number): void {
    let line = this.#homeOf(hashKey(fromWords[slot + KEY_LO]!, fromWords[slot + KEY_HI]!, this.#secret));
    while (this.#isFull(line)) line = this.#nextLine(line);
    copySlot(fromWords, slot, this.words, this.#emptyIn(line));
  }

  #allocate(lineBits: number): void {
    const linesBytes = 2 ** lineBits * LINE_BYTES;
    const buffer = new ArrayBuffer(ALIGN_BYTES + linesBytes);
    this.words = new Uint32Array(buffer, ALIGN_BYTES, linesBytes / 4);
    this.levels = new Float64Array(buffer, ALIGN_BYTES, linesBytes / 8);
    this.shift = 32 - lineBits;
    this.#lineBits = lineBits;
  }

  #clear(slot: number): void {
    for (let word = 0; word < SLOT_WORDS; word += 1) this.words[slot + word] = 0;
  }

  #homeOf(hash: number): number {
    return (hash >>> this.shift) * LINE_WORDS;
  }

  #nextLine(line: number): number {
    return line + LINE_WORDS === this.words.length ? 0 : line + LINE_WORDS;
  }

  #holds(slot: number, keyLo: number, keyHi: number): boolean {
    const { words } = this;
    return words[slot + RECORD] !== 0 && words[slot + KEY_LO] === keyLo && words[slot + KEY_HI] === keyHi;
  }

  #isFull(line: number): boolean {
    return this.words[line + RECORD] !== 0 && this.words[line + SLOT_WORDS + RECORD] !== 0;
  }

  /** The empty slot of a line that is not full. */
  #emptyIn(line: number): number {
    return this.words[line + RECORD] === 0 ? line : line + SLOT_WORDS;
  }
}

// A loop: for eight words `set`, `fill` and `copyWithin` cost more in calls than in copying.
function copySlot(from: Uint32Array, fromSlot: number, to: Uint32Array, toSlot: number): void {
  for (let word = 0; word < SLOT_WORDS; word += 1) to[toSlot + word] = from[fromSlot + word]!;
}

function lineOf(slot: number): number {
  return slot - (slot % LINE_WORDS);
}
