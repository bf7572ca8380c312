/** A new flow's slot, its record and its first state. */
import {
  BATCH,
  BUCKET_INITIAL,
  COLUMN_KEY,
  COLUMN_TIME,
  COLUMN_USER_KEY,
  CONFIG_ENTRIES,
  CONFIG_FLOWS_EXPECTED,
  CONFIG_INTEGER_KEYS,
  CONFIG_RECORDS,
  EARLY_GROWTH,
  ENTRY_BY,
  ENTRY_BYTES,
  ENTRY_PREFIX,
  KERNEL_TWO_BUCKETS,
  KERNEL_WEIGHTED,
  KEY_BYTES,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_KERNEL,
  PROFILE_WEIGHT,
  RECORD_FIRST,
  RECORD_UNTRACKED,
  STAT_FLOWS,
} from "../abi";
import { KERNEL_TWO_RATE_SHAPER } from "../abi/shaper";
import { isSet, setting } from "../config";
import { copyKey, writeIntegerKey } from "../flowkey";
import { beginWeighted } from "../weighted/flow";
import { deriveKey } from "../net/derive";
import { isFirstOfNode, nodeOf } from "../path/classes";
import { nodeKeyColumn } from "../path/columns";
import { keyAt, recordAt, setEntryOf, takeRecord, weightedAt } from "../records";
import { beginQueue } from "../shape/kernels";
import { Finish } from "../meter/finish";
import { getStat, setStat } from "../stats";
import { finishGrowth, isGrowing, startGrowth } from "../table/growth";
import { removeSlot } from "../table/removal";
import { sideOf } from "../table/side";
import { isCompact } from "../table/line";
import { Slot } from "../table/slot";
import { findSlot, hasSide, takeSlot, usualFlows } from "../table/table";

/** Stands for the entry of a policy of one meter, which has none. */
export const SINGLE_ENTRY: usize = 0;

let lineBitsMax: u32 = 0;

/** The table may grow to 2^bits lines. */
export function setLineBitsMax(bits: u32): void {
  lineBitsMax = bits;
}

/** Slot and record of a new flow that stands at `entry` of a path, both or none (0). */
export function placeFlow(hash: u64, i: u32, nowNs: u64, profile: usize, entry: usize): usize {
  if (isGrowthDue() && !isGrowing()) startGrowth(lineBitsMax);
  const address = makeSlot(hash);
  if (address == 0) return 0;
  const slot = changetype<Slot>(address);
  if (!attach(slot, i, profile, entry)) {
    removeSlot(findSlot(hash));
    return 0;
  }
  setStat(STAT_FLOWS, getStat(STAT_FLOWS) + 1);
  beginLevels(slot, profile, nowNs);
  beginQueue(profile, address);
  return address;
}

/** Half of the slots taken starts the move; nearly any, where far more flows are expected than the table is for. */
export function isGrowthDue(): bool {
  const usual = usualFlows();
  return getStat(STAT_FLOWS) >= usual || setting(CONFIG_FLOWS_EXPECTED) > EARLY_GROWTH * usual;
}

/** An empty slot; when PROBE_LINES_MAX lines are full, growth is brought forward. */
function makeSlot(hash: u64): usize {
  // Without memory to grow into, the table fills further; the last tenth is never used, or probes crawl.
  if (getStat(STAT_FLOWS) * 10 >= usualFlows() * 18) return 0;
  let slot = takeSlot(hash);
  if (slot != 0) return slot;
  // Keys that crowd one place of a table with room elsewhere: a larger one would not part them.
  if (getStat(STAT_FLOWS) * 4 < usualFlows()) return 0;
  if (isGrowing() || startGrowth(lineBitsMax)) {
    finishGrowth();
    slot = takeSlot(hash);
  }
  return slot;
}

/** Gives the flow its record, if records are kept and it is the first slot of its node. False when memory has ended. */
function attach(slot: Slot, i: u32, profile: usize, entry: usize): bool {
  let record: u32 = RECORD_UNTRACKED;
  if (isSet(CONFIG_RECORDS) && (entry == SINGLE_ENTRY || isFirstOfNode(entry))) {
    record = takeRecord();
    if (record == u32.MAX_VALUE) return false;
    store<u64>(recordAt(record), load<u64>(i << 3, BATCH + COLUMN_TIME), RECORD_FIRST);
    writeKeyOf(record, i, entry);
    if (load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_WEIGHTED) {
      beginWeighted(weightedAt(record), <u32>load<u64>(profile, PROFILE_WEIGHT));
    }
  }
  if (hasSide()) store<u32>(sideOf(changetype<usize>(slot)), record);
  else if (record != RECORD_UNTRACKED) slot.second = record;
  if (entry != SINGLE_ENTRY) noteEntry(slot, record, entry);
  return true;
}

/** Slots and records of classes know where on which path they stand. */
function noteEntry(slot: Slot, record: u32, entry: usize): void {
  const index = <u32>(entry - <usize>setting(CONFIG_ENTRIES)) / ENTRY_BYTES;
  store<u32>(sideOf(changetype<usize>(slot)), index, 4);
  if (record != RECORD_UNTRACKED) setEntryOf(record, index);
}

/** The key that names the flow: the caller's, or that of the frame, coarsened as the path's node has it. */
function writeKeyOf(record: u32, i: u32, entry: usize): void {
  const key = keyAt(record);
  const frameKey = BATCH + COLUMN_KEY + i * KEY_BYTES;
  if (isSet(CONFIG_INTEGER_KEYS)) {
    const node = entry == SINGLE_ENTRY ? 0 : nodeOf(entry);
    const column: usize = node == 0 ? <usize>(BATCH + COLUMN_USER_KEY) : nodeKeyColumn(node);
    writeIntegerKey(key, load<u64>(column + (i << 3)));
  } else if (entry == SINGLE_ENTRY) {
    copyKey(frameKey, key);
  } else {
    deriveKey(frameKey, key, load<u32>(entry, ENTRY_BY), load<u32>(entry, ENTRY_PREFIX));
  }
}

/** A new flow begins drained, as its zeroed slot says, unless the policy states an initial fill. */
function beginLevels(slot: Slot, profile: usize, nowNs: u64): void {
  if (!hasInitialFill(profile)) return;
  if (isCompact)
    return Finish.begin(changetype<usize>(slot), load<u64>(profile, PROFILE_BUCKET0 + BUCKET_INITIAL), nowNs);
  slot.lastNs = nowNs;
  slot.level = load<u64>(profile, PROFILE_BUCKET0 + BUCKET_INITIAL);
  if (isOfTwo(profile)) slot.second = load<u64>(profile, PROFILE_BUCKET1 + BUCKET_INITIAL);
}

/** True when new flows do not begin drained. */
export function hasInitialFill(profile: usize): bool {
  const initial0 = load<u64>(profile, PROFILE_BUCKET0 + BUCKET_INITIAL);
  return (initial0 | load<u64>(profile, PROFILE_BUCKET1 + BUCKET_INITIAL)) != 0;
}

/** True for a slot whose `second` is a level. */
export function isOfTwo(profile: usize): bool {
  const kernel = <u32>load<u64>(profile, PROFILE_KERNEL);
  return kernel == KERNEL_TWO_BUCKETS || kernel == KERNEL_TWO_RATE_SHAPER;
}
