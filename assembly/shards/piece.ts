/**
 * A core's piece of a round, sorted by whose flows the packets are. That the lower half of the flow's hash tells: whoever
 * does not know the secret cannot send all flows to one core, and the table takes its lines from the upper half.
 */
import { STAT_NEWEST, STAT_REGRESSIONS } from "../abi";
import {
  HEAD_BYTES,
  HEAD_COUNTS,
  HEAD_NEWEST,
  HEADS,
  PIECE_HASH,
  PIECE_KEY,
  PIECE_LENGTH,
  PIECE_TIME,
  ROUND_BYTES,
  RUN_CLOCK,
  RUN_HASH,
  RUN_LENGTH,
  RUN_ROW,
  SHARD_BYTES,
  SHARDS_MAX,
} from "../abi/shards";
import { allocateZeroed } from "../arena";
import { hashIntegers } from "../batch";
import { addStat, getStat, setStat } from "../stats";

/** Where the next packet of each run goes in the columns of runs: 32-bit indexes. */
const NEXT: usize = memory.data(SHARDS_MAX * 4, 64);

let piece: usize = 0;
let shard: u32 = 0;
let shards: u32 = 1;
/** `roundAt` of the newest round. */
let round: usize = 0;
/** Rows of this core's piece, and late ones among them if nothing came before. */
let rows: u32 = 0;
let lateRows: u32 = 0;

/** Makes the columns of core `index` of `count`. Their address, or 0 when memory does not suffice. */
export function createShard(index: u32, count: u32): usize {
  shard = index;
  shards = count;
  piece = allocateZeroed(SHARD_BYTES);
  return piece;
}

/** By which PIECE_* are offsets, and RUN_* up to what a round leaves for the next. */
export function pieceBase(): usize {
  return piece;
}

/** By which HEADS and RUN_* from there on are offsets, for rounds whose `turn` is 0 and 1. */
export function roundAt(turn: u32): usize {
  return piece + turn * ROUND_BYTES;
}

/**
 * Sorts the first `count` rows of the piece into runs, each with room for `room` rows, and fills the head: `turn` is
 * 0 and 1, one round after the other.
 */
export function sortPiece(count: u32, room: u32, turn: u32): void {
  round = roundAt(turn);
  rows = count;
  hashIntegers(piece + PIECE_KEY, piece + PIECE_HASH, count);
  for (let run: u32 = 0; run < shards; run++) store<u32>(NEXT + (run << 2), run * room);
  store<u64>(headOf(shard), spread(count), HEAD_NEWEST);
  for (let run: u32 = 0; run < shards; run++) {
    store<u32>(headOf(shard) + (run << 2), load<u32>(NEXT + (run << 2)) - run * room, HEAD_COUNTS);
  }
}

/** Writes each packet to its run, without a branch on whose it is: that cannot be predicted. Answers the newest time. */
function spread(count: u32): u64 {
  const base = piece;
  const rowsBase = round;
  let newestNs: u64 = 0;
  let late: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const timeNs = load<u64>(base + (row << 3), PIECE_TIME);
    const hash = load<u64>(base + (row << 3), PIECE_HASH);
    late += <u32>(timeNs < newestNs);
    newestNs = select<u64>(newestNs, timeNs, timeNs < newestNs);
    const next = NEXT + (shardOf(hash) << 2);
    const to = load<u32>(next);
    store<u32>(next, to + 1);
    store<u64>(base + (to << 3), newestNs, RUN_CLOCK);
    store<u64>(base + (to << 3), hash, RUN_HASH);
    store<u32>(base + (to << 2), load<u32>(base + (row << 2), PIECE_LENGTH), RUN_LENGTH);
    store<u16>(rowsBase + (to << 1), <u16>row, RUN_ROW);
  }
  lateRows = late;
  return newestNs;
}

function shardOf(hash: u64): u32 {
  return <u32>((<u64>(<u32>hash) * <u64>shards) >>> 32);
}

function headOf(core: u32): usize {
  return round + HEADS + core * HEAD_BYTES;
}

/** The newest time before piece `core` of the round: of the rounds before, and of the pieces before it. */
export function newestBefore(core: u32): u64 {
  let newestNs = getStat(STAT_NEWEST);
  for (let before: u32 = 0; before < core; before++) newestNs = max(newestNs, load<u64>(headOf(before), HEAD_NEWEST));
  return newestNs;
}

/** Counts this core's late packets and moves the clock on, once all heads of the round are there. */
export function endRound(): void {
  addStat(STAT_REGRESSIONS, lateBehind(newestBefore(shard)));
  setStat(STAT_NEWEST, newestBefore(shards));
}

/** Late rows of the piece when `startNs` is the newest time before it: all rows are until the piece gets there. */
function lateBehind(startNs: u64): u32 {
  let newestNs: u64 = 0;
  let lateAmongThem: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const timeNs = load<u64>(piece + (row << 3), PIECE_TIME);
    if (timeNs >= startNs) return row + lateRows - lateAmongThem;
    lateAmongThem += <u32>(timeNs < newestNs);
    newestNs = max(newestNs, timeNs);
  }
  return rows;
}
