/** SipHash-1-3 of 64-bit integer keys, two at a time in the lanes of a vector: what `siphash` answers for each. */
import { CONFIG_SECRET0, CONFIG_SECRET1 } from "./abi";
import { setting } from "./config";

/** The last block of a key of eight bytes: nothing but its length. */
const LENGTH_BLOCK: u64 = 8 << 56;
const BLOCKS: u32 = 2;
const FINAL_ROUNDS: u32 = 3;
/** Keys that one step takes. */
export const LANES: u32 = 2;

/** Hashes the 64-bit keys at `keys` to `hashes`, LANES at a time: up to `count` rounded up. */
export function hashLanes(keys: usize, hashes: usize, count: u32): void {
  const secret0 = i64x2.splat(setting(CONFIG_SECRET0));
  const secret1 = i64x2.splat(setting(CONFIG_SECRET1));
  const start0 = v128.xor(secret0, i64x2.splat(0x736f6d6570736575));
  const start1 = v128.xor(secret1, i64x2.splat(0x646f72616e646f6d));
  const start2 = v128.xor(secret0, i64x2.splat(0x6c7967656e657261));
  const start3 = v128.xor(secret1, i64x2.splat(0x7465646279746573));
  for (let i: u32 = 0; i < count; i += LANES) {
    let v0 = start0;
    let v1 = start1;
    let v2 = start2;
    let v3 = start3;
    let block = v128.load(keys + (i << 3));
    for (let word: u32 = 0; word < BLOCKS; word++) {
      v3 = v128.xor(v3, block);
      v0 = i64x2.add(v0, v1);
      v2 = i64x2.add(v2, v3);
      v1 = v128.xor(Lanes.rotl(v1, 13), v0);
      v3 = v128.xor(Lanes.rotl16(v3), v2);
      v2 = i64x2.add(v2, v1);
      v0 = i64x2.add(Lanes.rotl32(v0), v3);
      v1 = v128.xor(Lanes.rotl(v1, 17), v2);
      v3 = v128.xor(Lanes.rotl(v3, 21), v0);
      v2 = Lanes.rotl32(v2);
      v0 = v128.xor(v0, block);
      block = i64x2.splat(LENGTH_BLOCK);
    }
    v2 = v128.xor(v2, i64x2.splat(0xff));
    for (let round: u32 = 0; round < FINAL_ROUNDS; round++) {
      v0 = i64x2.add(v0, v1);
      v2 = i64x2.add(v2, v3);
      v1 = v128.xor(Lanes.rotl(v1, 13), v0);
      v3 = v128.xor(Lanes.rotl16(v3), v2);
      v2 = i64x2.add(v2, v1);
      v0 = i64x2.add(Lanes.rotl32(v0), v3);
      v1 = v128.xor(Lanes.rotl(v1, 17), v2);
      v3 = v128.xor(Lanes.rotl(v3, 21), v0);
      v2 = Lanes.rotl32(v2);
    }
    v128.store(hashes + (i << 3), v128.xor(v128.xor(v0, v1), v128.xor(v2, v3)));
  }
}

class Lanes {
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
