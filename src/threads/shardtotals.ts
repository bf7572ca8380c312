/** Totals and flows of shards as words of shared memory. */
import { STAT_WORDS } from "../../assembly/abi.ts";
import { statsIn } from "../core/engine.ts";
import type { Count, FlowRecord, MeterStats } from "../types.ts";
import { RECORD_LONGS, RECORDS_AT_ONCE } from "./shardmemory.ts";

/** The totals of all shards, from the counters of each: every packet, late or not, is counted by one of them. */
export function sumOfStats(shards: readonly BigUint64Array[]): MeterStats {
  const sums = new BigUint64Array(STAT_WORDS);
  for (const stats of shards) {
    for (const [word, value] of stats.entries()) sums[word]! += value;
  }
  return statsIn(sums);
}

/** Writes the next records, as many as there is room for. Answers how many. */
export function writeRecords(records: Iterator<FlowRecord>, longs: BigUint64Array): number {
  for (let count = 0; count < RECORDS_AT_ONCE; count += 1) {
    const next = records.next();
    if (next.done === true) return count;
    const { key, green, yellow, red, firstNs, lastNs } = next.value;
    const colors = [green, yellow, red];
    const all = [key, ...colors.map(({ packets }) => packets), ...colors.map(({ bytes }) => bytes), firstNs, lastNs];
    longs.set(all, count * RECORD_LONGS);
  }
  return RECORDS_AT_ONCE;
}

/** The record at `index`. */
export function recordIn(longs: BigUint64Array, index: number): FlowRecord {
  const at = index * RECORD_LONGS;
  const color = (nth: number): Count => ({ packets: longs[at + 1 + nth]!, bytes: longs[at + 4 + nth]! });
  return {
    key: longs[at]!,
    nodeId: 0,
    green: color(0),
    yellow: color(1),
    red: color(2),
    firstNs: longs[at + 7]!,
    lastNs: longs[at + 8]!,
  };
}
