/**
 * One flow in the table. A line of 64 bytes holds two slots, or four compact ones (line.ts), which have the same word;
 * zeroed memory is a line of absent flows.
 *
 *   byte   0 ...................... 7   8 .... 15   16 .... 23   24 .......... 31
 *          word (see below)             lastNs      level        second
 *
 *   word:  bit 63 .. 56   55 ............ 50   49 ............................ 0
 *          always zero    displacement + 1     low 50 bits of the flow's hash
 *
 * The line's index holds the top bits of the hash, from 14 on, so word and index together are the whole 64-bit
 * hash (in smaller tables 50 bits and more: fewer flows, no more collisions), and a table can be rebuilt without keys.
 * The zero byte is what a touch writes (batch.ts). `second` is the level of the second bucket, or what else a meter
 * keeps; meters of one bucket have the index of the flow's record there. For others, and for policies of classes, the
 * record lies beside the table (side.ts).
 */
import { SLOT_BYTES } from "../abi";

/** Mask of the hash bits kept in a word. */
export const LOW_HASH_MASK: u64 = (1 << 50) - 1;
/** One step of displacement; a word below this value is an empty slot. */
export const DISPLACEMENT_ONE: u64 = 1 << 50;
/** Offset of a slot's last field. */
export const SLOT_SECOND: usize = 24;
/** The byte of a line (and of a record) that is zero at all times. */
export const TOUCH_BYTE: usize = 7;

@unmanaged
export class Slot {
  word: u64;
  lastNs: u64;
  level: u64;
  second: u64;

  @inline isEmpty(): bool {
    return this.word < DISPLACEMENT_ONE;
  }

  /** Lines between the flow's home line and this one. */
  @inline displacement(): u32 {
    return <u32>(this.word >>> 50) - 1;
  }
}

if (offsetof<Slot>() != SLOT_BYTES) ERROR("Slot must fill SLOT_BYTES");
if (offsetof<Slot>("second") != 24) ERROR("SLOT_SECOND must be where second lies");

/** Copies time and levels of a slot; not its word. Plain stores: a bulk copy of 24 bytes is a call out of the core. */
export function copyFields(from: usize, to: usize): void {
  store<u64>(to, load<u64>(from, 8), 8);
  store<u64>(to, load<u64>(from, 16), 16);
  store<u64>(to, load<u64>(from, 24), 24);
}

/** Makes them zero. */
export function zeroFields(slot: usize): void {
  store<u64>(slot, 0, 8);
  store<u64>(slot, 0, 16);
  store<u64>(slot, 0, 24);
}
