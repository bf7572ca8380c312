/** Totals by color of a metered batch. */
import { BATCH, COLOR_RED, COLOR_YELLOW, COLUMN_COLOR, COLUMN_LENGTH, STAT_BYTES, STAT_PACKETS } from "./abi";
import { addStat } from "./stats";

/** Packets that one step of the vector form takes: the colors of a 128-bit load. */
const LANES: u32 = 16;

let bytesSeen: u64 = 0;
let packetsYellow: u64 = 0;
let packetsRed: u64 = 0;
let bytesYellow: u64 = 0;
let bytesRed: u64 = 0;

/** Adds the first `count` packets of the batch to the totals by color. */
export function tally(count: u32): void {
  bytesSeen = 0;
  packetsYellow = 0;
  packetsRed = 0;
  bytesYellow = 0;
  bytesRed = 0;
  let first: u32 = 0;
  if (ASC_FEATURE_SIMD) {
    first = count & ~(LANES - 1);
    tallyVectors(first);
  }
  tallyOneByOne(first, count);
  addStat(STAT_PACKETS, <u64>count - packetsYellow - packetsRed);
  addStat(STAT_PACKETS + 1, packetsYellow);
  addStat(STAT_PACKETS + 2, packetsRed);
  addStat(STAT_BYTES, bytesSeen - bytesYellow - bytesRed);
  addStat(STAT_BYTES + 1, bytesYellow);
  addStat(STAT_BYTES + 2, bytesRed);
}

/** Masks instead of branches: colors alternate unpredictably on a busy meter. */
function tallyOneByOne(first: u32, count: u32): void {
  for (let i = first; i < count; i++) {
    const color = <i32>load<u8>(i, BATCH + COLUMN_COLOR);
    const length = <u64>load<u32>(i << 2, BATCH + COLUMN_LENGTH);
    const yellow = -(<u64>(color == COLOR_YELLOW));
    const red = -(<u64>(color == COLOR_RED));
    packetsYellow -= yellow;
    packetsRed -= red;
    bytesSeen += length;
    bytesYellow += length & yellow;
    bytesRed += length & red;
  }
}

/** The same for whole groups of 16. Four lengths at a time, widened to 64 bits before they are added. */
function tallyVectors(count: u32): void {
  let all = i64x2.splat(0);
  let inYellow = i64x2.splat(0);
  let inRed = i64x2.splat(0);
  for (let i: u32 = 0; i < count; i += LANES) {
    const colors = v128.load(i, BATCH + COLUMN_COLOR);
    const yellow = i8x16.eq(colors, i8x16.splat(<i8>COLOR_YELLOW));
    const red = i8x16.eq(colors, i8x16.splat(<i8>COLOR_RED));
    packetsYellow += popcnt<u32>(i8x16.bitmask(yellow));
    packetsRed += popcnt<u32>(i8x16.bitmask(red));
    const yellowLow = i16x8.extend_low_i8x16_s(yellow);
    const yellowHigh = i16x8.extend_high_i8x16_s(yellow);
    const redLow = i16x8.extend_low_i8x16_s(red);
    const redHigh = i16x8.extend_high_i8x16_s(red);
    for (let part: u32 = 0; part < 4; part++) {
      const lengths = v128.load((i + (part << 2)) << 2, BATCH + COLUMN_LENGTH);
      const yellowHalf = part < 2 ? yellowLow : yellowHigh;
      const redHalf = part < 2 ? redLow : redHigh;
      const isLower = (part & 1) == 0;
      all = addLengths(all, lengths);
      inYellow = addLengths(inYellow, v128.and(lengths, widened(yellowHalf, isLower)));
      inRed = addLengths(inRed, v128.and(lengths, widened(redHalf, isLower)));
    }
  }
  bytesSeen = sumOf(all);
  bytesYellow = sumOf(inYellow);
  bytesRed = sumOf(inRed);
}

function widened(mask: v128, isLower: bool): v128 {
  return isLower ? i32x4.extend_low_i16x8_s(mask) : i32x4.extend_high_i16x8_s(mask);
}

function addLengths(sum: v128, lengths: v128): v128 {
  const low = i64x2.add(sum, i64x2.extend_low_i32x4_u(lengths));
  return i64x2.add(low, i64x2.extend_high_i32x4_u(lengths));
}

function sumOf(sums: v128): u64 {
  return i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
}
