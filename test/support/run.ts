import { createHash } from "node:crypto";
import type { FlowRecord, MeterEngine, MeterStats } from "../../src/types.ts";

export interface Packet {
  readonly timeNs: bigint;
  readonly length: number;
  readonly key: bigint;
  /** Default: green. */
  readonly colorIn?: number;
  /** Under a class policy: index of its class (default 0), and keys of the nodes above the leaf (default 0). */
  readonly class?: number;
  readonly nodeKeys?: readonly bigint[];
}

export interface Departure {
  readonly ns: bigint;
  readonly rest: bigint;
}

const DROPPED = 2n ** 64n - 1n;

export interface Outcome {
  readonly colors: number[];
  /** Empty unless the engine fills delays. */
  readonly delays: bigint[];
  /** Empty unless the engine fills delays. */
  readonly reasons: number[];
  /** Of shapers, else empty: the instant a packet has left, in whole ns, and parts of a ns before that; null: dropped. */
  readonly departures: (Departure | null)[];
  /** A pair a packet; empty unless the engine fills levels. */
  readonly levels: (readonly [bigint, bigint])[];
  readonly stats: MeterStats;
}

/**
 * Meters the packets in batches whose sizes are taken from `cuts` in turn, round and round. No cuts: batches as
 * large as the engine takes.
 */
export function runPackets(engine: MeterEngine, packets: readonly Packet[], cuts: readonly number[] = []): Outcome {
  const colors: number[] = [];
  const delays: bigint[] = [];
  const reasons: number[] = [];
  const departures: (Departure | null)[] = [];
  const levels: (readonly [bigint, bigint])[] = [];
  let start = 0;
  for (let turn = 0; start < packets.length; turn += 1) {
    const size = Math.min(cuts[turn % cuts.length] ?? engine.batchPacketsMax, packets.length - start);
    fill(engine, packets.slice(start, start + size));
    engine.run(size);
    const { color, delay, reason, levels: levelColumns, departure, departureRest } = engine.batch;
    const [first, second] = levelColumns;
    for (let index = 0; index < size; index += 1) {
      colors.push(color[index]!);
      if (delay.length > 0) delays.push(wordsAt(delay, index));
      if (delay.length > 0) reasons.push(reason[index]!);
      if (departure.length > 0) {
        const [ns, rest] = [wordsAt(departure, index), wordsAt(departureRest, index)];
        departures.push(ns === DROPPED ? null : { ns, rest });
      }
      if (first !== undefined) levels.push([wordsAt(first, index), wordsAt(second!, index)]);
    }
    start += size;
  }
  return { colors, delays, reasons, departures, levels, stats: engine.stats() };
}

function wordsAt(column: Uint32Array, index: number): bigint {
  return (BigInt(column[2 * index + 1]!) << 32n) | BigInt(column[2 * index]!);
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
  const { time, length, key, colorIn, class: classes, nodeKeys } = engine.batch;
  for (const [index, packet] of packets.entries()) {
    putWords(time, index, packet.timeNs);
    putWords(key, index, packet.key);
    length[index] = packet.length;
    colorIn[index] = packet.colorIn ?? 0;
    if (classes.length > 0) classes[index] = packet.class ?? 0;
    for (const [level, column] of nodeKeys.entries()) putWords(column, index, packet.nodeKeys?.[level] ?? 0n);
  }
}

function putWords(column: Uint32Array, index: number, value: bigint): void {
  column[2 * index] = Number(value & 0xffff_ffffn);
  column[2 * index + 1] = Number(value >> 32n);
}
