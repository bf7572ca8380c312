/**
 * SipHash-1-3 of 64-bit integer keys, as `siphash` has it: two keys in the lanes of a vector, and two vectors at a time,
 * because one round is a chain of operations that wait for each other (16.3 ns a packet became 12.7, 1 k flows). The round
 * stands twice, for the reason that `siphash` gives.
 */
import { CONFIG_SECRET0, CONFIG_SECRET1 } from "./abi";
import { setting } from "./config";

/** The last block of a key of eight bytes: nothing but its length. */
const LENGTH_BLOCK: u64 = 8 << 56;
const BLOCKS: u32 = 2;
const FINAL_ROUNDS: u32 = 3;
const KEYS_PER_STEP: u32 = 4;

/** Hashes `count` keys at `keys` to `hashes`, both with room for `count` rounded up to a multiple of four. */
export function hashLanes(keys: usize, hashes: usize, count: u32): void {
  const secret0 = i64x2.splat(setting(CONFIG_SECRET0));
  const secret1 = i64x2.splat(setting(CONFIG_SECRET1));
  const start0 = v128.xor(secret0, i64x2.splat(0x736f6d6570736575));
  const start1 = v128.xor(secret1, i64x2.splat(0x646f72616e646f6d));
  const start2 = v128.xor(secret0, i64x2.splat(0x6c7967656e657261));
  const start3 = v128.xor(secret1, i64x2.splat(0x7465646279746573));
  for (let i: u32 = 0; i < count; i += KEYS_PER_STEP) {
    let a0 = start0;
    let b0 = start0;
    let a1 = start1;
    let b1 = start1;
    let a2 = start2;
    let b2 = start2;
    let a3 = start3;
    let b3 = start3;
    let blockA = v128.load(keys + (i << 3));
    let blockB = v128.load(keys + (i << 3), 16);
    for (let word: u32 = 0; word < BLOCKS; word++) {
      a3 = v128.xor(a3, blockA);
      b3 = v128.xor(b3, blockB);
      a0 = i64x2.add(a0, a1);
      b0 = i64x2.add(b0, b1);
      a2 = i64x2.add(a2, a3);
      b2 = i64x2.add(b2, b3);
      a1 = v128.xor(Lanes.rotl(a1, 13), a0);
      b1 = v128.xor(Lanes.rotl(b1, 13), b0);
      a3 = v128.xor(Lanes.rotl16(a3), a2);
      b3 = v128.xor(Lanes.rotl16(b3), b2);
      a2 = i64x2.add(a2, a1);
      b2 = i64x2.add(b2, b1);
      a0 = i64x2.add(Lanes.rotl32(a0), a3);
      b0 = i64x2.add(Lanes.rotl32(b0), b3);
      a1 = v128.xor(Lanes.rotl(a1, 17), a2);
      b1 = v128.xor(Lanes.rotl(b1, 17), b2);
      a3 = v128.xor(Lanes.rotl(a3, 21), a0);
      b3 = v128.xor(Lanes.rotl(b3, 21), b0);
      a2 = Lanes.rotl32(a2);
      b2 = Lanes.rotl32(b2);
      a0 = v128.xor(a0, blockA);
      b0 = v128.xor(b0, blockB);
      blockA = i64x2.splat(LENGTH_BLOCK);
      blockB = blockA;
    }
    a2 = v128.xor(a2, i64x2.splat(0xff));
    b2 = v128.xor(b2, i64x2.splat(0xff));
    for (let round: u32 = 0; round < FINAL_ROUNDS; round++) {
      a0 = i64x2.add(a0, a1);
      b0 = i64x2.add(b0, b1);
      a2 = i64x2.add(a2, a3);
      b2 = i64x2.add(b2, b3);
      a1 = v128.xor(Lanes.rotl(a1, 13), a0);
      b1 = v128.xor(Lanes.rotl(b1, 13), b0);
      a3 = v128.xor(Lanes.rotl16(a3), a2);
      b3 = v128.xor(Lanes.rotl16(b3), b2);
      a2 = i64x2.add(a2, a1);
      b2 = i64x2.add(b2, b1);
      a0 = i64x2.add(Lanes.rotl32(a0), a3);
      b0 = i64x2.add(Lanes.rotl32(b0), b3);
      a1 = v128.xor(Lanes.rotl(a1, 17), a2);
      b1 = v128.xor(Lanes.rotl(b1, 17), b2);
      a3 = v128.xor(Lanes.rotl(a3, 21), a0);
      b3 = v128.xor(Lanes.rotl(b3, 21), b0);
      a2 = Lanes.rotl32(a2);
      b2 = Lanes.rotl32(b2);
    }
    v128.store(hashes + (i << 3), v128.xor(v128.xor(a0, a1), v128.xor(a2, a3)));
    v128.store(hashes + (i << 3), v128.xor(v128.xor(b0, b1), v128.xor(b2, b3)), 16);
  }
}

export class Lanes {
  @inline static rotl(lanes: v128, bits: i32): v128 {
    return v128.or(i64x2.shl(lanes, bits), i64x2.shr_u(lanes, 64 - bits));
  }

  /** Whole bytes rotate in one shuffle. */
  @inline static rotl16(lanes: v128): v128 {
    return i8x16.shuffle(lanes, lanes, 6, 7, 0, 1, 2, 3, 4, 5, 14, 15, 8, 9, 10, 11, 12, 13);
  }

  @inline static rotl32(lanes: v128): v128 {
    return i32x4.shuffle(lanes, lanes, 1, 0, 3, 2);
  }
}
