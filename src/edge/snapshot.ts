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
  COUNTS,
  COUNTS_BYTES,
  STATE,
  STATE_FLOWS,
  STATE_INSERTED,
  STATE_NEWEST,
  STATE_OFFSET,
  STATE_WORDS,
} from "../../assembly/edge/abi.ts";
import { crc32 } from "./crc32.ts";
import type { Meter } from "./meter.ts";
import { eachSlot, stateWords, wide } from "./slots.ts";
import { Times } from "./time.ts";
import type { MeterOptions, RestoreOptions, SnapshotOptions } from "./types.ts";

const MAGIC = "WEIRSNAP";
const VERSION = 1;
const HEAD_AT = 40;
const CHUNK_DEFAULT = 2_000_000;

/** Bytes that are no snapshot, or not a whole one. The message is one line. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

interface Head {
  readonly options: MeterOptions;
  readonly seed: readonly number[];
  /** STATE words and COUNTS words, decimal. */
  readonly state: readonly string[];
  readonly counts: readonly string[];
}

/** The options that make this meter again, its policies as they are now. */
export function optionsOf({ settings, limits, layout }: Meter): MeterOptions {
  const { policies, maxFlows, key, time, onFull, clockStep, batchRows, costParts } = settings;
  const inputs = policies.map(({ name, members }, index) => {
    const limit = limits[index];
    return limit === undefined ? { name, all: members } : Object.assign({ name }, limit.policy.input);
  });
  // JSON has no Infinity.
  return {
    policies: inputs,
    maxFlows,
    key,
    time,
    onFull,
    batchRows,
    costParts,
    // The form of the table, whatever its policies are by now.
    replaceable: !layout.isCompact,
    ...(clockStep < Infinity ? { clockStep } : {}),
  };
}

function headOf(meter: Meter): Uint8Array {
  const { buffer } = meter.engine.memory;
  const head: Head & { readonly neverSteps: boolean } = {
    options: optionsOf(meter),
    neverSteps: meter.settings.clockStep === Infinity,
    seed: meter.seed ?? [],
    state: [...new BigUint64Array(buffer, STATE, STATE_WORDS)].map(String),
    counts: [...new BigUint64Array(buffer, COUNTS, (meter.policies.length * COUNTS_BYTES) / 8)].map(String),
  };
  const text = JSON.stringify(head);
  return new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8 + 8));
}

/** All chunks. Throws RangeError when `maxChunk` holds no slot beside the head. */
export function snapshotOf(meter: Meter, { maxChunk = CHUNK_DEFAULT }: SnapshotOptions = {}): Uint8Array[] {
  const { engine, layout } = meter;
  const head = alignedHead(headOf(meter));
  const wordsPerState = stateWords(layout);
  const hasKinds = layout.kinds !== 0;
  const slotBytes = 8 + 4 * wordsPerState + (hasKinds ? 1 : 0);
  if (!(maxChunk >= HEAD_AT + head.length + slotBytes)) {
    throw new RangeError(`maxChunk ${String(maxChunk)}: must be at least ${HEAD_AT + head.length + slotBytes} bytes`);
  }
  const flows = Number(new BigUint64Array(engine.memory.buffer, STATE, STATE_WORDS)[STATE_FLOWS]);
  const chunks = emptyChunks(flows, slotBytes, head.length, maxChunk);
  let chunk = 0;
  let taken = 0;
  eachSlot(engine, layout, ({ word, state, kind }, words) => {
    if (taken === chunks[chunk]!.slots) {
      chunk += 1;
      taken = 0;
    }
    const { words: target, kinds } = chunks[chunk]!;
    const at = taken * (2 + wordsPerState);
    target[at] = words[word]!;
    target[at + 1] = words[word + 1]!;
    for (let index = 0; index < wordsPerState; index += 1) target[at + 2 + index] = words[state + index]!;
    if (hasKinds) kinds[taken] = kind;
    taken += 1;
  });
  return chunks.map(({ bytes, slots }, index) => seal(bytes, slots, slotBytes, index, chunks.length, head));
}

function alignedHead(head: Uint8Array): Uint8Array {
  const length = Math.ceil(head.length / 8) * 8;
  const aligned = new Uint8Array(length).fill(0x20);
  aligned.set(head);
  return aligned;
}

interface ChunkSpace {
  readonly bytes: Uint8Array;
  readonly slots: number;
  readonly words: Uint32Array;
  readonly kinds: Uint8Array;
}

function emptyChunks(flows: number, slotBytes: number, headBytes: number, maxChunk: number): ChunkSpace[] {
  const chunks: ChunkSpace[] = [];
  for (let left = flows; left > 0 || chunks.length === 0; left -= chunks.at(-1)!.slots) {
    const at = HEAD_AT + (chunks.length === 0 ? headBytes : 0);
    const slots = Math.min(left, Math.floor((maxChunk - at) / slotBytes));
    const wordCount = slots * (slotBytes >>> 2);
    const bytes = new Uint8Array(at + slots * slotBytes);
    const words = new Uint32Array(bytes.buffer, at, wordCount);
    chunks.push({ bytes, slots, words, kinds: bytes.subarray(at + 4 * wordCount) });
  }
  return chunks;
}

function seal(
  bytes: Uint8Array,
  slots: number,
  slotBytes: number,
  index: number,
  count: number,
  head: Uint8Array,
): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < MAGIC.length; at += 1) bytes[at] = MAGIC.charCodeAt(at);
  const words = [VERSION, 0, crc32(head), index, count, index === 0 ? head.length : 0, slots, slotBytes];
  for (const [place, word] of words.entries()) view.setUint32(8 + 4 * place, word, true);
  if (index === 0) bytes.set(head, HEAD_AT);
  view.setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

interface Chunk {
  readonly bytes: Uint8Array;
  readonly id: number;
  readonly index: number;
  readonly count: number;
  readonly headBytes: number;
  readonly slots: number;
  readonly slotBytes: number;
}

/** Reads the fixed part of a chunk. Throws SnapshotError. */
function openChunk(bytes: Uint8Array, place: number): Chunk {
  const where = `chunk ${place}`;
  if (
    !(bytes instanceof Uint8Array) ||
    bytes.length < HEAD_AT ||
    String.fromCharCode(...bytes.subarray(0, 8)) !== MAGIC
  ) {
    throw new SnapshotError(`${where}: is no snapshot of a meter`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [version, crc, id, index, count, headBytes, slots, slotBytes] = Array.from({ length: 8 }, (_, word) =>
    view.getUint32(8 + 4 * word, true),
  ) as [number, number, number, number, number, number, number, number];
  if (version !== VERSION) throw new SnapshotError(`${where}: is of version ${version}; this package reads ${VERSION}`);
  const isWhole = bytes.length === HEAD_AT + headBytes + slots * slotBytes;
  if (!isWhole || crc32(bytes.subarray(16)) !== crc) {
    throw new SnapshotError(`${where}: is damaged (its checksum is not that of its ${bytes.length} bytes)`);
  }
  return { bytes, id, index, count, headBytes, slots, slotBytes };
}

/** The chunks in their order. Throws SnapshotError when one is missing, or another snapshot's. */
function ordered(given: readonly Uint8Array[]): readonly Chunk[] {
  if (given.length === 0) throw new SnapshotError("snapshot: has no chunks");
  const chunks = given.map(openChunk).toSorted((left, right) => left.index - right.index);
  const { id, count } = chunks[0]!;
  const foreign = chunks.find((chunk) => chunk.id !== id);
  if (foreign !== undefined) throw new SnapshotError(`chunk ${foreign.index}: belongs to another snapshot`);
  const missing = Array.from({ length: count }, (_, index) => index).find((index) => chunks[index]?.index !== index);
  if (missing !== undefined || chunks.length !== count) {
    throw new SnapshotError(`snapshot: chunk ${missing ?? count - 1} of ${count} is missing or given twice`);
  }
  return chunks;
}

/**
 * The meter that `makeMeter` makes of a snapshot's options, with its state. Chunks may come in any order. Throws SnapshotError for what is not one whole
 * snapshot.
 */
export function restoreFrom(
  given: readonly Uint8Array[],
  options: RestoreOptions,
  makeMeter: (options: MeterOptions) => Meter,
): Meter {
  const chunks = ordered(given);
  const [first] = chunks;
  const text = new TextDecoder().decode(first!.bytes.subarray(HEAD_AT, HEAD_AT + first!.headBytes));
  const head = JSON.parse(text) as Head & { readonly neverSteps: boolean };
  const meterOptions = { ...head.options, ...(head.neverSteps ? { clockStep: Infinity } : {}) };
  const meter = makeMeter(meterOptions);
  meter.plant(head.seed);
  for (const chunk of chunks) fill(meter, chunk);
  const { buffer } = meter.engine.memory;
  const state = new BigUint64Array(buffer, STATE, STATE_WORDS);
  // Those of 0.4.0 have no STATE_TOUCHABLE.
  for (let index = STATE_INSERTED; index < STATE_WORDS; index += 1) state[index] = BigInt(head.state[index] ?? 0);
  state[STATE_NEWEST] = BigInt(head.state[STATE_NEWEST]!);
  state[STATE_OFFSET] = BigInt(head.state[STATE_OFFSET]!);
  new BigUint64Array(buffer, COUNTS, head.counts.length).set(head.counts.map(BigInt));
  if (options.now !== undefined) rebase(meter, state, options.now);
  return meter;
}

/** The caller's `now` is the meter's newest time from here on. */
function rebase(meter: Meter, state: BigUint64Array, now: NonNullable<RestoreOptions["now"]>): void {
  const words = new Uint32Array(2);
  new Times(meter.settings.time).put(words, 0, now);
  const ns = wide(words, 0);
  state[STATE_OFFSET] = BigInt.asUintN(64, state[STATE_NEWEST]! - ns);
}

function fill({ engine, layout }: Meter, { bytes, headBytes, slots, slotBytes }: Chunk): void {
  const slotWords = slotBytes >>> 2;
  if (slots > 0 && slotWords !== 2 + stateWords(layout))
    throw new SnapshotError("snapshot: its slots have another size");
  const at = HEAD_AT + headBytes;
  // A copy: chunks that lie anywhere in another buffer need not be aligned.
  const source = new Uint32Array(bytes.slice(at, at + 4 * slotWords * slots).buffer);
  const kinds = bytes.subarray(at + 4 * slotWords * slots);
  const words = new Uint32Array(engine.memory.buffer);
  for (let slot = 0; slot < slots; slot += 1) {
    const from = slot * slotWords;
    const state = engine.functions.place(source[from]!, source[from + 1]!, kinds[slot] ?? 0) >>> 2;
    for (let word = 2; word < slotWords; word += 1) words[state + word - 2] = source[from + word]!;
  }
}
