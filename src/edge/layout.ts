/** Where the parts of a meter lie in its engine's memory: all sizes follow from the options. */
import {
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_COST,
  COLUMN_COUNT,
  COLUMN_FLAGS,
  COLUMN_KEY,
  COLUMN_POLICY,
  COLUMN_REMAINING,
  COLUMN_RESET,
  COLUMN_RETRY,
  COLUMN_TIME,
  COMPACT_SLOTS,
  COMPACT_STATE_BYTES,
  COMPACT_WORDS_BYTES,
  DYNAMIC_BASE,
  WIDE_CLOCK_BITS,
  WIDE_SLOTS,
  WIDE_STATE_BYTES,
  WIDE_WORDS_BYTES,
} from "../../assembly/edge/abi.ts";

/** 64 M keys in a compact table are 1.8 GB, in a wide one 2.6 GB: more fits no instance. */
export const FLOWS_MAX = 2 ** 26;
export const ROWS_MAX = 65_536;

/**
 * Keys a place at most, by the table's form: 16 bytes a place make 37.2 bytes a key, 32 bytes 38.1; with several policies
 * each place has one byte more. At 0.43 one key in 40 lies outside its line of four, at 0.84 one in 10 outside its block of
 * eight. A line more to wait for is what costs: at 0.6, with one key in 14 outside, batches take a third longer.
 */
const COMPACT_LOAD = 0.43;
const WIDE_LOAD = 0.84;

const LINE_BYTES = 64;

/** Bytes a row of each column, by COLUMN_*. */
const ROW_BYTES: Readonly<Record<number, number>> = {
  [COLUMN_KEY]: 8,
  [COLUMN_TIME]: 8,
  [COLUMN_COST]: 4,
  [COLUMN_POLICY]: 1,
  [COLUMN_COLOR_IN]: 1,
  [COLUMN_COLOR]: 1,
  [COLUMN_FLAGS]: 1,
  [COLUMN_REMAINING]: 8,
  [COLUMN_RETRY]: 8,
  [COLUMN_RESET]: 8,
};

export interface Layout {
  /** Addresses by COLUMN_*. */
  readonly columns: readonly number[];
  readonly table: number;
  readonly blocks: number;
  /** The form of the table (assembly/edge/abi.ts). */
  readonly isCompact: boolean;
  /** 0: there is one profile only. */
  readonly kinds: number;
  readonly end: number;
}

function aligned(address: number): number {
  return Math.ceil(address / LINE_BYTES) * LINE_BYTES;
}

export function slotsPerBlock(isCompact: boolean): number {
  return isCompact ? COMPACT_SLOTS : WIDE_SLOTS;
}

/** Bytes of the words that a block begins with. */
export function wordsBytes(isCompact: boolean): number {
  return isCompact ? COMPACT_WORDS_BYTES : WIDE_WORDS_BYTES;
}

/** Bytes of a slot's state. */
export function stateBytes(isCompact: boolean): number {
  return isCompact ? COMPACT_STATE_BYTES : WIDE_STATE_BYTES;
}

export function blockBytes(isCompact: boolean): number {
  return wordsBytes(isCompact) + slotsPerBlock(isCompact) * stateBytes(isCompact);
}

/** Ns, a power of two, before which a meter's clock begins anew: by then these drains come to no more than so many bits. */
export function clockEndOf(isCompact: boolean, drainsPerNs: readonly bigint[], tickBits: number): bigint {
  if (!isCompact) return 1n << BigInt(WIDE_CLOCK_BITS);
  const steepest = drainsPerNs.reduce((most, drain) => (drain > most ? drain : most), 1n);
  let end = 1n << BigInt(tickBits);
  while (end * steepest > 1n << BigInt(tickBits)) end /= 2n;
  return end;
}

/** The layout for so many flows and rows; `hasKinds`: there are several profiles. */
export function layoutOf(flowsMax: number, rows: number, isCompact: boolean, hasKinds: boolean): Layout {
  const columns: number[] = [];
  let at = aligned(DYNAMIC_BASE);
  for (let column = 0; column < COLUMN_COUNT; column += 1) {
    columns.push(at);
    // A line apart, so that rows of different columns do not fall on the same set of the cache.
    at = aligned(at + rows * ROW_BYTES[column]!) + LINE_BYTES;
  }
  const places = slotsPerBlock(isCompact);
  const blocks = Math.ceil(flowsMax / (isCompact ? COMPACT_LOAD : WIDE_LOAD) / places) + 1;
  const table = at;
  const tableEnd = table + blocks * blockBytes(isCompact);
  const end = aligned(tableEnd + (hasKinds ? blocks * places : 0));
  return { columns, table, blocks, isCompact, kinds: hasKinds ? tableEnd : 0, end };
}
