/** Totals of shards as words of shared memory, and together. */
import type { Count, FlowRecord, MeterStats } from "../types.ts";
import { RECORD_LONGS, RECORDS_AT_ONCE } from "./shardmemory.ts";

/** Colors and causes, each as packets and bytes, then flows, evicted flows and late packets. */
const COUNTS = ["green", "yellow", "red", "oversize", "untracked", "unqueued"] as const;
const FLOWS = 2 * COUNTS.length;
const EVICTED_FLOWS = FLOWS + 1;
const REGRESSIONS = FLOWS + 2;

export function writeStats(stats: MeterStats, words: BigUint64Array): void {
  for (const [index, name] of COUNTS.entries()) {
    words[2 * index] = stats[name].packets;
    words[2 * index + 1] = stats[name].bytes;
  }
  words[FLOWS] = BigInt(stats.flows);
  words[EVICTED_FLOWS] = stats.evictedFlows;
  words[REGRESSIONS] = stats.regressions;
}

/** The totals of all shards. Each of them has seen the same late packets. */
export function sumOfStats(shards: readonly BigUint64Array[]): MeterStats {
  const sum = (word: number) => shards.reduce((total, words) => total + words[word]!, 0n);
  const count = (name: (typeof COUNTS)[number]): Count => {
    const word = 2 * COUNTS.indexOf(name);
    return { packets: sum(word), bytes: sum(word + 1) };
  };
  return {
    green: count("green"),
    yellow: count("yellow"),
    red: count("red"),
    oversize: count("oversize"),
    untracked: count("untracked"),
    unqueued: count("unqueued"),
    regressions: shards[0]![REGRESSIONS]!,
    flows: Number(sum(FLOWS)),
    evictedFlows: sum(EVICTED_FLOWS),
  };
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
