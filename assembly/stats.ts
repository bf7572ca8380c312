/** The counters at STATS. */
import { STATS } from "./abi";

export function addStat(stat: u32, amount: u64): void {
  store<u64>(STATS + (stat << 3), load<u64>(STATS + (stat << 3)) + amount);
}

export function setStat(stat: u32, value: u64): void {
  store<u64>(STATS + (stat << 3), value);
}

export function getStat(stat: u32): u64 {
  return load<u64>(STATS + (stat << 3));
}
