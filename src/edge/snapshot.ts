/**
 * Snapshots: all state of a meter in chunks of bytes, little-endian, the same whichever engine wrote them.
 *
 *   byte  0 ..  7  "WEIRSNAP"
 *         8 .. 11  version
 *        12 .. 15  CRC-32 of all bytes behind this
 *        16 .. 19  CRC-32 of the head: the same in all chunks of a snapshot
 *        20 .. 23  number of the chunk, from 0
 *        24 .. 27  how many chunks there are
 *        28 .. 31  bytes of the head: JSON, in chunk 0 only
 *        32 .. 35  slots in this chunk
 *        36 .. 39  bytes a slot
 *        40 ..     head, padded with spaces to a multiple of 8; slots: word and state as they lie in the table (assembly/edge/
 *                  state.ts); then, if there are several profiles, the index of each slot's, a byte each
 *
 * The head holds the options, the secret, the clock and the counters. Whoever can read a snapshot knows the secret.
 */
import {
  ARGUMENT_NOW,
  COUNTS,
  COUNTS_BYTES,
  STATE,
  STATE_FLOWS,
  STATE_NEWEST,
  STATE_OFFSET,
  STATE_STEP,
  STATE_WORDS,
} from "../../assembly/edge/abi.ts";
import { crc32 } from "./crc32.ts";
import { formOf } from "./layout.ts";
import type { Meter } from "./meter.ts";
import { eachSlot } from "./slots.ts";
import type { MeterOptions, RestoreOptions, SnapshotOptions } from "./types.ts";

const MAGIC = "WEIRSNAP";
const VERSION = 1;
/** Words of the header, behind the version. */
const CRC = 1;
const COUNT = 4;
const CHECKED_AT = 16;
const HEAD_AT = 40;
const CHUNK_DEFAULT = 2_000_000;
const STATE_AT = STATE >>> 3;
const COUNTS_AT = COUNTS >>> 3;

/** Bytes that are no snapshot, or not a whole one. The message is one line. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

interface Head {
  readonly options: MeterOptions;
  /** JSON has no Infinity. */
  readonly neverSteps: boolean;
  readonly seed: readonly number[];
  /** STATE words and COUNTS words, decimal. */
  readonly state: readonly string[];
  readonly counts: readonly string[];
}

/** The options that make this meter again, its policies as they are now. */
export function optionsOf({ settings, limits, layout }: Meter): MeterOptions {
  const { policies, clockStep, replaceable: _replaceable, seed: _seed, compile: _compile, ...others } = settings;
  const inputs = policies.map(({ name, members }, index) => {
    const limit = limits[index];
    return limit === undefined ? { name, all: members } : Object.assign({ name }, limit.policy.input);
  });
  // The form of the table, whatever its policies are by now.
  const options = { policies: inputs, ...others, replaceable: !layout.isCompact } as MeterOptions;
  return clockStep < Infinity ? { ...options, clockStep } : options;
}

/** The head as bytes, as many as fill 64-bit words. */
function headOf(meter: Meter): Uint8Array {
  const { wides } = meter.views;
  const texts = (from: number, count: number) => [...wides.subarray(from, from + count)].map(String);
  const head: Head = {
    options: optionsOf(meter),
    neverSteps: meter.settings.clockStep === Infinity,
    seed: meter.seed ?? [],
    state: texts(STATE_AT, STATE_WORDS),
    counts: texts(COUNTS_AT, (meter.policies.length * COUNTS_BYTES) / 8),
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  bytes.set(text);
  return bytes;
}

/** 32-bit words of a slot in a chunk: its word and its state. */
function slotWordsOf({ layout }: Meter): number {
  return 2 + 2 * formOf(layout.isCompact).stateWords;
}

function copyWords(target: Uint32Array, at: number, source: Uint32Array, from: number, count: number): void {
  for (let index = 0; index < count; index += 1) target[at + index] = source[from + index]!;
}

/** All chunks. Throws RangeError when `maxChunk` holds no slot beside the head. */
export function snapshotOf(meter: Meter, { maxChunk = CHUNK_DEFAULT }: SnapshotOptions = {}): Uint8Array[] {
  const { views, layout } = meter;
  const { words, wides } = views;
  const head = headOf(meter);
  const slotWords = slotWordsOf(meter);
  const slotBytes = 4 * slotWords + (layout.kinds === 0 ? 0 : 1);
  const least = HEAD_AT + head.length + slotBytes;
  if (!(maxChunk >= least)) throw new RangeError(`maxChunk ${String(maxChunk)}: must be at least ${least} bytes`);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let left = Number(wides[STATE_AT + STATE_FLOWS]);
  const begin = () => {
    const headBytes = chunks.length === 0 ? head.length : 0;
    const at = HEAD_AT + headBytes;
    const slots = Math.min(left, Math.floor((maxChunk - at) / slotBytes));
    const bytes = new Uint8Array(at + slots * slotBytes);
    bytes.set(new TextEncoder().encode(MAGIC));
    bytes.set(head.subarray(0, headBytes), HEAD_AT);
    headerOf(bytes).set([VERSION, 0, crc32(head), chunks.length, 0, headBytes, slots, slotBytes]);
    left -= slots;
    chunks.push(bytes);
    const target = new Uint32Array(bytes.buffer, at, slots * slotWords);
    return { target, slots, kinds: bytes.subarray(at + target.byteLength) };
  };
  let { target, slots, kinds } = begin();
  let taken = 0;
  eachSlot(meter, (kind, state, word) => {
    if (taken === slots) [{ target, slots, kinds }, taken] = [begin(), 0];
    copyWords(target, taken * slotWords, words, 2 * word, 2);
    copyWords(target, taken * slotWords + 2, words, 2 * state, slotWords - 2);
    kinds[taken] = kind;
    taken += 1;
  });
  for (const bytes of chunks) {
    const header = headerOf(bytes);
    header[COUNT] = chunks.length;
    header[CRC] = crc32(bytes.subarray(CHECKED_AT));
  }
  return chunks;
}

/** From the version to the bytes a slot. */
function headerOf(bytes: Uint8Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(bytes.buffer, MAGIC.length, 8);
}

interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly id: number;
  readonly index: number;
  readonly count: number;
  readonly headBytes: number;
  readonly slots: number;
  readonly slotBytes: number;
}

/** Reads the fixed part of a chunk. Throws SnapshotError. */
function openChunk(given: Uint8Array, place: number): Chunk {
  const refuse = (why: string) => new SnapshotError(`chunk ${place}: is ${why}`);
  if (
    !(given instanceof Uint8Array) ||
    given.length < HEAD_AT ||
    new TextDecoder().decode(given.subarray(0, MAGIC.length)) !== MAGIC
  ) {
    throw refuse("no snapshot of a meter");
  }
  // A copy: chunks that lie anywhere in another buffer need not be aligned.
  const bytes = new Uint8Array(given);
  const header = [...headerOf(bytes)] as [number, number, number, number, number, number, number, number];
  const [version, crc, id, index, count, headBytes, slots, slotBytes] = header;
  if (version !== VERSION) throw refuse(`of version ${version}; this package reads ${VERSION}`);
  if (bytes.length !== HEAD_AT + headBytes + slots * slotBytes || crc32(bytes.subarray(CHECKED_AT)) !== crc) {
    throw refuse("damaged");
  }
  return { bytes, id, index, count, headBytes, slots, slotBytes };
}

/** The chunks in their order. Throws SnapshotError when one is missing, or another snapshot's. */
function ordered(given: readonly Uint8Array[]): readonly [Chunk, ...Chunk[]] {
  const chunks = given.map(openChunk).toSorted((left, right) => left.index - right.index);
  const [first] = chunks;
  if (first === undefined) throw new SnapshotError("snapshot: has no chunks");
  const foreign = chunks.find(({ id }) => id !== first.id);
  if (foreign !== undefined) throw new SnapshotError(`chunk ${foreign.index}: belongs to another snapshot`);
  const { count } = first;
  const odd = [...chunks.keys()].find((place) => chunks[place]!.index !== place) ?? chunks.length;
  if (odd === count) return chunks as [Chunk, ...Chunk[]];
  throw new SnapshotError(`snapshot: chunk ${Math.min(odd, count - 1)} of ${count} is missing or given twice`);
}

/**
 * The meter that `makeMeter` makes of a snapshot's options, with its state. Chunks may come in any order. Throws SnapshotError for what is not one whole
 * snapshot.
 */
export function restoreFrom(
  given: readonly Uint8Array[],
  { now }: RestoreOptions,
  makeMeter: (options: MeterOptions) => Meter,
): Meter {
  const chunks = ordered(given);
  const [{ bytes, headBytes }] = chunks;
  const text = new TextDecoder().decode(bytes.subarray(HEAD_AT, HEAD_AT + headBytes));
  const { options, neverSteps, seed, state, counts } = JSON.parse(text) as Head;
  const meter = makeMeter(neverSteps ? { ...options, clockStep: Infinity } : options);
  const { words, wides } = meter.views;
  meter.plant(seed);
  for (const chunk of chunks) fill(meter, chunk);
  for (let index = 0; index < STATE_WORDS; index += 1) {
    // What lies between is the meter's own. Those of 0.4.0 have no STATE_TOUCHABLE.
    if (index < STATE_STEP || index > STATE_FLOWS) wides[STATE_AT + index] = BigInt(state[index] ?? 0);
  }
  wides.set(counts.map(BigInt), COUNTS_AT);
  if (now === undefined) return meter;
  // The caller's `now` is the meter's newest time from here on.
  meter.times.put(words, ARGUMENT_NOW / 4, now);
  wides[STATE_AT + STATE_OFFSET] = wides[STATE_AT + STATE_NEWEST]! - wides[ARGUMENT_NOW / 8]!;
  return meter;
}

function fill(meter: Meter, { bytes, headBytes, slots, slotBytes }: Chunk): void {
  const slotWords = slotWordsOf(meter);
  if (slots > 0 && slotBytes >>> 2 !== slotWords) throw new SnapshotError("snapshot: its slots have another size");
  const source = new Uint32Array(bytes.buffer, HEAD_AT + headBytes, slotWords * slots);
  const kinds = HEAD_AT + headBytes + source.byteLength;
  for (let slot = 0; slot < slots; slot += 1) {
    const from = slot * slotWords;
    const state = meter.engine.functions.placeWord(source[from]!, source[from + 1]!, bytes[kinds + slot] ?? 0) >>> 2;
    copyWords(meter.views.words, state, source, from + 2, slotWords - 2);
  }
}
