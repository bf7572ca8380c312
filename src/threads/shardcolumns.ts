/** Which columns of a batch the shards of an engine read, hand each other, and write. */
import {
  BATCH,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_DELAY,
  COLUMN_HASH,
  COLUMN_LENGTH,
  COLUMN_LEVEL0,
  COLUMN_LEVEL1,
  COLUMN_REASON,
  COLUMN_TIME,
  COLUMN_USER_KEY,
} from "../../assembly/abi.ts";
import {
  PIECE_COLOR,
  PIECE_COLOR_IN,
  PIECE_DELAY,
  PIECE_KEY,
  PIECE_LENGTH,
  PIECE_LEVEL0,
  PIECE_LEVEL1,
  PIECE_REASON,
  PIECE_TIME,
  RUN_CLOCK,
  RUN_COLOR,
  RUN_COLOR_IN,
  RUN_DELAY,
  RUN_HASH,
  RUN_KEY,
  RUN_LENGTH,
  RUN_LEVEL0,
  RUN_LEVEL1,
  RUN_REASON,
  RUN_TIME,
} from "../../assembly/abi/shards.ts";
import type { CompiledPolicy, EngineOptions } from "../types.ts";

/** A column that the caller fills or reads, and its place in a core's piece (assembly/abi/shards.ts). */
export interface OuterColumn {
  readonly name: "time" | "key" | "length" | "colorIn" | "color" | "reason" | "delay" | "level0" | "level1";
  readonly bytesPerPacket: number;
  readonly piece: number;
}

/** A column that goes with the packets to the core that meters them. */
export interface HandedColumn {
  readonly bytesPerPacket: number;
  readonly run: number;
  /** Address among the batch columns of a core. */
  readonly batch: number;
  /** Column of the piece that the column of runs is gathered from; undefined where sorting fills it. */
  readonly piece?: number;
}

/** A column of what comes out, and its way back. */
export type ResultColumn = OuterColumn & Required<HandedColumn>;

export interface ShardColumns {
  /** What callers fill, and what of it is read. */
  readonly filled: readonly OuterColumn[];
  readonly inputs: readonly OuterColumn[];
  readonly handed: readonly HandedColumn[];
  readonly results: readonly ResultColumn[];
}

const LONG = 8;
const WORD = 4;
const BYTE = 1;

const INPUTS: readonly OuterColumn[] = [
  { name: "time", bytesPerPacket: LONG, piece: PIECE_TIME },
  { name: "key", bytesPerPacket: LONG, piece: PIECE_KEY },
  { name: "length", bytesPerPacket: WORD, piece: PIECE_LENGTH },
];
const COLORS_IN: OuterColumn = { name: "colorIn", bytesPerPacket: BYTE, piece: PIECE_COLOR_IN };

const HANDED: readonly HandedColumn[] = [
  { bytesPerPacket: LONG, run: RUN_CLOCK, batch: BATCH + COLUMN_CLOCK },
  { bytesPerPacket: LONG, run: RUN_HASH, batch: BATCH + COLUMN_HASH },
  { bytesPerPacket: WORD, run: RUN_LENGTH, batch: BATCH + COLUMN_LENGTH },
];
const HANDED_WITH_COLORS: readonly HandedColumn[] = [
  { bytesPerPacket: BYTE, run: RUN_COLOR_IN, batch: BATCH + COLUMN_COLOR_IN, piece: PIECE_COLOR_IN },
];
const HANDED_WITH_KEYS: readonly HandedColumn[] = [
  { bytesPerPacket: LONG, run: RUN_TIME, batch: BATCH + COLUMN_TIME, piece: PIECE_TIME },
  { bytesPerPacket: LONG, run: RUN_KEY, batch: BATCH + COLUMN_USER_KEY, piece: PIECE_KEY },
];

const COLORS: readonly ResultColumn[] = [
  { name: "color", bytesPerPacket: BYTE, piece: PIECE_COLOR, run: RUN_COLOR, batch: BATCH + COLUMN_COLOR },
];
const DELAYS: readonly ResultColumn[] = [
  { name: "reason", bytesPerPacket: BYTE, piece: PIECE_REASON, run: RUN_REASON, batch: BATCH + COLUMN_REASON },
  { name: "delay", bytesPerPacket: LONG, piece: PIECE_DELAY, run: RUN_DELAY, batch: BATCH + COLUMN_DELAY },
];
const LEVELS: readonly ResultColumn[] = [
  { name: "level0", bytesPerPacket: LONG, piece: PIECE_LEVEL0, run: RUN_LEVEL0, batch: BATCH + COLUMN_LEVEL0 },
  { name: "level1", bytesPerPacket: LONG, piece: PIECE_LEVEL1, run: RUN_LEVEL1, batch: BATCH + COLUMN_LEVEL1 },
];

/** What an engine of several threads is made of. */
export type ShardOptions = EngineOptions & { readonly policy: CompiledPolicy };

/** The columns that an engine of these options needs. */
export function shardColumnsFor({ policy, records, delays, levels }: ShardOptions): ShardColumns {
  const [first, ...others] = policy.profiles;
  // A meter of several slots has hashes of its own, which the core makes of the keys.
  const needsKeys = records || others.length > 0;
  // One bucket marks all packets that fit green, whatever they were; only reasons and levels come from another loop.
  const needsColors = first!.kernel !== "one-bucket" || others.length > 0 || delays || levels === true;
  return {
    filled: [...INPUTS, COLORS_IN],
    inputs: [...INPUTS, ...(needsColors ? [COLORS_IN] : [])],
    handed: [...HANDED, ...(needsColors ? HANDED_WITH_COLORS : []), ...(needsKeys ? HANDED_WITH_KEYS : [])],
    results: [...COLORS, ...(delays ? DELAYS : []), ...(levels === true ? LEVELS : [])],
  };
}
