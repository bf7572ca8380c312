// Traces with one purpose each.
import * as fc from "fast-check";
import { levelAt, offer, unitsOf, type BucketState } from "../../src/reference/bucket.ts";
import { fraction, multiply, ZERO } from "../../src/reference/rational.ts";
import type { BucketDefinition, CostRule } from "../../src/types.ts";
import { ordered, type Trace } from "./arbitrary.ts";
import { compiledFromDefinition } from "./profile.ts";
import type { Packet } from "./run.ts";

export const BYTES: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };

/** A bucket in whole units, with the packet's own size in its test. */
export function bucket(perSec: bigint, depthUnits: bigint): BucketDefinition {
  return { check: "post", ratePerSec: fraction(perSec), depth: fraction(depthUnits) };
}

/** Traces that leave room to scale: small lengths, early times, no overhead (it has a unit of its own). */
export function gentleTraces(packetsMax: number): fc.Arbitrary<Trace> {
  const packet = fc.record({ timeNs: fc.bigInt(0n, 200_000n), length: fc.nat(2000), key: fc.bigInt(0n, 3n) });
  return fc
    .record({
      check: fc.constantFrom("post" as const, "pre" as const),
      ratePerSec: fc.tuple(fc.bigInt(1n, 10n ** 10n), fc.bigInt(1n, 30n)).map(([num, den]) => fraction(num, den)),
      depth: fc.tuple(fc.bigInt(0n, 9000n), fc.bigInt(1n, 3n)).map(([num, den]) => fraction(num, den)),
      packets: fc.array(packet, { maxLength: packetsMax, size: "max" }),
    })
    .map(({ packets, ...definition }) => ({ policy: compiledFromDefinition(definition, BYTES), packets }));
}

/** The same trace in other units and time steps, begun later. */
export function scaledTrace({ policy, packets }: Trace, unitScale: bigint, timeScale: bigint, shiftNs: bigint): Trace {
  const { check, ratePerSec, depth } = policy.bucket;
  const definition = {
    check,
    ratePerSec: multiply(ratePerSec, fraction(unitScale, timeScale)),
    depth: multiply(depth, fraction(unitScale)),
  };
  const scaled = packets.map(({ timeNs, length, key }) => ({
    timeNs: timeNs * timeScale + shiftNs,
    length: length * Number(unitScale),
    key,
  }));
  return { policy: compiledFromDefinition(definition, BYTES), packets: scaled };
}

/** The most flows that have not drained at any arrival, by the definition. */
export function liveFlowsMax({ policy: { bucket: definition, costRule }, packets }: Trace): number {
  const states = new Map<bigint, BucketState>();
  let liveMax = 0;
  for (const { timeNs, length, key } of ordered(packets)) {
    const live = [...states.values()].filter((state) => levelAt(definition, state, timeNs).num > 0n).length;
    if (live > liveMax) liveMax = live;
    const state = states.get(key) ?? { level: ZERO, lastNs: timeNs };
    states.set(key, offer(definition, state, timeNs, unitsOf(costRule, length)).next);
  }
  return liveMax;
}

/** Three packets a flow, under keys that differ in few bits; the same ones every time. */
export function stridedPackets(flows: number): Packet[] {
  const shifts = [0n, 16n, 32n, 44n];
  return Array.from({ length: 3 * flows }, (_, index) => {
    const flow = BigInt(index % flows);
    const key = (flow / 4n + 1n) << shifts[Number(flow % 4n)]!;
    return { timeNs: BigInt(index) * 50n, length: (index * 37) % 1501, key: key * 2n ** 4n + (flow % 4n) };
  });
}

/** Two busy flows between flows of one packet, each of which drains within a few packets. */
export function floodPackets(count: number): Packet[] {
  return Array.from({ length: count }, (_, index) => {
    const busy = index % 3 === 0;
    const key = busy ? 7n + BigInt((index / 3) % 2) : 1000n + BigInt(index);
    return { timeNs: BigInt(index) * 200n + BigInt((index * 7919) % 150), length: 64, key };
  });
}
