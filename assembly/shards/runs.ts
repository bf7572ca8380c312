/** Columns on their way between rows of a piece and its runs, and the runs that this core meters. */
import { BATCH, COLUMN_CLOCK } from "../abi";
import { RUN_ROW } from "../abi/shards";
import { meterBatch, prepareFrames } from "../batch";
import { newestBefore, pieceBase, runCount, runStart } from "./piece";

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

/** Fills the 64-bit column of runs at offset `runs` from the piece's at `rows`. */
export function gatherLongs(rows: usize, runs: usize, shards: u32): void {
  for (let run: u32 = 0; run < shards; run++) {
    const end = runStart(run) + runCount(run);
    for (let i = runStart(run); i < end; i++) {
      store<u64>(pieceBase() + runs + (i << 3), load<u64>(pieceBase() + rows + (rowOf(i) << 3)));
    }
  }
}

/** The same of bytes. */
export function gatherBytes(rows: usize, runs: usize, shards: u32): void {
  for (let run: u32 = 0; run < shards; run++) {
    const end = runStart(run) + runCount(run);
    for (let i = runStart(run); i < end; i++) {
      store<u8>(pieceBase() + runs + i, load<u8>(pieceBase() + rows + rowOf(i)));
    }
  }
}

/** Back from the 64-bit column of runs at offset `runs` to the piece's at `rows`. */
export function scatterLongs(runs: usize, rows: usize, shards: u32): void {
  for (let run: u32 = 0; run < shards; run++) {
    const end = runStart(run) + runCount(run);
    for (let i = runStart(run); i < end; i++) {
      store<u64>(pieceBase() + rows + (rowOf(i) << 3), load<u64>(pieceBase() + runs + (i << 3)));
    }
  }
}

/** The same of bytes. */
export function scatterBytes(runs: usize, rows: usize, shards: u32): void {
  for (let run: u32 = 0; run < shards; run++) {
    const end = runStart(run) + runCount(run);
    for (let i = runStart(run); i < end; i++) {
      store<u8>(pieceBase() + rows + rowOf(i), load<u8>(pieceBase() + runs + i));
    }
  }
}

function rowOf(i: u32): u32 {
  return load<u16>(pieceBase() + (i << 1), RUN_ROW);
}
