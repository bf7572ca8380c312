/**
 * SipHash-1-3 of keys of one length, as `siphash` has it, six at a time: two in the lanes of each of two vectors and two
 * in integer registers. Keys lie by blocks of 64 bits: a column of their first blocks, one of their second ones. One
 * round is a chain of operations that wait for each other, so several keys go side by side; and vectors and integers have
 * ports of their own in the processor, so the two in registers cost next to nothing: four in vectors alone took 2 ns a
 * packet more (0.91 and 0.93 of the time, at one and ten million flows); one or three in registers gain 1.4.
 *
 * After that it is the number of instructions that counts, so the last five rounds are written out, which are all that
 * integers and the 5-tuples of IPv4 have: 0.93 of the time of a whole packet at a thousand flows, 1.8 kB of the module.
 */
import { CONFIG_SECRET0, CONFIG_SECRET1 } from "./abi";
import { setting } from "./config";
import { unrolled } from "./unrolled";

const KEYS_PER_STEP: u32 = 6;
/** From a key's block to its next one: whole steps. */
export const LANES_COLUMN_BYTES: usize = 96 * 8;

/** The four words that a key's state begins with, twice each. */
const started = memory.data(4 * 16, 16);
/** The last block of a key of eight bytes, for all keys of a step: nothing but its length. */
const integerEnds = memory.data<u64>([8 << 56, 8 << 56, 8 << 56, 8 << 56, 8 << 56, 8 << 56]);

/** The same with a salt in it. */
const saltedEnds = memory.data(6 * 8, 16);

/** Hashes `count` integers of 64 bits at `keys` to `hashes`, both with room for six. */
export function hashIntegerLanes(keys: usize, hashes: usize, count: u32): void {
  hashLanes(keys, 1, integerEnds, false, hashes, count);
}

/** The same with a salt (siphash.ts). */
export function hashSaltedLanes(keys: usize, salt: u32, hashes: usize, count: u32): void {
  const end: u64 = (8 << 56) | ((<u64>salt) << 40);
  for (let key: u32 = 0; key < KEYS_PER_STEP; key++) store<u64>(saltedEnds + (key << 3), end);
  hashLanes(keys, 1, saltedEnds, false, hashes, count);
}

/**
 * Hashes `count` keys of `words` whole blocks and an end, the bytes behind those with the length in the top byte, to
 * `hashes`. The columns of blocks are at `keys`, LANES_COLUMN_BYTES apart; behind them is that of ends if each key
 * `hasEnd`, else the ends of one step are at `ends` for all. All have room for six; the last step takes keys again that
 * others had.
 */
export function hashLanes(keys: usize, words: u32, ends: usize, hasEnd: bool, hashes: usize, count: u32): void {
  start();
  const last = max(count, KEYS_PER_STEP) - KEYS_PER_STEP;
  for (let i: u32 = 0; i < count; i += KEYS_PER_STEP) {
    const at: usize = min(i, last) << 3;
    let column = keys + at;
    let a0 = v128.load(started);
    let b0 = a0;
    let c0 = load<u64>(started);
    let d0 = c0;
    let a1 = v128.load(started, 16);
    let b1 = a1;
    let c1 = load<u64>(started, 16);
    let d1 = c1;
    let a2 = v128.load(started, 32);
    let b2 = a2;
    let c2 = load<u64>(started, 32);
    let d2 = c2;
    let a3 = v128.load(started, 48);
    let b3 = a3;
    let c3 = load<u64>(started, 48);
    let d3 = c3;
    let blockA = v128.load(column);
    let blockB = v128.load(column, 16);
    let blockC = load<u64>(column, 32);
    let blockD = load<u64>(column, 40);
    for (let word: u32 = 1; word < words; word++) {
      a3 = v128.xor(a3, blockA);
      b3 = v128.xor(b3, blockB);
      c3 ^= blockC;
      d3 ^= blockD;
      a0 = i64x2.add(a0, a1);
      b0 = i64x2.add(b0, b1);
      c0 += c1;
      d0 += d1;
      a2 = i64x2.add(a2, a3);
      b2 = i64x2.add(b2, b3);
      c2 += c3;
      d2 += d3;
      a1 = v128.xor(Lanes.rotl(a1, 13), a0);
      b1 = v128.xor(Lanes.rotl(b1, 13), b0);
      c1 = rotl(c1, 13) ^ c0;
      d1 = rotl(d1, 13) ^ d0;
      a3 = v128.xor(Lanes.rotl16(a3), a2);
      b3 = v128.xor(Lanes.rotl16(b3), b2);
      c3 = rotl(c3, 16) ^ c2;
      d3 = rotl(d3, 16) ^ d2;
      a2 = i64x2.add(a2, a1);
      b2 = i64x2.add(b2, b1);
      c2 += c1;
      d2 += d1;
      a0 = i64x2.add(Lanes.rotl32(a0), a3);
      b0 = i64x2.add(Lanes.rotl32(b0), b3);
      c0 = rotl(c0, 32) + c3;
      d0 = rotl(d0, 32) + d3;
      a1 = v128.xor(Lanes.rotl(a1, 17), a2);
      b1 = v128.xor(Lanes.rotl(b1, 17), b2);
      c1 = rotl(c1, 17) ^ c2;
      d1 = rotl(d1, 17) ^ d2;
      a3 = v128.xor(Lanes.rotl(a3, 21), a0);
      b3 = v128.xor(Lanes.rotl(b3, 21), b0);
      c3 = rotl(c3, 21) ^ c0;
      d3 = rotl(d3, 21) ^ d0;
      a2 = Lanes.rotl32(a2);
      b2 = Lanes.rotl32(b2);
      c2 = rotl(c2, 32);
      d2 = rotl(d2, 32);
      a0 = v128.xor(a0, blockA);
      b0 = v128.xor(b0, blockB);
      c0 ^= blockC;
      d0 ^= blockD;
      column += LANES_COLUMN_BYTES;
      blockA = v128.load(column);
      blockB = v128.load(column, 16);
      blockC = load<u64>(column, 32);
      blockD = load<u64>(column, 40);
    }
    for (let round: u32 = 0; round < unrolled(5); round++) {
      if (round == 1) {
        column = hasEnd ? column + LANES_COLUMN_BYTES : ends;
        blockA = v128.load(column);
        blockB = v128.load(column, 16);
        blockC = load<u64>(column, 32);
        blockD = load<u64>(column, 40);
      }
      if (round < 2) {
        a3 = v128.xor(a3, blockA);
        b3 = v128.xor(b3, blockB);
        c3 ^= blockC;
        d3 ^= blockD;
      }
      a0 = i64x2.add(a0, a1);
      b0 = i64x2.add(b0, b1);
      c0 += c1;
      d0 += d1;
      a2 = i64x2.add(a2, a3);
      b2 = i64x2.add(b2, b3);
      c2 += c3;
      d2 += d3;
      a1 = v128.xor(Lanes.rotl(a1, 13), a0);
      b1 = v128.xor(Lanes.rotl(b1, 13), b0);
      c1 = rotl(c1, 13) ^ c0;
      d1 = rotl(d1, 13) ^ d0;
      a3 = v128.xor(Lanes.rotl16(a3), a2);
      b3 = v128.xor(Lanes.rotl16(b3), b2);
      c3 = rotl(c3, 16) ^ c2;
      d3 = rotl(d3, 16) ^ d2;
      a2 = i64x2.add(a2, a1);
      b2 = i64x2.add(b2, b1);
      c2 += c1;
      d2 += d1;
      a0 = i64x2.add(Lanes.rotl32(a0), a3);
      b0 = i64x2.add(Lanes.rotl32(b0), b3);
      c0 = rotl(c0, 32) + c3;
      d0 = rotl(d0, 32) + d3;
      a1 = v128.xor(Lanes.rotl(a1, 17), a2);
      b1 = v128.xor(Lanes.rotl(b1, 17), b2);
      c1 = rotl(c1, 17) ^ c2;
      d1 = rotl(d1, 17) ^ d2;
      a3 = v128.xor(Lanes.rotl(a3, 21), a0);
      b3 = v128.xor(Lanes.rotl(b3, 21), b0);
      c3 = rotl(c3, 21) ^ c0;
      d3 = rotl(d3, 21) ^ d0;
      a2 = Lanes.rotl32(a2);
      b2 = Lanes.rotl32(b2);
      c2 = rotl(c2, 32);
      d2 = rotl(d2, 32);
      if (round < 2) {
        a0 = v128.xor(a0, blockA);
        b0 = v128.xor(b0, blockB);
        c0 ^= blockC;
        d0 ^= blockD;
      }
      if (round == 1) {
        a2 = v128.xor(a2, i64x2.splat(0xff));
        b2 = v128.xor(b2, i64x2.splat(0xff));
        c2 ^= 0xff;
        d2 ^= 0xff;
      }
    }
    v128.store(hashes + at, v128.xor(v128.xor(a0, a1), v128.xor(a2, a3)));
    v128.store(hashes + at, v128.xor(v128.xor(b0, b1), v128.xor(b2, b3)), 16);
    store<u64>(hashes + at, c0 ^ c1 ^ c2 ^ c3, 32);
    store<u64>(hashes + at, d0 ^ d1 ^ d2 ^ d3, 40);
  }
}

/** The state of every key before its first block. */
function start(): void {
  const secret0 = setting(CONFIG_SECRET0);
  const secret1 = setting(CONFIG_SECRET1);
  v128.store(started, i64x2.splat(secret0 ^ 0x736f6d6570736575));
  v128.store(started, i64x2.splat(secret1 ^ 0x646f72616e646f6d), 16);
  v128.store(started, i64x2.splat(secret0 ^ 0x6c7967656e657261), 32);
  v128.store(started, i64x2.splat(secret1 ^ 0x7465646279746573), 48);
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
