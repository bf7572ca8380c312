/** From a packet to its flow's slot, and the outcomes that every packet loop shares. */
import {
  BATCH,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_HASH,
  COLUMN_LENGTH,
  CONFIG_RECORDS,
  LINE_BYTES,
  PROFILE,
  RECORD_UNTRACKED,
  STAT_OVERSIZE_BYTES,
  STAT_OVERSIZE_PACKETS,
  STAT_UNTRACKED_BYTES,
  STAT_UNTRACKED_PACKETS,
} from "../abi";
import { slotFor } from "../admission/admit";
import { isSet } from "../config";
import { hasHeldBeside } from "../shape/held";
import { addStat } from "../stats";
import { SIDE_TOUCH_BYTE, sideOf } from "../table/side";
import { TOUCH_BYTE } from "../table/slot";
import { hasSide, Home, homeLine, isSplit, tableBase, tableLines, tableShift } from "../table/table";

/**
 * Packets whose lines are touched together, before the first of them is metered. A blind one-byte store starts a line's
 * way into the cache and retires at once, where a load would hold the reorder buffer; and a loop of nothing but touches
 * keeps as many of them in flight as the store buffer holds (ARCHITECTURE.md). Of 64, 128, 256, 512 and 1024 packets 256
 * took the least time: 0.94 of what blocks of 64 took at ten million flows, 0.97 at one.
 */
export const BLOCK_PACKETS: u32 = 256;

/** Tables of fewer lines than this (2 MiB) lie in a cache that is near enough. */
const NEAR_LINES: u32 = 1 << 15;

/** Home lines of the block's packets, 32 bits each, by the last bits of their row. */
const homeLines = memory.data(256 * 4, 64);
if (BLOCK_PACKETS != 256) ERROR("home lines must hold a block");
/** The row behind the block's last. */
let blockEnd: u32 = 0;
/** Above NEAR_LINES: both lines in which a flow is as a rule are touched, and looked at, at once. */
export let isFar: bool = false;

export class Locate {
  /** The slot of packet `i`'s flow when it is where most are; 0 when it is not. Its line has been touched. */
  @inline static near(i: u32): usize {
    const hash = load<u64>(i << 3, BATCH + COLUMN_HASH);
    const line = notedLine(i);
    return isFar ? Home.orNext(line, hash) : Home.slotIn(line, hash);
  }
}

/** The slot of packet `i`'s flow, in the packet's turn: a new flow may take the place of others. 0: there is no room. */
export function slotInTurn(i: u32): usize {
  const near = Locate.near(i);
  return near != 0 ? near : slotElsewhere(i);
}

/** The slot of a flow that is not in its home line. The table may be another one then: the lines are found anew. */
function slotElsewhere(i: u32): usize {
  const base = tableBase;
  const slot = slotFor(load<u64>(i << 3, BATCH + COLUMN_HASH), i, load<u64>(i << 3, BATCH + COLUMN_CLOCK));
  if (base != tableBase) touchLines(BATCH + COLUMN_HASH, i + 1, blockEnd);
  return slot;
}

/**
 * Starts the lines of packets [first, end) on their way, and what lies beside the table for them; `Locate` finds the lines
 * noted.
 */
export function touchLines(hashes: usize, first: u32, end: u32): void {
  blockEnd = end;
  if (isSplit()) noteSplitLines(hashes, first, end);
  else noteLines(hashes, first, end);
  isFar = tableLines() > NEAR_LINES;
  if (isFar) touchBothLines(first, end);
  else for (let i = first; i < end; i++) store<u8>(notedLine(i), 0, TOUCH_BYTE);
  if (!isSideRead()) return;
  for (let i = first; i < end; i++) store<u8>(sideOf(notedLine(i)) + SIDE_TOUCH_BYTE, 0);
}

/** True when what lies beside a slot is read for each packet. */
function isSideRead(): bool {
  return hasSide() && (isSet(CONFIG_RECORDS) || hasHeldBeside(PROFILE));
}

/** A loop of its own: among touches, which wait for memory, each store of a line would take the place of one. */
function noteLines(hashes: usize, first: u32, end: u32): void {
  const base = tableBase;
  const shift = tableShift;
  for (let i = first; i < end; i++) {
    noteLine(i, base + ((<usize>(load<u64>(hashes + (i << 3)) >>> shift)) << 6));
  }
}

/** While the table grows, a hash tells which of the two it is in. */
function noteSplitLines(hashes: usize, first: u32, end: u32): void {
  for (let i = first; i < end; i++) noteLine(i, homeLine(load<u64>(hashes + (i << 3))));
}

function noteLine(i: u32, line: usize): void {
  store<u32>(homeLines + ((i % BLOCK_PACKETS) << 2), <u32>line);
}

export function notedLine(i: u32): usize {
  return load<u32>(homeLines + ((i % BLOCK_PACKETS) << 2));
}

/** A flow that is not in its home line lies in the next one as a rule. Adjacent lines share a page and a row: 2 to 4 ns. */
function touchBothLines(first: u32, end: u32): void {
  for (let i = first; i < end; i++) {
    const line = notedLine(i);
    store<u8>(line, 0, TOUCH_BYTE);
    store<u8>(line, 0, LINE_BYTES + TOUCH_BYTE);
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
