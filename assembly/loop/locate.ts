/** From a packet to its flow's slot, and the outcomes that every packet loop shares. */
import {
  BATCH,
  COLOR_RED,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_HASH,
  COLUMN_LENGTH,
  CONFIG_RECORDS,
  LINE_BYTES,
  RECORD_UNTRACKED,
  STAT_OVERSIZE_BYTES,
  STAT_OVERSIZE_PACKETS,
  STAT_UNTRACKED_BYTES,
  STAT_UNTRACKED_PACKETS,
} from "../abi";
import { slotFor } from "../admission/admit";
import { isSet } from "../config";
import { addStat } from "../stats";
import { SIDE_TOUCH_BYTE, sideOf } from "../table/side";
import { TOUCH_BYTE } from "../table/slot";
import { hasSide, Home, homeLine, tableLines } from "../table/table";

/**
 * Packets whose lines are touched together, before the first of them is metered. A blind one-byte store starts a line's
 * way into the cache and retires at once, where a load would hold the reorder buffer; and a loop of nothing but touches
 * keeps as many of them in flight as the store buffer holds (ARCHITECTURE.md).
 */
export const BLOCK_PACKETS: u32 = 64;

/** Tables of fewer lines than this (2 MiB) lie in a cache that is near enough. */
const NEAR_LINES: u32 = 1 << 15;

export class Locate {
  /** The slot of packet `i`'s flow, admitted if it is new; 0 when there is no room. */
  @inline static slot(i: u32, nowNs: u64): usize {
    const hash = load<u64>(i << 3, BATCH + COLUMN_HASH);
    const home = Home.slot(hash);
    return home != 0 ? home : slotFor(hash, i, nowNs);
  }
}

/** Starts the lines of packets [first, end) on their way, and what lies beside the table for them. */
export function touchLines(hashes: usize, first: u32, end: u32): void {
  if (tableLines() > NEAR_LINES) touchBothLines(hashes, first, end);
  else for (let i = first; i < end; i++) store<u8>(homeLine(load<u64>(hashes + (i << 3))) + TOUCH_BYTE, 0);
  if (!hasSide() || !isSet(CONFIG_RECORDS)) return;
  for (let i = first; i < end; i++) {
    store<u8>(sideOf(homeLine(load<u64>(hashes + (i << 3)))) + SIDE_TOUCH_BYTE, 0);
  }
}

/** A flow that is not in its home line lies in the next one as a rule. Adjacent lines share a page and a row: 2 to 4 ns. */
function touchBothLines(hashes: usize, first: u32, end: u32): void {
  for (let i = first; i < end; i++) {
    const line = homeLine(load<u64>(hashes + (i << 3)));
    store<u8>(line + TOUCH_BYTE, 0);
    store<u8>(line + LINE_BYTES + TOUCH_BYTE, 0);
  }
}

export function countOversize(i: u32): void {
  addStat(STAT_OVERSIZE_PACKETS, 1);
  addStat(STAT_OVERSIZE_BYTES, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
}

/** Refuses a packet whose flow found no room. */
export function refuseUntracked(i: u32): void {
  store<u8>(i, COLOR_RED, BATCH + COLUMN_COLOR);
  store<u32>(i << 2, RECORD_UNTRACKED, BATCH + COLUMN_FLOW);
  addStat(STAT_UNTRACKED_PACKETS, 1);
  addStat(STAT_UNTRACKED_BYTES, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
}
