import type { FlowRecord } from "../types.ts";
import type { EngineColumns } from "./columns.ts";
import { bigintOf } from "./words.ts";

// A record: sixteen 32-bit words, one cache line. Bytes are 64-bit in two words; packets are float64, exact to 2^53.
const RECORD_WORDS = 16;
const KEY = 0;
const FIRST = 2;
const LAST = 4;
/** Green bytes; red bytes lie COLOR_RED words further. */
const BYTES = 6;
/** Green packets, as an index of float64; red packets follow. */
const PACKETS = 5;
/** Order of first arrival, from 1, as an index of float64; 0 marks a free record. */
const SERIAL = 7;

const RECORDS_START = 128;
const WORD_MAX = 0xffff_ffff;

/** Totals of every tracked flow. Record 0 is never taken: it means "none". */
export class FlowRecords {
  #words = new Uint32Array(RECORDS_START * RECORD_WORDS);
  #floats = new Float64Array(this.#words.buffer);
  #used = 1;
  #serial = 0;
  readonly #free: number[] = [];

  /** A record for a new flow. */
  take(keyLo: number, keyHi: number): number {
    const record = this.#free.pop() ?? this.#append();
    const word = record * RECORD_WORDS;
    this.#serial += 1;
    this.#words.fill(0, word, word + RECORD_WORDS);
    this.#words[word + KEY] = keyLo;
    this.#words[word + KEY + 1] = keyHi;
    this.#floats[word / 2 + SERIAL] = this.#serial;
    return record;
  }

  /** Gives up the record of a dropped flow. */
  drop(record: number): void {
    this.#floats[(record * RECORD_WORDS) / 2 + SERIAL] = 0;
    this.#free.push(record);
  }

  /** Adds metered packets [from, to) to their flows. */
  account(columns: EngineColumns, from: number, to: number): void {
    const { time, length, color, records } = columns;
    const words = this.#words;
    const floats = this.#floats;
    for (let index = from; index < to; index += 1) {
      const word = records[index]! * RECORD_WORDS;
      if (word === 0) continue;
      const packets = (word >>> 1) + PACKETS;
      if (floats[packets] === 0 && floats[packets + 1] === 0) {
        words[word + FIRST] = time[2 * index]!;
        words[word + FIRST + 1] = time[2 * index + 1]!;
      }
      words[word + LAST] = time[2 * index]!;
      words[word + LAST + 1] = time[2 * index + 1]!;
      const bytes = word + BYTES + color[index]!;
      const bytesLo = words[bytes]! + length[index]!;
      words[bytes] = bytesLo;
      if (bytesLo > WORD_MAX) words[bytes + 1]! += 1;
      floats[packets + (color[index]! >>> 1)]! += 1;
    }
  }

  /** The tracked flows in the order of first arrival. */
  *list(): Iterable<FlowRecord> {
    const live: number[] = [];
    for (let record = 1; record < this.#used; record += 1) if (this.#serialOf(record) !== 0) live.push(record);
    live.sort((left, right) => this.#serialOf(left) - this.#serialOf(right));
    for (const record of live) yield this.#read(record * RECORD_WORDS);
  }

  #serialOf(record: number): number {
    return this.#floats[(record * RECORD_WORDS) / 2 + SERIAL]!;
  }

  #read(word: number): FlowRecord {
    const packets = word / 2 + PACKETS;
    return {
      key: this.#wordsAt(word + KEY),
      green: { packets: BigInt(this.#floats[packets]!), bytes: this.#wordsAt(word + BYTES) },
      yellow: { packets: 0n, bytes: 0n },
      red: { packets: BigInt(this.#floats[packets + 1]!), bytes: this.#wordsAt(word + BYTES + 2) },
      firstNs: this.#wordsAt(word + FIRST),
      lastNs: this.#wordsAt(word + LAST),
    };
  }

  #wordsAt(word: number): bigint {
    return bigintOf(this.#words[word]!, this.#words[word + 1]!);
  }

  #append(): number {
    if (this.#used * RECORD_WORDS === this.#words.length) {
      const larger = new Uint32Array(2 * this.#words.length);
      larger.set(this.#words);
      this.#words = larger;
      this.#floats = new Float64Array(larger.buffer);
    }
    this.#used += 1;
    return this.#used - 1;
  }
}
