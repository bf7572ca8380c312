import type { FlowRecord } from "../types.ts";
import type { EngineColumns } from "./columns.ts";
import { bigintOf } from "./words.ts";

// A record: sixteen 32-bit words, one cache line. Bytes are 64-bit in two words; packets are float64, exact to 2^53.
const RECORD_WORDS = 16;
const FIRST = 0;
const LAST = 2;
/** Bytes by color, two words each. */
const BYTES = 4;
/** Packets by color, as an index of float64. */
const PACKETS = 5;

// What is written once a flow lies beside it: the key in two words, and the node.
const NAME_WORDS = 3;
const KEY = 0;
const NODE = 2;

const RECORDS_START = 128;
const WORD_MAX = 0xffff_ffff;

/** Totals of every tracked flow. Record 0 is never taken: it means "none". */
export class FlowRecords {
  #words = new Uint32Array(RECORDS_START * RECORD_WORDS);
  #floats = new Float64Array(this.#words.buffer);
  #names = new Uint32Array(RECORDS_START * NAME_WORDS);
  /** Order of first arrival, from 1; 0 marks a free record. */
  #serials = new Float64Array(RECORDS_START);
  #used = 1;
  #serial = 0;
  readonly #free: number[] = [];

  /** A record for a new flow. */
  take(keyLo: number, keyHi: number, nodeId: number): number {
    const record = this.#free.pop() ?? this.#append();
    const word = record * RECORD_WORDS;
    this.#serial += 1;
    this.#words.fill(0, word, word + RECORD_WORDS);
    this.#names[record * NAME_WORDS + KEY] = keyLo;
    this.#names[record * NAME_WORDS + KEY + 1] = keyHi;
    this.#names[record * NAME_WORDS + NODE] = nodeId;
    this.#serials[record] = this.#serial;
    return record;
  }

  /** Gives up the record of a dropped flow. */
  drop(record: number): void {
    this.#serials[record] = 0;
    this.#free.push(record);
  }

  /** Adds metered packets [from, to) to the records that the columns name. */
  account(columns: EngineColumns, from: number, to: number): void {
    const { records } = columns;
    for (let index = from; index < to; index += 1) {
      if (records[index] !== 0) this.add(records[index]!, columns, index);
    }
  }

  /** Adds one metered packet. */
  add(record: number, { time, length, color }: EngineColumns, index: number): void {
    const words = this.#words;
    const floats = this.#floats;
    const word = record * RECORD_WORDS;
    const packets = (word >>> 1) + PACKETS;
    if (floats[packets] === 0 && floats[packets + 1] === 0 && floats[packets + 2] === 0) {
      words[word + FIRST] = time[2 * index]!;
      words[word + FIRST + 1] = time[2 * index + 1]!;
    }
    words[word + LAST] = time[2 * index]!;
    words[word + LAST + 1] = time[2 * index + 1]!;
    const bytes = word + BYTES + 2 * color[index]!;
    const bytesLo = words[bytes]! + length[index]!;
    words[bytes] = bytesLo;
    if (bytesLo > WORD_MAX) words[bytes + 1]! += 1;
    floats[packets + color[index]!]! += 1;
  }

  /** The tracked flows in the order of first arrival. */
  *list(): Iterable<FlowRecord> {
    const serials = this.#serials;
    const live: number[] = [];
    for (let record = 1; record < this.#used; record += 1) if (serials[record] !== 0) live.push(record);
    live.sort((left, right) => serials[left]! - serials[right]!);
    for (const record of live) yield this.#read(record);
  }

  #read(record: number): FlowRecord {
    const word = record * RECORD_WORDS;
    const name = record * NAME_WORDS;
    const countOf = (color: number) => ({
      packets: BigInt(this.#floats[word / 2 + PACKETS + color]!),
      bytes: this.#wordsAt(word + BYTES + 2 * color),
    });
    return {
      key: bigintOf(this.#names[name + KEY]!, this.#names[name + KEY + 1]!),
      nodeId: this.#names[name + NODE]!,
      green: countOf(0),
      yellow: countOf(1),
      red: countOf(2),
      firstNs: this.#wordsAt(word + FIRST),
      lastNs: this.#wordsAt(word + LAST),
    };
  }

  #wordsAt(word: number): bigint {
    return bigintOf(this.#words[word]!, this.#words[word + 1]!);
  }

  #append(): number {
    if (this.#used * RECORD_WORDS === this.#words.length) {
      this.#words = doubled(this.#words);
      this.#floats = new Float64Array(this.#words.buffer);
      this.#names = doubled(this.#names);
      const serials = new Float64Array(2 * this.#serials.length);
      serials.set(this.#serials);
      this.#serials = serials;
    }
    this.#used += 1;
    return this.#used - 1;
  }
}

function doubled(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length);
  larger.set(words);
  return larger;
}
