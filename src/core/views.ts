/** Views over the core's memory. Growth detaches an ArrayBuffer, so views are asked for, never kept by callers. */
import {
  BATCH,
  BATCH_PACKETS_MAX,
  COLUMN_CAPTURED,
  COLUMN_CLASS,
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_DELAY,
  COLUMN_DEPARTURE,
  COLUMN_DEPARTURE_REST,
  COLUMN_FLOW,
  COLUMN_FRAME,
  COLUMN_FRAME_AT,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_LEVEL0,
  COLUMN_LEVEL1,
  COLUMN_NETWORK_AT,
  COLUMN_REASON,
  COLUMN_TAG_AT,
  COLUMN_TIME,
  COLUMN_USER_KEY,
  CONFIG,
  KEY_BYTES,
  STATS,
  STAT_WORDS,
  TEXT,
  TEXT_BYTES,
} from "../../assembly/abi.ts";
import type { BatchColumns } from "../types.ts";

/** All fixed regions of one core's memory as typed arrays. */
export interface CoreViews extends Omit<BatchColumns, "nodeKeys"> {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly longs: BigUint64Array;
  readonly stats: BigUint64Array;
  readonly config: BigUint64Array;
  readonly levels: readonly [Uint32Array, Uint32Array];
  readonly flow: Uint32Array;
  readonly fullKey: Uint8Array;
  /** Frame number less the batch's first frame number. */
  readonly frame: Uint32Array;
  /** With `CaptureMeterOptions.frames`: addresses in the core of a frame's captured bytes, and how many are there. */
  readonly frameAt: Uint32Array;
  readonly captured: Uint32Array;
  /** Addresses of the outermost IP header and of the outermost VLAN tag's control word; 0: none. */
  readonly networkAt: Uint32Array;
  readonly tagAt: Uint32Array;
  readonly text: Uint8Array;
}

const cache = new WeakMap<WebAssembly.Memory, CoreViews>();

/** Views over the memory as it is now; made again when it has grown. */
export function viewsOf(memory: WebAssembly.Memory): CoreViews {
  const known = cache.get(memory);
  // Growth leaves them without a byte. To ask the memory for its buffer takes a call out of JavaScript.
  if (known !== undefined && known.bytes.length > 0) return known;
  const views = makeViews(memory.buffer);
  cache.set(memory, views);
  return views;
}

function makeViews(buffer: ArrayBuffer): CoreViews {
  const words = (offset: number, count: number) => new Uint32Array(buffer, BATCH + offset, count);
  const bytes = (offset: number) => new Uint8Array(buffer, BATCH + offset, BATCH_PACKETS_MAX);
  return {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    longs: new BigUint64Array(buffer),
    stats: new BigUint64Array(buffer, STATS, STAT_WORDS),
    config: new BigUint64Array(buffer, CONFIG, 64),
    time: words(COLUMN_TIME, BATCH_PACKETS_MAX * 2),
    key: words(COLUMN_USER_KEY, BATCH_PACKETS_MAX * 2),
    delay: words(COLUMN_DELAY, BATCH_PACKETS_MAX * 2),
    length: words(COLUMN_LENGTH, BATCH_PACKETS_MAX),
    flow: words(COLUMN_FLOW, BATCH_PACKETS_MAX),
    color: bytes(COLUMN_COLOR),
    colorIn: bytes(COLUMN_COLOR_IN),
    class: new Uint16Array(buffer, BATCH + COLUMN_CLASS, BATCH_PACKETS_MAX),
    reason: bytes(COLUMN_REASON),
    levels: [words(COLUMN_LEVEL0, BATCH_PACKETS_MAX * 2), words(COLUMN_LEVEL1, BATCH_PACKETS_MAX * 2)],
    departure: words(COLUMN_DEPARTURE, BATCH_PACKETS_MAX * 2),
    departureRest: words(COLUMN_DEPARTURE_REST, BATCH_PACKETS_MAX * 2),
    frame: words(COLUMN_FRAME, BATCH_PACKETS_MAX),
    frameAt: words(COLUMN_FRAME_AT, BATCH_PACKETS_MAX),
    captured: words(COLUMN_CAPTURED, BATCH_PACKETS_MAX),
    networkAt: words(COLUMN_NETWORK_AT, BATCH_PACKETS_MAX),
    tagAt: words(COLUMN_TAG_AT, BATCH_PACKETS_MAX),
    fullKey: new Uint8Array(buffer, BATCH + COLUMN_KEY, BATCH_PACKETS_MAX * KEY_BYTES),
    text: new Uint8Array(buffer, TEXT, TEXT_BYTES),
  };
}
