import type { EngineOptions } from "../types.ts";
import type { EngineColumns } from "./columns.ts";
import type { Kernel } from "./kernel.ts";
import { FlowRecords } from "./records.ts";
import { KEY_HI, KEY_LO, LAST_HI, LAST_LO, LEVEL_HI, LEVEL_LO, LINE_WORDS, RECORD, SLOT_WORDS } from "./slot.ts";
import { secondIndex, type FreshSlot } from "./slot.ts";
import { FlowTable, NO_SLOT } from "./table.ts";

/** The record that all flows have when none are kept: a slot's record says that it is taken. */
const TAKEN = 1;
const NO_TAG = 0;
const NO_NODE = 0;

/** The flows of a policy of one slot a flow: their table and records, how they come and how they go. */
export class Flows {
  readonly table: FlowTable;
  readonly records: FlowRecords | null;
  evicted = 0;
  readonly #columns: EngineColumns;
  readonly #fresh: FreshSlot;
  readonly #hasSeconds: boolean;

  constructor(options: EngineOptions, columns: EngineColumns, fresh: FreshSlot, hasSeconds: boolean) {
    this.table = new FlowTable(options.maxFlows, options.secret, hasSeconds);
    this.records = options.records ? new FlowRecords() : null;
    this.#columns = columns;
    this.#fresh = fresh;
    this.#hasSeconds = hasSeconds;
  }

  /** The slot of packet `index`: in its home line, as nearly always, or by `locate`. */
  slotOf(index: number): number {
    const { words, shift } = this.table;
    const { key, hashes } = this.#columns;
    const keyLo = key[2 * index]!;
    const keyHi = key[2 * index + 1]!;
    const line = (hashes[index]! >>> shift) * LINE_WORDS;
    // Both slots are compared without a branch, for which of the two it is cannot be predicted.
    const differs0 = (words[line + KEY_LO]! ^ keyLo) | (words[line + KEY_HI]! ^ keyHi);
    const differs1 = (words[line + SLOT_WORDS + KEY_LO]! ^ keyLo) | (words[line + SLOT_WORDS + KEY_HI]! ^ keyHi);
    const not0 = (differs0 | (0 - differs0)) >>> 31;
    const not1 = (differs1 | (0 - differs1)) >>> 31;
    const slot = line + not0 * SLOT_WORDS;
    if ((not0 & not1) === 0 && words[slot + RECORD] !== 0) return slot;
    return this.locate(index);
  }

  /** The slot of packet `index`, wherever it is; a new flow begins at its clock. NO_SLOT when that finds no room. */
  locate(index: number): number {
    const { table } = this;
    const { key, hashes, clock } = this.#columns;
    const keyLo = key[2 * index]!;
    const keyHi = key[2 * index + 1]!;
    const hash = hashes[index]!;
    const known = table.find(hash, keyLo, keyHi, NO_TAG);
    if (known !== NO_SLOT || table.room === 0) return known;
    const slot = table.insert(hash, keyLo, keyHi, NO_TAG, this.records?.take(keyLo, keyHi, NO_NODE) ?? TAKEN);
    table.words[slot + LAST_LO] = clock[2 * index]!;
    table.words[slot + LAST_HI] = clock[2 * index + 1]!;
    table.words[slot + LEVEL_LO] = this.#fresh.levelLo;
    table.words[slot + LEVEL_HI] = this.#fresh.levelHi;
    if (this.#hasSeconds) table.seconds[secondIndex(slot)] = this.#fresh.second;
    return slot;
  }

  /** Makes room for the new flow of packet `index`: a larger table, or one drained flow less. */
  makeRoom(index: number, kernel: Kernel): boolean {
    const { table } = this;
    if (table.grow()) return true;
    const { levelLo, levelHi, second } = this.#fresh;
    // A new flow that does not begin drained would not equal the one dropped.
    if (levelLo !== 0 || levelHi !== 0 || second !== 0) return false;
    const clockLo = this.#columns.clock[2 * index]!;
    const clockHi = this.#columns.clock[2 * index + 1]!;
    const hash = this.#columns.hashes[index]!;
    const slot = table.findDrained(hash, (candidate) => kernel.isDrained(candidate, clockLo, clockHi));
    if (slot === NO_SLOT) return false;
    this.records?.drop(table.words[slot + RECORD]!);
    table.remove(slot);
    this.evicted += 1;
    return true;
  }
}
