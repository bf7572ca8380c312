/** Where the parts of a meter lie in its engine's memory: all sizes follow from the options. */
import {
  COMPACT_SLOTS,
  COMPACT_STATE_BYTES,
  DYNAMIC_BASE,
  WIDE_SLOTS,
  WIDE_STATE_BYTES,
} from "../../assembly/edge/abi.ts";

/** 64 M keys in a compact table are 1.8 GB, in a wide one 2.6 GB: more fits no instance. */
export const FLOWS_MAX = 2 ** 26;
export const ROWS_MAX = 65_536;

const LINE_BYTES = 64;

/** Bytes a row of each column, by COLUMN_*. */
const ROW_BYTES = [8, 8, 4, 1, 1, 1, 1, 8, 8, 8];

/** What a table's form makes of its blocks, which begin with the words of their places; then come the states. */
interface BlockForm {
  readonly places: number;
  /** 64-bit words of a state. */
  readonly stateWords: number;
  readonly blockBytes: number;
  /**
   * Keys a place at most: 16 bytes a place make 37.2 bytes a key, 32 bytes 38.1; with several policies each place has one
   * byte more. At 0.43 one key in 40 lies outside its line of four, at 0.84 one in 10 outside its block of eight. A line
   * more to wait for is what costs: at 0.6, with one key in 14 outside, batches take a third longer.
   */
  readonly load: number;
}

function blockForm(places: number, stateBytes: number, load: number): BlockForm {
  return { places, stateWords: stateBytes / 8, blockBytes: places * (8 + stateBytes), load };
}

const COMPACT = /* @__PURE__ */ blockForm(COMPACT_SLOTS, COMPACT_STATE_BYTES, 0.43);
const WIDE = /* @__PURE__ */ blockForm(WIDE_SLOTS, WIDE_STATE_BYTES, 0.84);

export function formOf(isCompact: boolean): BlockForm {
  return isCompact ? COMPACT : WIDE;
}

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

/** The layout for so many flows and rows; `hasKinds`: there are several profiles. */
export function layoutOf(flowsMax: number, rows: number, isCompact: boolean, hasKinds: boolean): Layout {
  let at = aligned(DYNAMIC_BASE);
  const columns = ROW_BYTES.map((rowBytes) => {
    const column = at;
    // A line apart, so that rows of different columns do not fall on the same set of the cache.
    at = aligned(column + rows * rowBytes) + LINE_BYTES;
    return column;
  });
  const { places, blockBytes, load } = formOf(isCompact);
  const blocks = Math.ceil(flowsMax / load / places) + 1;
  const table = at;
  const tableEnd = table + blocks * blockBytes;
  const end = aligned(tableEnd + (hasKinds ? blocks * places : 0));
  return { columns, table, blocks, isCompact, kinds: hasKinds ? tableEnd : 0, end };
}
