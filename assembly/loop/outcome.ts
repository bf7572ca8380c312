/** The outcomes that every packet loop shares. */
import {
  BATCH,
  COLOR_RED,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_LENGTH,
  RECORD_UNTRACKED,
  STAT_OVERSIZE_BYTES,
  STAT_OVERSIZE_PACKETS,
  STAT_UNTRACKED_BYTES,
  STAT_UNTRACKED_PACKETS,
} from "../abi";
import { addStat } from "../stats";

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
