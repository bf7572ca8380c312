/** Columns on their way between rows of a piece and its runs, and the runs that this core meters. */
import { BATCH, COLUMN_CLOCK } from "../abi";
import { RUN_ROW } from "../abi/shards";
import { meterBatch, prepareFrames } from "../batch";
import { newestBefore, pieceBase, roundAt } from "./piece";

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

/**
 * Fills `count` packets of the 64-bit column of runs at offset `runs`, from index `first` on, from the piece's column at
 * offset `rows`.
 */
export function gatherLongs(rows: usize, runs: usize, first: u32, count: u32, turn: u32): void {
  const row = roundAt(turn);
  const from = pieceBase() + rows;
  const to = pieceBase() + runs;
  for (let i = first; i < first + count; i++) store<u64>(to + (i << 3), load<u64>(from + (rowOf(row, i) << 3)));
}

/** The same of bytes. */
export function gatherBytes(rows: usize, runs: usize, first: u32, count: u32, turn: u32): void {
  const row = roundAt(turn);
  const from = pieceBase() + rows;
  const to = pieceBase() + runs;
  for (let i = first; i < first + count; i++) store<u8>(to + i, load<u8>(from + rowOf(row, i)));
}

/** Back from a 64-bit column of runs, of those that a round leaves for the next, to the piece's. */
export function scatterLongs(runs: usize, rows: usize, first: u32, count: u32, turn: u32): void {
  const row = roundAt(turn);
  const to = pieceBase() + rows;
  for (let i = first; i < first + count; i++) store<u64>(to + (rowOf(row, i) << 3), load<u64>(row + runs + (i << 3)));
}

/** The same of bytes. */
export function scatterBytes(runs: usize, rows: usize, first: u32, count: u32, turn: u32): void {
  const row = roundAt(turn);
  const to = pieceBase() + rows;
  for (let i = first; i < first + count; i++) store<u8>(to + rowOf(row, i), load<u8>(row + runs + i));
}

/** Row in the piece of the packet at index `i` of the columns of runs, of the round at `round`. */
function rowOf(round: usize, i: u32): u32 {
  return load<u16>(round + (i << 1), RUN_ROW);
}
