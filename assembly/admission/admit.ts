/**
 * The paths off the packet loop: a flow that is not at home in its line, or not in the table at all. A full table
 * gives up drained flows only (a drained flow equals a new one, so no verdict changes); with none at hand the packet
 * is refused and counted as untracked.
 */
import {
  BATCH,
  COLUMN_KEY,
  COLUMN_TIME,
  COLUMN_USER_KEY,
  CONFIG_FLOWS_MAX,
  CONFIG_INTEGER_KEYS,
  CONFIG_RECORDS,
  KEY_BYTES,
  LINE_BYTES,
  RECORD_FIRST,
  RECORD_UNTRACKED,
  SLOT_BYTES,
  STAT_FLOWS,
} from "./abi";
import { isSet, setting } from "./config";
import { copyKey, writeIntegerKey } from "./flowkey";
import { levelAt } from "./meter/bucket";
import { accountUpTo, countEviction, keyAt, recordAt, retireRecord, takeRecord } from "./records";
import { getStat, setStat } from "./stats";
import { finishGrowth, isGrowing, startGrowth } from "./table/growth";
import { Slot } from "./table/slot";
import { allTableBytes, findSlot, homeLine, removeSlot, tableBase, tableLines, takeSlot } from "./table/table";

/**
 * Lines that one admission may search for a drained flow: bounds the work a packet, whatever the keys, and covers the
 * smallest table (64 lines and 62 spare ones) whole.
 */
const SEARCH_LINES: u32 = 128;

let lineBitsMax: u32 = 0;

/** The table may grow to 2^bits lines. */
export function setLineBitsMax(bits: u32): void {
  lineBitsMax = bits;
}

/** The slot of a hash that is not in its home line; a new flow is admitted for packet `i`. 0: there is no room. */
export function slotFor(hash: u64, i: u32, nowNs: u64): usize {
  const slot = findSlot(hash);
  return slot != 0 ? slot : admit(hash, i, nowNs);
}

function admit(hash: u64, i: u32, nowNs: u64): usize {
  const flows = getStat(STAT_FLOWS);
  if (flows >= setting(CONFIG_FLOWS_MAX) && !evictDrained(hash, i, nowNs)) return 0;
  if (flows >= <u64>tableLines() && !isGrowing()) startGrowth(lineBitsMax);
  let slot = placeFlow(hash, i);
  // Memory has come to its end before `maxFlows`.
  if (slot == 0 && evictDrained(hash, i, nowNs)) slot = placeFlow(hash, i);
  if (slot != 0) setStat(STAT_FLOWS, getStat(STAT_FLOWS) + 1);
  return slot;
}

/** Slot and record of a new flow, both or none (0). */
function placeFlow(hash: u64, i: u32): usize {
  const slot = makeSlot(hash);
  if (slot == 0 || !isSet(CONFIG_RECORDS) || attachRecord(changetype<Slot>(slot), i)) return slot;
  if (isGrowing()) finishGrowth();
  removeSlot(findSlot(hash));
  return 0;
}

/** An empty slot; when PROBE_LINES_MAX lines are full, growth is brought forward. */
function makeSlot(hash: u64): usize {
  // Without memory to grow into, the table fills past one flow a line; the last tenth is never used, or probes crawl.
  if (getStat(STAT_FLOWS) * 10 >= <u64>tableLines() * 18) return 0;
  let slot = takeSlot(hash);
  if (slot != 0) return slot;
  if (isGrowing() || startGrowth(lineBitsMax)) {
    finishGrowth();
    slot = takeSlot(hash);
  }
  return slot;
}

function attachRecord(slot: Slot, i: u32): bool {
  const index = takeRecord();
  if (index == u32.MAX_VALUE) return false;
  slot.record = index;
  store<u64>(recordAt(index), load<u64>(i << 3, BATCH + COLUMN_TIME), RECORD_FIRST);
  const key = keyAt(index);
  if (isSet(CONFIG_INTEGER_KEYS)) writeIntegerKey(key, load<u64>(i << 3, BATCH + COLUMN_USER_KEY));
  else copyKey(BATCH + COLUMN_KEY + i * KEY_BYTES, key);
  return true;
}

/**
 * Drops the first line with drained flows at or behind the new flow's home line. It has to be there: a hand that went
 * round the table would let whole regions fill up just ahead of it. True when at least one flow was dropped.
 */
function evictDrained(hash: u64, i: u32, nowNs: u64): bool {
  if (isGrowing()) finishGrowth();
  // Records change hands below: the packets so far belong to their old owners.
  if (isSet(CONFIG_RECORDS)) accountUpTo(i);
  const end = tableBase + allTableBytes();
  let line = homeLine(hash);
  for (let searched: u32 = 0; searched < SEARCH_LINES; searched++) {
    const inFirst = evictIfDrained(line, nowNs);
    const inSecond = evictIfDrained(line + SLOT_BYTES, nowNs);
    if (inFirst || inSecond) return true;
    line += LINE_BYTES;
    if (line == end) line = tableBase;
  }
  return false;
}

function evictIfDrained(address: usize, nowNs: u64): bool {
  const slot = changetype<Slot>(address);
  if (slot.isEmpty() || levelAt(slot, nowNs) != 0) return false;
  if (slot.record != RECORD_UNTRACKED) retireRecord(slot.record);
  removeSlot(address);
  setStat(STAT_FLOWS, getStat(STAT_FLOWS) - 1);
  countEviction();
  return true;
}
