/** The packet loop of policies with classes: each packet through the slots of its class's path. */
import {
  ACTION_BLOCK,
  ACTION_METER,
  BATCH,
  CLASS_ACTION,
  CLASS_IS_PLAIN,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_DELAY,
  COLUMN_LENGTH,
  COLUMN_REASON,
  CONFIG_DELAYS,
  CONFIG_PATH_SLOTS,
  CONFIG_RECORDS,
  ENTRY_BYTES,
  KERNEL_WEIGHTED,
  PATH_SLOTS_MAX,
  PROFILE_BUCKET0,
  PROFILE_KERNEL,
  REASON_BLOCKED,
  REASON_BUCKET,
  REASON_COLOR_IN,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_UNTRACKED,
  RECORD_UNTRACKED,
  RULE_REASON_SHIFT,
  SLOT_BYTES,
} from "../abi";
import { CONFIG_PASSED_CLOCK } from "../abi/rewrite";
import { recordOf } from "../admission/evict";
import { isSet, setting } from "../config";
import { Bucket, DELAY_NEVER } from "../meter/bucket";
import { reasonOfRule, refresh } from "../meter/kernels";
import { OneBucket } from "../meter/onebucket";
import { advanceGroup, chargeWeighted, delayOfWeighted, hasGroupRoom, judgeWeighted } from "../weighted/group";
import { classOf, entriesOf, nodeOf, profileOf, slotsOf } from "../path/classes";
import { recordColumn } from "../path/columns";
import { delayOfPath } from "../path/delay";
import { causeOfPath, chargePath, colorOfPath, judgePath, ruleAt } from "../path/judge";
import { isOversizeForPath } from "../path/oversize";
import { resolvePath } from "../admission/resolve";
import { endOfPathBlock, findPathSlots, slotsOfPath } from "../path/places";
import { countClassOversize, countClassUntracked, countColor, countRefusal } from "../path/tally";
import { sideOf } from "../table/side";
import { copyFields, Slot } from "../table/slot";
import { countOversize, refuseUntracked } from "./outcome";
import { isSideRead, touchSide } from "./places";
import { colorOfArrival } from "./twobuckets";

/** Levels of the path at hand with the packet in them. */
const charged = memory.data(PATH_SLOTS_MAX * 8, 8);
/** Its slots before the packet, where only packets that pass carry the clock. */
const saved = memory.data(PATH_SLOTS_MAX * SLOT_BYTES, 8);

export function meterPaths(first: u32, end: u32): void {
  const pathSlots = <u32>setting(CONFIG_PATH_SLOTS);
  for (let block = first; block < end; block = endOfPathBlock(block, end)) {
    const blockEnd = endOfPathBlock(block, end);
    findPathSlots(block, blockEnd, pathSlots);
    if (isSideRead()) touchSides(block, blockEnd, pathSlots);
    for (let i = block; i < blockEnd; i++) meterPacket(i);
  }
}

function touchSides(first: u32, end: u32, pathSlots: u32): void {
  for (let i = first; i < end; i++) {
    const slots = slotsOfPath(i);
    for (let k: u32 = 0; k < pathSlots; k++) {
      const slot = load<u32>(slots + (k << 2));
      if (slot != 0) touchSide(slot);
    }
  }
}

function meterPacket(i: u32): void {
  const packetClass = classOf(i);
  const action = load<u32>(packetClass, CLASS_ACTION);
  if (action == ACTION_METER) return meterOne(i, packetClass);
  if (isSet(CONFIG_RECORDS)) forgetRecords(i, 0);
  if (action == ACTION_BLOCK) answer(i, packetClass, COLOR_RED, REASON_BLOCKED, DELAY_NEVER);
  else answer(i, packetClass, COLOR_GREEN, REASON_NONE, 0);
}

function meterOne(i: u32, packetClass: usize): void {
  const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
  const entries = entriesOf(packetClass);
  const isWeighted = load<u64>(profileOf(entries), PROFILE_KERNEL) == <u64>KERNEL_WEIGHTED;
  // Drained flows of the group must be known as such before room is made among them.
  if (isWeighted) advanceGroup(profileOf(entries), nowNs);
  const slots = slotsOf(packetClass);
  if (!resolvePath(i, nowNs, entries, slots)) return refuse(i, packetClass);
  if (isSet(CONFIG_RECORDS)) noteRecords(i, slots);
  if (isWeighted) meterWeighted(i, packetClass, entries);
  else if (load<u32>(packetClass, CLASS_IS_PLAIN) != 0) meterPlain(i, packetClass, entries, slots, nowNs);
  else meterPath(i, packetClass, entries, slots, nowNs);
}

/**
 * The usual path: one bucket a node, all or none, nothing asked for but colors. What `meterPath` does, without its
 * tables of rules and colors.
 */
function meterPlain(i: u32, packetClass: usize, entries: usize, count: u32, nowNs: u64): void {
  const slots = slotsOfPath(i);
  const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
  for (let k: u32 = 0; k < count; k++) {
    const bucket = profileOf(entries + k * ENTRY_BYTES) + PROFILE_BUCKET0;
    const slot = changetype<Slot>(load<u32>(slots + (k << 2)));
    const level = Bucket.lowered(slot.level, Bucket.drained(bucket, nowNs - slot.lastNs));
    const units = Bucket.units(bucket, lengthBytes);
    const cost = Bucket.cost(bucket, units);
    // A slot that stays as it was drains from there: nothing is written before all have agreed.
    if (!Bucket.fits(bucket, level, units, cost)) return refusePlain(i, packetClass, nodeOf(entries + k * ENTRY_BYTES));
    store<u64>(charged + (k << 3), level + cost);
  }
  for (let k: u32 = 0; k < count; k++) {
    const slot = changetype<Slot>(load<u32>(slots + (k << 2)));
    slot.lastNs = nowNs;
    slot.level = load<u64>(charged + (k << 3));
  }
  color(i, packetClass, COLOR_GREEN);
}

function refusePlain(i: u32, packetClass: usize, node: u32): void {
  if (isTooLargeForPlain(packetClass, load<u32>(i << 2, BATCH + COLUMN_LENGTH))) noteOversize(i, packetClass);
  else countRefusal(packetClass, i, node);
  color(i, packetClass, COLOR_RED);
}

/** What `isOversizeForPath` answers where every node has one bucket. */
function isTooLargeForPlain(packetClass: usize, lengthBytes: u32): bool {
  const count = slotsOf(packetClass);
  const entries = entriesOf(packetClass);
  for (let k: u32 = 0; k < count; k++) {
    if (OneBucket.isOversize(profileOf(entries + k * ENTRY_BYTES), lengthBytes)) return true;
  }
  return false;
}

function meterPath(i: u32, packetClass: usize, entries: usize, count: u32, nowNs: u64): void {
  const slots = slotsOfPath(i);
  const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
  const colorIn = colorOfArrival(i);
  if (isSet(CONFIG_PASSED_CLOCK)) savePath(slots, count);
  for (let k: u32 = 0; k < count; k++) {
    refresh(profileOf(entries + k * ENTRY_BYTES), changetype<Slot>(load<u32>(slots + (k << 2))), nowNs);
  }
  judgePath(slots, packetClass, lengthBytes, colorIn);
  const pathColor = colorOfPath();
  if (pathColor == <u32>COLOR_GREEN) {
    chargePath(slots, packetClass, lengthBytes);
    return answer(i, packetClass, COLOR_GREEN, REASON_NONE, 0);
  }
  const cause = causeOfPath();
  const entry = entries + cause * ENTRY_BYTES;
  let reason = reasonOfRule(ruleAt(cause), cause);
  let delayNs: u64 = 0;
  if (pathColor == <u32>COLOR_RED) {
    // Both judge the path again, on other slots: its own verdict has to be the last one when it is charged.
    if (reason != REASON_COLOR_IN && isOversizeForPath(packetClass, lengthBytes, colorIn)) reason = REASON_OVERSIZE;
    if (isSet(CONFIG_DELAYS)) delayNs = delayOfPath(slots, packetClass, lengthBytes, colorIn);
    judgePath(slots, packetClass, lengthBytes, colorIn);
  }
  if (pathColor == <u32>COLOR_RED && isSet(CONFIG_PASSED_CLOCK)) restorePath(slots, count);
  else chargePath(slots, packetClass, lengthBytes);
  if (reason == REASON_OVERSIZE) noteOversize(i, packetClass);
  else if (pathColor == <u32>COLOR_RED && reason >= <u32>REASON_BUCKET) countRefusal(packetClass, i, nodeOf(entry));
  answer(i, packetClass, pathColor, reason, delayNs);
}

/** Keeps the slots of a path as they are before a packet that may be refused. */
function savePath(slots: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++) copyFields(load<u32>(slots + (k << 2)), saved + k * SLOT_BYTES);
}

/** A refused packet that leaves no trace. */
function restorePath(slots: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++) copyFields(saved + k * SLOT_BYTES, load<u32>(slots + (k << 2)));
}

function meterWeighted(i: u32, packetClass: usize, entries: usize): void {
  const profile = profileOf(entries);
  const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
  const record = recordOf(changetype<Slot>(load<u32>(slotsOfPath(i))));
  if (!hasGroupRoom(profile, record)) return refuse(i, packetClass);
  const rule = judgeWeighted(profile, record, lengthBytes);
  if (rule >>> RULE_REASON_SHIFT == 0) {
    chargeWeighted(profile, record, lengthBytes);
    return answer(i, packetClass, COLOR_GREEN, REASON_NONE, 0);
  }
  const isTooLarge = OneBucket.isOversize(profile, lengthBytes);
  if (isTooLarge) noteOversize(i, packetClass);
  else countRefusal(packetClass, i, 0);
  const reason = isTooLarge ? <u32>REASON_OVERSIZE : <u32>REASON_BUCKET;
  answer(i, packetClass, COLOR_RED, reason, isSet(CONFIG_DELAYS) ? delayOfWeighted(profile, record, lengthBytes) : 0);
}

/** Which records the packet counts in: those of its path's nodes, of `count` slots. */
function noteRecords(i: u32, count: u32): void {
  const slots = slotsOfPath(i);
  for (let k: u32 = 0; k < count; k++) {
    store<u32>(recordColumn(k) + (i << 2), load<u32>(sideOf(load<u32>(slots + (k << 2)))));
  }
  forgetRecords(i, count);
}

/** From path slot `from` on the packet counts in no record of its own. */
function forgetRecords(i: u32, from: u32): void {
  const pathSlots = <u32>setting(CONFIG_PATH_SLOTS);
  for (let k = from; k < pathSlots; k++) store<u32>(recordColumn(k) + (i << 2), RECORD_UNTRACKED);
}

function noteOversize(i: u32, packetClass: usize): void {
  countOversize(i);
  countClassOversize(packetClass, i);
}

/** There is no room for the packet's flow, or for a node above it. */
function refuse(i: u32, packetClass: usize): void {
  refuseUntracked(i);
  if (isSet(CONFIG_RECORDS)) forgetRecords(i, 0);
  countClassUntracked(packetClass, i);
  answer(i, packetClass, COLOR_RED, REASON_UNTRACKED, DELAY_NEVER);
}

function answer(i: u32, packetClass: usize, packetColor: u32, reason: u32, delayNs: u64): void {
  store<u8>(i, reason, BATCH + COLUMN_REASON);
  store<u64>(i << 3, delayNs, BATCH + COLUMN_DELAY);
  color(i, packetClass, packetColor);
}

function color(i: u32, packetClass: usize, packetColor: u32): void {
  store<u8>(i, packetColor, BATCH + COLUMN_COLOR);
  countColor(packetClass, i, packetColor);
}
