/** Where the parts of a meter lie in its engine's memory: all sizes follow from the options. */
import {
  BLOCK_SLOTS,
  BLOCK_WORDS_BYTES,
  COLUMN_CLOCK,
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
  COLUMN_WORD,
  DYNAMIC_BASE,
  STATE_BYTES_ONE,
  STATE_BYTES_TWO,
} from "../../assembly/edge/abi.ts";

/** 64 M keys of one bucket are 2.6 GB: more fits no instance. */
export const FLOWS_MAX = 2 ** 26;
export const ROWS_MAX = 65_536;

/**
 * Keys a place at most: 24 bytes a place of one bucket are 37.5 bytes a key, 32 of others 38.1 and, with several
 * policies, one byte more for each place. At 0.64 of eight-slot blocks 3 keys in 100 lie outside their home block, at
 * 0.84 one in 6.
 */
const LOAD_ONE = 0.64;
const LOAD_TWO = 0.84;

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
  [COLUMN_CLOCK]: 8,
  [COLUMN_WORD]: 8,
};

export interface Layout {
  /** Addresses by COLUMN_*. */
  readonly columns: readonly number[];
  readonly table: number;
  readonly blocks: number;
  readonly stateBytes: number;
  /** 0: there is one profile only. */
  readonly kinds: number;
  readonly end: number;
}

function aligned(address: number): number {
  return Math.ceil(address / LINE_BYTES) * LINE_BYTES;
}

/** The layout for so many flows and rows. `isOneBucket`: every policy is one bucket; `hasKinds`: there are several. */
export function layoutOf(flowsMax: number, rows: number, isOneBucket: boolean, hasKinds: boolean): Layout {
  const columns: number[] = [];
  let at = aligned(DYNAMIC_BASE);
  for (let column = 0; column < COLUMN_COUNT; column += 1) {
    columns.push(at);
    // A line apart, so that rows of different columns do not fall on the same set of the cache.
    at = aligned(at + rows * ROW_BYTES[column]!) + LINE_BYTES;
  }
  const stateBytes = isOneBucket ? STATE_BYTES_ONE : STATE_BYTES_TWO;
  const blocks = Math.ceil(flowsMax / (isOneBucket ? LOAD_ONE : LOAD_TWO) / BLOCK_SLOTS) + 1;
  const table = at;
  const tableEnd = table + blocks * (BLOCK_WORDS_BYTES + BLOCK_SLOTS * stateBytes);
  const end = aligned(tableEnd + (hasKinds ? blocks * BLOCK_SLOTS : 0));
  return { columns, table, blocks, stateBytes, kinds: hasKinds ? tableEnd : 0, end };
}
