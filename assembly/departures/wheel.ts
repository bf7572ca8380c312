/**
 * Keys in order of departure, exactly: a timing wheel of 16 levels of 256 slots over the 128 bits of a key, 8 of time
 * and 8 of the tie, so that its granularity is one key and its horizon all of time. A key lies at the level of the
 * highest byte in which it differs from the floor, which no key lies below, in the slot of that byte's value. Time only
 * goes on, so a key moves down at most 16 times, usually once or twice, and short slots are sorted where they are.
 */
import { allocateZeroed } from "../arena";
import { BLOCK_KEYS, BLOCK_NEXT, giveBlock, KEYS_PER_BLOCK, reserveBlocks, takeBlock } from "./blocks";
import { KEY_BYTES, KEY_TIE, KEY_TIME, sinkKey } from "./keys";

const LEVELS: u32 = 16;
const TIE_LEVELS: u32 = 8;
const LEVEL_SLOTS: u32 = 256;
const SLOTS: u32 = LEVELS * LEVEL_SLOTS;

// A slot: its list of blocks, the keys in the last of them, and in all.
const SLOT_BYTES: u32 = 16;
const SLOT_FIRST: usize = 0;
const SLOT_LAST: usize = 4;
const SLOT_LAST_KEYS: usize = 8;
const SLOT_KEYS: usize = 12;

/** A slot of up to so many keys is sorted by insertion. */
const SORTED_KEYS_MAX: u32 = 8;
/** A slot of up to so many by counting, if no more than SORTED_KEYS_MAX have one value of the next byte. */
const COUNTED_KEYS_MAX: u32 = 512;
/** A 16-bit count for each value of a byte. */
const COUNTS_BYTES: usize = 512;
/** Keys that are handed out together. */
const DUE_MAX: u32 = 2048;

const counts = memory.data(512, 8);

let slots: usize = 0;
/** A bit for each slot of a level that has keys, 32 bytes a level. */
let occupied: usize = 0;
/** A bit for each level that has keys. */
let levels: u32 = 0;
let floorTime: u64 = 0;
let floorTie: u64 = 0;
let keyCount: u32 = 0;

/** Keys in order that `nextDue` answered last. */
let due: usize = 0;
let dueCount: u32 = 0;

/** False when memory does not suffice. */
export function createWheel(): bool {
  slots = allocateZeroed(SLOTS * SLOT_BYTES);
  occupied = allocateZeroed(SLOTS / 8);
  due = allocateZeroed(DUE_MAX * KEY_BYTES);
  return slots != 0 && occupied != 0 && due != 0 && reserveBlocks(0, SLOTS);
}

/** Sees to it that so many more keys can be put. False when memory does not suffice. */
export function reserveKeys(count: u32): bool {
  return reserveBlocks(keyCount + count, SLOTS);
}

/** Adds a key that `reserveKeys` has made room for. `time` is not before that of the last `raiseFloor`. */
export function putKey(time: u64, tie: u64): void {
  assert(time >= floorTime);
  keyCount++;
  place(time, tie);
}

function place(time: u64, tie: u64): void {
  const timeChange = time ^ floorTime;
  const isTie = timeChange == 0;
  const byte = topByte(isTie ? tie ^ floorTie : timeChange);
  const level = isTie ? byte : byte + TIE_LEVELS;
  const digit = (<u32>((isTie ? tie : time) >>> (byte << 3))) & (LEVEL_SLOTS - 1);
  append(level, digit, time, tie);
}

/** Number of the highest byte that is not 0, 0 when all are. */
function topByte(value: u64): u32 {
  return (63 - <u32>clz<u64>(value | 1)) >>> 3;
}

function append(level: u32, digit: u32, time: u64, tie: u64): void {
  const index = level * LEVEL_SLOTS + digit;
  const slot = slots + index * SLOT_BYTES;
  const keys = load<u32>(slot, SLOT_KEYS);
  let block: usize = load<u32>(slot, SLOT_LAST);
  let lastKeys = load<u32>(slot, SLOT_LAST_KEYS);
  if (keys == 0 || lastKeys == KEYS_PER_BLOCK) {
    const next = takeBlock();
    if (keys == 0) {
      store<u32>(slot, <u32>next, SLOT_FIRST);
      store<u64>(
        occupied + ((index >>> 6) << 3),
        load<u64>(occupied + ((index >>> 6) << 3)) | ((<u64>1) << (index & 63)),
      );
      levels |= 1 << level;
    } else {
      store<u32>(block, <u32>next, BLOCK_NEXT);
    }
    store<u32>(slot, <u32>next, SLOT_LAST);
    block = next;
    lastKeys = 0;
  }
  const key = block + BLOCK_KEYS + lastKeys * KEY_BYTES;
  store<u64>(key, time, KEY_TIME);
  store<u64>(key, tie, KEY_TIE);
  store<u32>(slot, lastKeys + 1, SLOT_LAST_KEYS);
  store<u32>(slot, keys + 1, SLOT_KEYS);
}

/**
 * Takes the earliest keys with a time before `timeNs`, at most DUE_MAX, in order. Answers how many: they are at `dueAt`.
 * With none left the floor is `timeNs`: no key before it may be put any more.
 */
export function nextDue(timeNs: u64): u32 {
  dueCount = 0;
  while (levels != 0 && dueCount + COUNTED_KEYS_MAX <= DUE_MAX) {
    const level = <u32>ctz<u32>(levels);
    const digit = firstDigit(level);
    if (level < TIE_LEVELS) {
      if (floorTime >= timeNs) break;
      openTie(level, digit);
    } else {
      const shift = (<u64>(level - TIE_LEVELS)) << 3;
      const below = ((<u64>1) << shift) - 1;
      const start = (floorTime & ~(below | ((<u64>LEVEL_SLOTS - 1) << shift))) | ((<u64>digit) << shift);
      if (start > timeNs) break;
      floorTime = start;
      floorTie = 0;
      if ((start | below) < timeNs) openWhole(level, digit);
      else spread(level, digit);
    }
  }
  if (dueCount == 0) raiseFloor(timeNs);
  keyCount -= dueCount;
  return dueCount;
}

/** Address of key `index` of those that `nextDue` took last. */
export function dueAt(index: u32): usize {
  return due + index * KEY_BYTES;
}

/** Every key at or above `timeNs`, and those of the slot that `timeNs` falls into spread already. */
function raiseFloor(timeNs: u64): void {
  if (timeNs <= floorTime) return;
  floorTime = timeNs;
  floorTie = 0;
}

/** A slot of one time: keys that differ in their ties only. */
function openTie(level: u32, digit: u32): void {
  const shift = (<u64>level) << 3;
  const below = ((<u64>1) << shift) - 1;
  floorTie = (floorTie & ~(below | ((<u64>LEVEL_SLOTS - 1) << shift))) | ((<u64>digit) << shift);
  openWhole(level, digit);
}

/** A slot all of whose keys are due: in order if it is short, or else spread over the levels below. */
function openWhole(level: u32, digit: u32): void {
  const slot = slots + (level * LEVEL_SLOTS + digit) * SLOT_BYTES;
  const keys = load<u32>(slot, SLOT_KEYS);
  const block: usize = load<u32>(slot, SLOT_FIRST);
  if (keys <= SORTED_KEYS_MAX) {
    // They are one block.
    copySorted(block + BLOCK_KEYS, keys);
    giveBlock(block);
  } else if (level > TIE_LEVELS && keys <= COUNTED_KEYS_MAX && copyCounted(block, keys, level - TIE_LEVELS - 1)) {
    giveBlocks(block);
  } else {
    return spread(level, digit);
  }
  dueCount += keys;
  empty(level, digit);
}

function copySorted(keys: usize, count: u32): void {
  const target = due + dueCount * KEY_BYTES;
  for (let i: u32 = 0; i < count; i++) {
    copyKey(keys + i * KEY_BYTES, target + i * KEY_BYTES);
    sinkKey(target, i + 1);
  }
}

/**
 * Puts keys in order by a count of the values of byte `byte` of their times, and then by insertion. False, and nothing is
 * done, when too many have one value for that.
 */
function copyCounted(first: usize, count: u32, byte: u32): bool {
  const shift = (<u64>byte) << 3;
  for (let at: usize = 0; at < COUNTS_BYTES; at += 8) store<u64>(counts + at, 0);
  for (let block = first, left = count; left != 0; block = load<u32>(block, BLOCK_NEXT)) {
    const keys = min(left, KEYS_PER_BLOCK);
    for (let i: u32 = 0; i < keys; i++) {
      const place = countOf(block + BLOCK_KEYS + i * KEY_BYTES, shift);
      store<u16>(place, load<u16>(place) + 1);
    }
    left -= keys;
  }
  let before: u32 = 0;
  for (let at: usize = 0; at < COUNTS_BYTES; at += 2) {
    const same = <u32>load<u16>(counts + at);
    if (same > SORTED_KEYS_MAX) return false;
    store<u16>(counts + at, <u16>before);
    before += same;
  }
  const target = due + dueCount * KEY_BYTES;
  for (let block = first, left = count; left != 0; block = load<u32>(block, BLOCK_NEXT)) {
    const keys = min(left, KEYS_PER_BLOCK);
    for (let i: u32 = 0; i < keys; i++) {
      const key = block + BLOCK_KEYS + i * KEY_BYTES;
      const place = countOf(key, shift);
      const index = <u32>load<u16>(place);
      store<u16>(place, <u16>(index + 1));
      copyKey(key, target + index * KEY_BYTES);
    }
    left -= keys;
  }
  for (let i: u32 = 1; i < count; i++) sinkKey(target, i + 1);
  return true;
}

/** Where keys with the byte at `shift` of this one's time are counted. */
function countOf(key: usize, shift: u64): usize {
  return counts + (((<usize>(load<u64>(key, KEY_TIME) >>> shift)) & (LEVEL_SLOTS - 1)) << 1);
}

function copyKey(from: usize, to: usize): void {
  store<u64>(to, load<u64>(from, KEY_TIME), KEY_TIME);
  store<u64>(to, load<u64>(from, KEY_TIE), KEY_TIE);
}

function giveBlocks(first: usize): void {
  let block = first;
  while (block != 0) {
    const next: usize = load<u32>(block, BLOCK_NEXT);
    giveBlock(block);
    block = next;
  }
}

/** Moves the keys of a slot, which now begins at the floor, to lower levels. */
function spread(level: u32, digit: u32): void {
  const slot = slots + (level * LEVEL_SLOTS + digit) * SLOT_BYTES;
  let block: usize = load<u32>(slot, SLOT_FIRST);
  const lastKeys = load<u32>(slot, SLOT_LAST_KEYS);
  empty(level, digit);
  while (block != 0) {
    const next: usize = load<u32>(block, BLOCK_NEXT);
    const keys = next == 0 ? lastKeys : KEYS_PER_BLOCK;
    for (let key = block + BLOCK_KEYS, i: u32 = 0; i < keys; i++, key += KEY_BYTES) {
      place(load<u64>(key, KEY_TIME), load<u64>(key, KEY_TIE));
    }
    giveBlock(block);
    block = next;
  }
}

function empty(level: u32, digit: u32): void {
  store<u32>(slots + (level * LEVEL_SLOTS + digit) * SLOT_BYTES, 0, SLOT_KEYS);
  const first = occupied + level * (LEVEL_SLOTS / 8);
  const word = first + ((digit >>> 6) << 3);
  store<u64>(word, load<u64>(word) & ~((<u64>1) << (digit & 63)));
  if ((load<u64>(first) | load<u64>(first, 8) | load<u64>(first, 16) | load<u64>(first, 24)) == 0)
    levels &= ~(1 << level);
}

/** The first slot with keys of a level that has some. */
function firstDigit(level: u32): u32 {
  let word = occupied + level * (LEVEL_SLOTS / 8);
  let digit: u32 = 0;
  while (load<u64>(word) == 0) {
    word += 8;
    digit += 64;
  }
  return digit + <u32>ctz<u64>(load<u64>(word));
}
