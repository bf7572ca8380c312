/** The counters at STATS, and the totals by color of a metered batch. */
import { BATCH, COLOR_YELLOW, COLUMN_COLOR, COLUMN_LENGTH, STAT_BYTES, STAT_PACKETS, STATS } from "./abi";

export function addStat(stat: u32, amount: u64): void {
  store<u64>(STATS + (stat << 3), load<u64>(STATS + (stat << 3)) + amount);
}

export function setStat(stat: u32, value: u64): void {
  store<u64>(STATS + (stat << 3), value);
}

export function getStat(stat: u32): u64 {
  return load<u64>(STATS + (stat << 3));
}

/** Adds the first `count` packets of the batch to the totals by color. */
export function tally(count: u32): void {
  let packetsYellow: u64 = 0;
  let packetsRed: u64 = 0;
  let bytes: u64 = 0;
  let bytesYellow: u64 = 0;
  let bytesRed: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const color = <i32>load<u8>(i, BATCH + COLUMN_COLOR);
    const length = <u64>load<u32>(i << 2, BATCH + COLUMN_LENGTH);
    // Masks instead of branches: colors alternate unpredictably on a busy meter.
    const yellow = -(<u64>(color == COLOR_YELLOW));
    const red = -(<u64>(color > COLOR_YELLOW));
    packetsYellow -= yellow;
    packetsRed -= red;
    bytes += length;
    bytesYellow += length & yellow;
    bytesRed += length & red;
  }
  addStat(STAT_PACKETS, <u64>count - packetsYellow - packetsRed);
  addStat(STAT_PACKETS + 1, packetsYellow);
  addStat(STAT_PACKETS + 2, packetsRed);
  addStat(STAT_BYTES, bytes - bytesYellow - bytesRed);
  addStat(STAT_BYTES + 1, bytesYellow);
  addStat(STAT_BYTES + 2, bytesRed);
}
