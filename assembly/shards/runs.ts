/** Columns on their way between rows of a piece and its runs, and the runs that this core meters. */
import { BATCH, COLUMN_CLOCK } from "../abi";
import { RUN_ROW } from "../abi/shards";
import { meterBatch, prepareFrames } from "../batch";
import { newestBefore, pieceBase, roundAt, runCount, shardCount } from "./piece";

/**
 * Meters `count` packets whose columns, hashes and clocks included, have been copied into the batch: a part of the run
 * that core `from` has sorted out for this one. Clocks there knew of that core's piece alone.
 */
export function meterRun(from: u32, count: u32): void {
  const startNs = newestBefore(from);
  for (let i: u32 = 0; i < count && load<u64>(i << 3, BATCH + COLUMN_CLOCK) < startNs; i++) {
    store<u64>(i << 3, startNs, BATCH + COLUMN_CLOCK);
  }
  prepareFrames(count);
  meterBatch(count);
}

/** Fills the 64-bit column of runs at offset `runs` from the piece's at `rows`; each run has room for `room` packets. */
export function gatherLongs(rows: usize, runs: usize, room: u32, turn: u32): void {
  const from = pieceBase() + rows;
  const to = pieceBase() + runs;
  for (let run: u32 = 0; run < shardCount(); run++) {
    const end = run * room + runCount(run, turn);
    for (let i = run * room; i < end; i++) store<u64>(to + (i << 3), load<u64>(from + (rowOf(i, turn) << 3)));
  }
}

/** The same of bytes. */
export function gatherBytes(rows: usize, runs: usize, room: u32, turn: u32): void {
  const from = pieceBase() + rows;
  const to = pieceBase() + runs;
  for (let run: u32 = 0; run < shardCount(); run++) {
    const end = run * room + runCount(run, turn);
    for (let i = run * room; i < end; i++) store<u8>(to + i, load<u8>(from + rowOf(i, turn)));
  }
}

/** Back from a 64-bit column of runs, of those that a round leaves for the next, to the piece's. */
export function scatterLongs(runs: usize, rows: usize, room: u32, turn: u32): void {
  const from = roundAt(turn) + runs;
  const to = pieceBase() + rows;
  for (let run: u32 = 0; run < shardCount(); run++) {
    const end = run * room + runCount(run, turn);
    for (let i = run * room; i < end; i++) store<u64>(to + (rowOf(i, turn) << 3), load<u64>(from + (i << 3)));
  }
}

/** The same of bytes. */
export function scatterBytes(runs: usize, rows: usize, room: u32, turn: u32): void {
  const from = roundAt(turn) + runs;
  const to = pieceBase() + rows;
  for (let run: u32 = 0; run < shardCount(); run++) {
    const end = run * room + runCount(run, turn);
    for (let i = run * room; i < end; i++) store<u8>(to + rowOf(i, turn), load<u8>(from + i));
  }
}

/** Row in the piece of the packet at index `i` of the columns of runs. */
function rowOf(i: u32, turn: u32): u32 {
  return load<u16>(roundAt(turn) + (i << 1), RUN_ROW);
}
