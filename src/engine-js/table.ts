import { hashKey, withTag, type Secret } from "./hash.ts";
import { KEY_HI, KEY_LO, LINE_WORDS, RECORD, SECOND_STRIDE, secondIndex, SLOT_WORDS, TAG } from "./slot.ts";

/** 2^25 flows are a 2 GiB table, and as much again for records: what every supported runtime can allocate. */
export const FLOWS_MAX = 2 ** 25;
/** Not in the table, or no slot with what was asked for. */
export const NO_SLOT = -1;

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
 * Flow key and tag -> slot. Open addressing by lines of two slots with linear probing, load at most 0.5.
 * Invariant: every line from a flow's home line up to the one before its own is full, so a lookup may stop at the
 * first line that is not. Slots are named by the index of their first word.
 */
export class FlowTable {
  words = new Uint32Array(0);
  levels = new Float64Array(0);
  /** Second levels of meters with two buckets, else empty. */
  seconds = new Float64Array(0);
  /** A hash shifted right by this is its home line. */
  shift = 32;
  flows = 0;
  readonly #flowsMax: number;
  readonly #secret: Secret;
  readonly #hasSeconds: boolean;
  #lineBits = 0;

  constructor(flowsMax: number, secret: Secret, hasSeconds: boolean) {
    this.#flowsMax = flowsMax;
    this.#secret = secret;
    this.#hasSeconds = hasSeconds;
    this.#allocate(LINE_BITS_MIN);
  }

  get #lines(): number {
    return 2 ** this.#lineBits;
  }

  /** How many more flows fit without growing or dropping others. At one flow a line the load is 0.5. */
  get room(): number {
    return Math.min(this.#flowsMax, this.#lines) - this.flows;
  }

  /** The slot of a key and tag, whose hash is given; NO_SLOT when it is absent. */
  find(hash: number, keyLo: number, keyHi: number, tag: number): number {
    let line = this.#homeOf(hash);
    for (;;) {
      if (this.#holds(line, keyLo, keyHi, tag)) return line;
      if (this.#holds(line + SLOT_WORDS, keyLo, keyHi, tag)) return line + SLOT_WORDS;
      if (!this.#isFull(line)) return NO_SLOT;
      line = this.#nextLine(line);
    }
  }

  /** A slot for a key and tag that are absent, under a record above 0. There has to be room. */
  insert(hash: number, keyLo: number, keyHi: number, tag: number, record: number): number {
    const slot = this.#emptyFrom(this.#homeOf(hash));
    this.words[slot + KEY_LO] = keyLo;
    this.words[slot + KEY_HI] = keyHi;
    this.words[slot + TAG] = tag;
    this.words[slot + RECORD] = record;
    this.flows += 1;
    return slot;
  }

  /** Doubles the table when flows may be added that way; false when it has room for all the flows it ever will. */
  grow(): boolean {
    if (this.#lines >= this.#flowsMax || this.#lineBits >= LINE_BITS_MAX) return false;
    const { words, seconds } = this;
    this.#allocate(this.#lineBits + 1);
    for (let slot = 0; slot < words.length; slot += SLOT_WORDS) {
      if (words[slot + RECORD] !== 0) this.#copy(words, seconds, slot, this.#emptyFrom(this.#homeOfSlot(words, slot)));
    }
    return true;
  }

  /**
   * The next slot whose flow `isDrained`, from the new flow's home line on; NO_SLOT when a bounded search finds none.
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
    return NO_SLOT;
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
      if (mover === NO_SLOT) continue;
      this.#copy(this.words, this.seconds, mover, hole);
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
      const home = this.#homeOfSlot(words, slot);
      const around = words.length;
      if ((line - home + around) % around >= (line - holeLine + around) % around) return slot;
    }
    return NO_SLOT;
  }

  // Loops: for so few words `set`, `fill` and `copyWithin` cost more in calls than in copying.
  #copy(fromWords: Uint32Array, fromSeconds: Float64Array, from: number, to: number): void {
    for (let word = 0; word < SLOT_WORDS; word += 1) this.words[to + word] = fromWords[from + word]!;
    if (this.#hasSeconds) this.seconds[secondIndex(to)] = fromSeconds[secondIndex(from)]!;
  }

  #clear(slot: number): void {
    for (let word = 0; word < SLOT_WORDS; word += 1) this.words[slot + word] = 0;
  }

  #allocate(lineBits: number): void {
    const linesBytes = 2 ** lineBits * LINE_BYTES;
    const buffer = new ArrayBuffer(ALIGN_BYTES + linesBytes);
    this.words = new Uint32Array(buffer, ALIGN_BYTES, linesBytes / 4);
    this.levels = new Float64Array(buffer, ALIGN_BYTES, linesBytes / 8);
    if (this.#hasSeconds) {
      const count = (linesBytes / 4 / SLOT_WORDS) * SECOND_STRIDE;
      this.seconds = new Float64Array(new ArrayBuffer(ALIGN_BYTES + 8 * count), ALIGN_BYTES, count);
    }
    this.shift = 32 - lineBits;
    this.#lineBits = lineBits;
  }

  #homeOf(hash: number): number {
    return (hash >>> this.shift) * LINE_WORDS;
  }

  #homeOfSlot(words: Uint32Array, slot: number): number {
    const hash = hashKey(words[slot + KEY_LO]!, words[slot + KEY_HI]!, this.#secret);
    return this.#homeOf(withTag(hash, words[slot + TAG]!));
  }

  #nextLine(line: number): number {
    return line + LINE_WORDS === this.words.length ? 0 : line + LINE_WORDS;
  }

  #holds(slot: number, keyLo: number, keyHi: number, tag: number): boolean {
    const { words } = this;
    const isKey = words[slot + KEY_LO] === keyLo && words[slot + KEY_HI] === keyHi;
    return isKey && words[slot + RECORD] !== 0 && words[slot + TAG] === tag;
  }

  #isFull(line: number): boolean {
    return this.words[line + RECORD] !== 0 && this.words[line + SLOT_WORDS + RECORD] !== 0;
  }

  /** The first empty slot from a line on. */
  #emptyFrom(home: number): number {
    let line = home;
    while (this.#isFull(line)) line = this.#nextLine(line);
    return this.words[line + RECORD] === 0 ? line : line + SLOT_WORDS;
  }
}

function lineOf(slot: number): number {
  return slot - (slot % LINE_WORDS);
}
