/**
 * Frames on a link: their departures become known after their arrival. Found by the number of the packet until then: a
 * table with open addressing, at most half full, that doubles.
 */
import { takeMemory } from "./cells";

// An entry: the packet's number and 1 (0: none), its arrival, where its frame is, its length and class.
const ENTRY_BYTES: u32 = 32;
const ENTRY_NUMBER: usize = 0;
export const UNSENT_ARRIVAL: usize = 8;
export const UNSENT_CELL: usize = 16;
export const UNSENT_LENGTH: usize = 20;
export const UNSENT_CLASS: usize = 24;
const FIRST_BITS: u32 = 10;
const BITS_MAX: u32 = 26;
/** 2^64 / golden ratio: numbers that follow each other spread evenly. */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

let entries: usize = 0;
let bits: u32 = 0;
let unsent: u32 = 0;

/** Frames that wait for their departure to become known. */
export function unsentCount(): u32 {
  return unsent;
}

/** Sees to it that one more frame can be added. False when memory does not suffice. */
export function reserveUnsent(): bool {
  if (bits != 0 && (unsent + 1) * 2 <= (<u32>1) << bits) return true;
  return grow();
}

function grow(): bool {
  const from = entries;
  const count: u32 = bits == 0 ? 0 : (<u32>1) << bits;
  const nextBits = bits == 0 ? FIRST_BITS : bits + 1;
  if (nextBits > BITS_MAX) return false;
  const bytes = ENTRY_BYTES << nextBits;
  const fresh = takeMemory(bytes);
  if (fresh == 0) return false;
  memory.fill(fresh, 0, bytes);
  entries = fresh;
  bits = nextBits;
  for (let i: u32 = 0; i < count; i++) {
    const entry = from + i * ENTRY_BYTES;
    const number = load<u64>(entry, ENTRY_NUMBER);
    if (number != 0) move(entry, emptyFrom(number));
  }
  return true;
}

function move(from: usize, to: usize): void {
  for (let at: usize = 0; at < <usize>ENTRY_BYTES; at += 8) store<u64>(to + at, load<u64>(from + at));
}

function home(number: u64): u32 {
  return <u32>((number * SPREAD) >>> (64 - bits));
}

function entryAt(index: u32): usize {
  return entries + (index & (((<u32>1) << bits) - 1)) * ENTRY_BYTES;
}

function emptyFrom(number: u64): usize {
  let index = home(number);
  while (load<u64>(entryAt(index), ENTRY_NUMBER) != 0) index++;
  return entryAt(index);
}

/** Adds packet `index`, for which `reserveUnsent` has made room. */
export function addUnsent(index: u64, arrivalNs: u64, cell: usize, lengthBytes: u32, packetClass: u32): void {
  const entry = emptyFrom(index + 1);
  store<u64>(entry, index + 1, ENTRY_NUMBER);
  store<u64>(entry, arrivalNs, UNSENT_ARRIVAL);
  store<u32>(entry, <u32>cell, UNSENT_CELL);
  store<u32>(entry, lengthBytes, UNSENT_LENGTH);
  store<u32>(entry, packetClass, UNSENT_CLASS);
  unsent++;
}

/** Entry of packet `index`, or 0: it was not added, or has been removed. */
export function findUnsent(index: u64): usize {
  if (bits == 0) return 0;
  let at = home(index + 1);
  while (true) {
    const entry = entryAt(at);
    const number = load<u64>(entry, ENTRY_NUMBER);
    if (number == index + 1) return entry;
    if (number == 0) return 0;
    at++;
  }
}

/** Removes an entry. Those behind it that could not lie where they belong move up, so that none is lost. */
export function removeUnsent(entry: usize): void {
  const mask = ((<u32>1) << bits) - 1;
  let hole = <u32>((entry - entries) / ENTRY_BYTES);
  let next = hole;
  while (true) {
    next = (next + 1) & mask;
    const number = load<u64>(entryAt(next), ENTRY_NUMBER);
    if (number == 0) break;
    // How far it lies from home, and how far the hole does: it may move up unless that is before its home.
    if (((next - home(number)) & mask) >= ((next - hole) & mask)) {
      move(entryAt(next), entryAt(hole));
      hole = next;
    }
  }
  store<u64>(entryAt(hole), 0, ENTRY_NUMBER);
  unsent--;
}
