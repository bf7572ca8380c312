/** What a path makes of a packet: all nodes asked from the leaf to the root, each seeing the color its child gave. */
import {
  CHARGE_ALONE,
  CHARGE_BORROW,
  CHARGE_SERIES,
  CLASS_CHARGE,
  COLOR_GREEN,
  COLOR_RED,
  ENTRY_BYTES,
  KERNEL_ONE_BUCKET,
  PATH_SLOTS_MAX,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_KERNEL,
  RULE_CHARGES0,
  RULE_CHARGES1,
  RULE_COLOR_MASK,
  RULE_REASON_SHIFT,
} from "../abi";
import { Bucket } from "../meter/bucket";
import { charge, judge } from "../meter/kernels";
import { Slot } from "../table/slot";
import { entriesOf, isFirstOfNode, profileOf, slotsOf } from "./classes";

/** Stands for "no slot of the path". */
export const NO_SLOT: u32 = u32.MAX_VALUE;

/** Rules of the path at hand. */
const rules = memory.data(PATH_SLOTS_MAX);

/** Color of the path judged last. */
let pathColor: u32 = 0;
/** The slot that gave this color, the first from the leaf; NO_SLOT when it is green. */
let causeSlot: u32 = NO_SLOT;

export function colorOfPath(): u32 {
  return pathColor;
}

export function causeOfPath(): u32 {
  return causeSlot;
}

export function ruleAt(k: u32): u32 {
  return load<u8>(rules + k);
}

/**
 * Judges a packet on the slots whose addresses lie at `slots`, all drained to the time in question. Changes none of
 * them: `chargePath` does.
 */
export function judgePath(slots: usize, packetClass: usize, lengthBytes: u32, colorIn: u32): void {
  const entries = entriesOf(packetClass);
  const count = slotsOf(packetClass);
  if (load<u32>(packetClass, CLASS_CHARGE) == CHARGE_BORROW) return judgeBorrowing(slots, entries, count, lengthBytes);
  pathColor = COLOR_GREEN;
  causeSlot = NO_SLOT;
  let seen = colorIn;
  let given: u32 = COLOR_GREEN;
  for (let k: u32 = 0; k < count; k++) {
    const entry = entries + k * ENTRY_BYTES;
    if (k > 0 && isFirstOfNode(entry)) {
      seen = given;
      given = COLOR_GREEN;
    }
    const rule = judge(profileOf(entry), changetype<Slot>(load<u32>(slots + (k << 2))), lengthBytes, seen);
    const color = rule & RULE_COLOR_MASK;
    store<u8>(rules + k, rule);
    given = max(given, color);
    if (color > pathColor) {
      pathColor = color;
      causeSlot = k;
    }
    if (color == <u32>COLOR_RED) return;
  }
}

/** Charges the path as it was judged: nothing of a red one, but in a series what came before the refusal. */
export function chargePath(slots: usize, packetClass: usize, lengthBytes: u32): void {
  const mode = load<u32>(packetClass, CLASS_CHARGE);
  const entries = entriesOf(packetClass);
  let end = slotsOf(packetClass);
  if (pathColor == <u32>COLOR_RED && mode != CHARGE_ALONE) {
    end = mode == CHARGE_SERIES ? causeSlot : 0;
    // A node of several slots is charged to all of them or none.
    while (!isFirstOfNode(entries + end * ENTRY_BYTES)) end--;
  }
  for (let k: u32 = 0; k < end; k++) {
    const slot = changetype<Slot>(load<u32>(slots + (k << 2)));
    charge(profileOf(entries + k * ENTRY_BYTES), slot, lengthBytes, ruleAt(k));
  }
}

/**
 * The first node with room lends (algorithm: HTB's borrowing with a proof, ARCHITECTURE.md): it and every node above it
 * are charged, and the ceilings of all. A packet that borrows above a node must leave that node's ceiling its room.
 */
function judgeBorrowing(slots: usize, entries: usize, count: u32, lengthBytes: u32): void {
  let lender: u32 = 0;
  while (lender < count && !hasRoom(slots, entries, lender, PROFILE_BUCKET0, lengthBytes)) {
    if (!isUnderCeiling(slots, entries, lender, lengthBytes)) lender = count;
    else lender++;
  }
  const isRed = lender >= count;
  pathColor = isRed ? COLOR_RED : COLOR_GREEN;
  causeSlot = isRed ? 0 : NO_SLOT;
  for (let k: u32 = 0; k < count; k++) {
    const rate: u32 = k < lender ? 0 : RULE_CHARGES0;
    store<u8>(rules + k, isRed ? COLOR_RED | (1 << RULE_REASON_SHIFT) : rate | RULE_CHARGES1);
  }
}

function hasRoom(slots: usize, entries: usize, k: u32, bucketOffset: u32, lengthBytes: u32): bool {
  const slot = changetype<Slot>(load<u32>(slots + (k << 2)));
  const bucket = profileOf(entries + k * ENTRY_BYTES) + bucketOffset;
  const units = Bucket.units(bucket, lengthBytes);
  const level = bucketOffset == PROFILE_BUCKET0 ? slot.level : slot.second;
  return Bucket.fits(bucket, level, units, Bucket.cost(bucket, units));
}

/** True when a packet may borrow above node `k`: it has no ceiling, or one with room up to its threshold. */
function isUnderCeiling(slots: usize, entries: usize, k: u32, lengthBytes: u32): bool {
  const profile = profileOf(entries + k * ENTRY_BYTES);
  if (load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_ONE_BUCKET) return true;
  return hasRoom(slots, entries, k, PROFILE_BUCKET1, lengthBytes);
}
