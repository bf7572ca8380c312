import { createHash } from "node:crypto";
import type { FlowRecord, MeterEngine, MeterStats } from "../../src/types.ts";

export interface Packet {
  readonly timeNs: bigint;
  readonly length: number;
  readonly key: bigint;
}

export interface Outcome {
  readonly colors: number[];
  /** Empty unless the engine fills delays. */
  readonly delays: bigint[];
  readonly stats: MeterStats;
}

/**
 * Meters the packets in batches whose sizes are taken from `cuts` in turn, round and round. No cuts: batches as
 * large as the engine takes.
 */
export function runPackets(engine: MeterEngine, packets: readonly Packet[], cuts: readonly number[] = []): Outcome {
  const colors: number[] = [];
  const delays: bigint[] = [];
  let start = 0;
  for (let turn = 0; start < packets.length; turn += 1) {
    const size = Math.min(cuts[turn % cuts.length] ?? engine.batchPacketsMax, packets.length - start);
    fill(engine, packets.slice(start, start + size));
    engine.run(size);
    const { color, delay } = engine.batch;
    for (let index = 0; index < size; index += 1) {
      colors.push(color[index]!);
      if (delay.length > 0) delays.push((BigInt(delay[2 * index + 1]!) << 32n) | BigInt(delay[2 * index]!));
    }
    start += size;
  }
  return { colors, delays, stats: engine.stats() };
}

/** SHA-256 of one byte a packet, its color: what `--json` prints as `digest`. */
export function digestOf(colors: readonly number[]): string {
  return createHash("sha256").update(Uint8Array.from(colors)).digest("hex");
}

/** Records in the order of their keys, for engines need not agree on the order after evictions. */
export function sortedFlows(engine: MeterEngine): FlowRecord[] {
  return [...engine.flows()].toSorted((left, right) => (left.key < right.key ? -1 : 1));
}

function fill(engine: MeterEngine, packets: readonly Packet[]): void {
  const { time, length, key } = engine.batch;
  for (const [index, packet] of packets.entries()) {
    time[2 * index] = Number(packet.timeNs & 0xffff_ffffn);
    time[2 * index + 1] = Number(packet.timeNs >> 32n);
    key[2 * index] = Number(packet.key & 0xffff_ffffn);
    key[2 * index + 1] = Number(packet.key >> 32n);
    length[index] = packet.length;
  }
}
