/** The columns of a decoded batch on their way from one core to another. */
import { Buffer } from "node:buffer";
import {
  BATCH,
  BATCH_PACKETS_MAX,
  COLUMN_CLASS,
  COLUMN_CLOCK,
  COLUMN_COLOR_IN,
  COLUMN_FRAME,
  COLUMN_HASH,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_TIME,
  CONFIG_CLASSES,
  CONFIG_DSCP_COLORS,
  CONFIG_ROWLESS,
  CONFIG_PATH_SLOTS,
  KEY_BYTES,
} from "../../assembly/abi.ts";
import type { CoreExports } from "../core/instance.ts";
import { viewsOf } from "../core/views.ts";
import { copyAll } from "./copy.ts";

/** One column of a core, or several of the same kind that lie together. */
interface Column {
  /** In the core. */
  readonly address: number;
  readonly bytesPerRow: number;
}

const LONG_BYTES = 8;
const COLOR_BYTES = 1;
const CLASS_BYTES = 2;
const WORD_BYTES = 4;

function column(offset: number, bytesPerRow: number): Column {
  return { address: BATCH + offset, bytesPerRow };
}

/** Clocks, where the core that decodes compares times and numbers frames; or times, for the core that meters to do both. */
export type HandedTimes = "clocks" | "times";

function columnsOf(core: CoreExports, times: HandedTimes): Column[] {
  const { config } = viewsOf(core.memory);
  const hasRows = config[CONFIG_ROWLESS] === 0n;
  const columns = [column(COLUMN_LENGTH, WORD_BYTES)];
  if (times === "clocks") columns.push(column(COLUMN_CLOCK, LONG_BYTES));
  if (times === "clocks" && hasRows) columns.push(column(COLUMN_FRAME, WORD_BYTES));
  if (times === "times" || hasRows) columns.push(column(COLUMN_TIME, LONG_BYTES));
  if (hasRows) columns.push(column(COLUMN_KEY, KEY_BYTES));
  if (config[CONFIG_DSCP_COLORS] !== 0n) columns.push(column(COLUMN_COLOR_IN, COLOR_BYTES));
  if (config[CONFIG_CLASSES] === 0n) return [...columns, column(COLUMN_HASH, LONG_BYTES)];
  columns.push(column(COLUMN_CLASS, CLASS_BYTES));
  for (let slot = 0; slot < Number(config[CONFIG_PATH_SLOTS]); slot += 1) {
    columns.push({ address: core.hashColumn(slot) >>> 0, bytesPerRow: LONG_BYTES });
  }
  return columns;
}

/** Columns so near each other lie together: all rows of theirs are copied at once, with what is between. */
const GAP_BYTES_MAX = 64;

/** Columns that lie together in a core and, at the same distances, in a batch outside. */
interface Span {
  readonly columns: readonly Column[];
  readonly address: number;
  /** Of all rows. */
  readonly bytes: number;
  /** Where it begins in a batch. */
  readonly at: number;
}

function spansOf(columns: readonly Column[]): Span[] {
  const spans: Span[] = [];
  for (const next of columns.toSorted((a, b) => a.address - b.address)) {
    const { address, bytesPerRow } = next;
    const end = address + bytesPerRow * BATCH_PACKETS_MAX;
    const last = spans.at(-1);
    if (last !== undefined && address - last.address - last.bytes <= GAP_BYTES_MAX) {
      spans[spans.length - 1] = { ...last, columns: [...last.columns, next], bytes: end - last.address };
    } else {
      spans.push({
        columns: [next],
        address,
        bytes: end - address,
        at: last === undefined ? 0 : last.at + last.bytes,
      });
    }
  }
  return spans;
}

/** The same bytes in the core and in a batch outside. */
interface Pair {
  readonly inside: Buffer;
  readonly outside: Buffer;
}

/** What the core that meters needs of each packet. Two cores of one policy and settings have the same columns. */
export class HandedColumns {
  readonly #core: CoreExports;
  readonly #spans: readonly Span[];
  /** The core's memory as `#whole` has it: new when it has grown. */
  #bytes: Uint8Array | undefined;
  /** Of each batch outside, for all of its rows. Made once: a long capture has thousands of batches. */
  readonly #whole = new Map<Uint8Array, readonly Pair[]>();

  /** The core is initialized. */
  constructor(core: CoreExports, times: HandedTimes) {
    this.#core = core;
    this.#spans = spansOf(columnsOf(core, times));
  }

  /** Bytes of a batch outside the core, each column with room for all rows. */
  get batchBytes(): number {
    return this.#spans.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Copies the first `rows` rows of all columns out of the core. */
  save(batch: Uint8Array, rows: number): void {
    for (const { inside, outside } of this.#pairs(batch, rows)) copyAll(inside, outside);
  }

  /** Copies them into the core. */
  load(batch: Uint8Array, rows: number): void {
    for (const { inside, outside } of this.#pairs(batch, rows)) copyAll(outside, inside);
  }

  #pairs(batch: Uint8Array, rows: number): readonly Pair[] {
    const { bytes } = viewsOf(this.#core.memory);
    if (bytes !== this.#bytes) this.#whole.clear();
    this.#bytes = bytes;
    if (rows < BATCH_PACKETS_MAX) return this.#spans.flatMap((span) => partsOf(span, rows, bytes, batch));
    let pairs = this.#whole.get(batch);
    if (pairs === undefined) {
      pairs = this.#spans.map(({ address, at, bytes: count }) => pairOf(bytes, address, batch, at, count));
      this.#whole.set(batch, pairs);
    }
    return pairs;
  }
}

/** The first rows of each column. */
function partsOf(span: Span, rows: number, core: Uint8Array, batch: Uint8Array): Pair[] {
  return span.columns.map(({ address, bytesPerRow }) =>
    pairOf(core, address, batch, span.at + address - span.address, rows * bytesPerRow),
  );
}

function pairOf(core: Uint8Array, address: number, batch: Uint8Array, at: number, bytes: number): Pair {
  return {
    inside: Buffer.from(core.buffer, address, bytes),
    outside: Buffer.from(batch.buffer, batch.byteOffset + at, bytes),
  };
}
