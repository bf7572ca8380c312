// Goal: the twin's delay is the least with which the same packet would not have been red, for every kind of meter.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFlowMeter } from "../src/reference/flowmeters.ts";
import { RED, type FlowMeter } from "../src/reference/flowmeter.ts";
import { leastDelayNs } from "../src/reference/time.ts";
import type { Color, MeterDefinition, Policy } from "../src/types.ts";
import { runPackets, type Packet } from "./support/run.ts";
import {
  DEFINITIONS,
  DRAINED_DEFINITIONS,
  meter,
  policyOf,
  tracesOf,
  treePolicies,
  twin,
  weightedPolicies,
} from "./support/twin.ts";

const SEED = 20_260_202;
const NEVER = 2n ** 64n - 1n;
/** Later than any level here takes to drain. */
const LONG_NS = 2n ** 62n;

function noGroup(): never {
  throw new RangeError("no group here");
}

describe("closed forms against bisection over the definition", () => {
  test.each(Object.entries<fc.Arbitrary<MeterDefinition>>(DEFINITIONS))("%s", (_, definitions) => {
    const reds = { some: 0, never: 0 };
    fc.assert(
      fc.property(definitions, tracesOf(40), (definition, packets) => {
        const own: FlowMeter<unknown> = createFlowMeter(definition, "all-or-none", noGroup);
        let nowNs = packets[0]!.timeNs;
        let state = own.fresh(nowNs);
        for (const { timeNs, length, colorIn } of packets) {
          if (timeNs > nowNs) nowNs = timeNs;
          const packet = { lengthBytes: length, colorIn: Math.min(colorIn ?? 0, RED) as Color };
          const { color, next } = own.offer(state, packet, nowNs);
          if (color === RED) {
            const before = state;
            const searched = leastDelayNs((delayNs) => own.offer(before, packet, nowNs + delayNs).color !== RED);
            expect(own.delayNs(before, packet, nowNs)).toBe(searched);
            reds[searched === null ? "never" : "some"] += 1;
          }
          state = next;
        }
      }),
      { numRuns: 300, seed: SEED },
    );
    expect(Math.min(reds.some, reds.never)).toBeGreaterThan(100);
  });
});

/** The color of the last packet, had it come at this time. */
function colorAt(policy: Policy, before: readonly Packet[], packet: Packet, timeNs: bigint): number {
  return runPackets(twin(policy), [...before, { ...packet, timeNs }]).colors.at(-1)!;
}

function expectLeast(policy: Policy, packets: readonly Packet[]): number {
  const { colors, delays } = meter(policy, packets);
  let clockNs = 0n;
  let finite = 0;
  for (const [index, packet] of packets.entries()) {
    if (packet.timeNs > clockNs) clockNs = packet.timeNs;
    const delayNs = delays[index]!;
    const before = packets.slice(0, index);
    if (colors[index] !== RED) expect(delayNs).toBe(0n);
    else if (delayNs === NEVER) expect(colorAt(policy, before, packet, clockNs + LONG_NS)).toBe(RED);
    else {
      expect(delayNs).toBeGreaterThan(0n);
      expect(colorAt(policy, before, packet, clockNs + delayNs)).not.toBe(RED);
      expect(colorAt(policy, before, packet, clockNs + delayNs - 1n)).toBe(RED);
      finite += 1;
    }
  }
  return finite;
}

describe("the column, by metering the packet again at a later time", () => {
  // Of drained flows: a first packet that came later would find the level that its flow begins with all the same.
  const ofOneMeter = Object.entries<fc.Arbitrary<MeterDefinition>>(DRAINED_DEFINITIONS).map(
    ([name, definitions]) => [name, definitions.map(policyOf)] as const,
  );
  const policies: readonly (readonly [string, fc.Arbitrary<Policy>])[] = [
    ...ofOneMeter,
    ["weighted", weightedPolicies],
    ["paths", treePolicies],
  ];

  test.each(policies)("%s", (_, policy) => {
    let finite = 0;
    fc.assert(
      fc.property(policy, tracesOf(24), (tried, packets) => {
        finite += expectLeast(tried, packets);
      }),
      { numRuns: 150, seed: SEED },
    );
    expect(finite).toBeGreaterThan(50);
  });
});
