// Goal: an edge meter answers what the definition says, on every engine, whatever else is done to it.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { restoreFrom } from "../../src/edge/snapshot.ts";
import type { PolicyInput } from "../../src/edge/types.ts";
import type { CompiledPolicy } from "../../src/types.ts";
import { ANY } from "../support/definitions.ts";
import { costOf, drawer, edgeMeter, EDGE_ENGINES, meterOfDefinition, POLICIES, makerOn } from "../support/edge.ts";
import { Play } from "../support/edgeplay.ts";
import type { Packet } from "../support/run.ts";
import { meterTracesOf, type Trace } from "../support/traces.ts";

const SEED = 20_260_101;
const RED = 2;
/** Times of edge meters end at 2^62 ns. */
const SPAN_MAX = 2n ** 61n;

/** Kinds that charge what they refuse: a definition's delay is that of a packet that had come later instead. */
function chargesRefused({ definition }: CompiledPolicy): boolean {
  const { kind } = definition;
  return kind === "turner" || kind === "event-counter" || (kind === "dual" && definition.mode !== "coordinated");
}

/** The trace from the time of its first packet on, or undefined if it is longer than a meter's time. */
function shifted({ packets }: Trace): Packet[] | undefined {
  const first = packets[0]?.timeNs ?? 0n;
  const own = packets.map((packet) => ({ ...packet, timeNs: packet.timeNs > first ? packet.timeNs - first : 0n }));
  return own.every(({ timeNs }) => timeNs < SPAN_MAX) ? own : undefined;
}

function isWeighted(trace: Trace): boolean {
  return trace.policy.meter === "weighted";
}

function countsPackets({ profiles }: CompiledPolicy): boolean {
  return profiles.every(({ buckets }) => buckets.every(({ costRule }) => costRule.cost === "packets"));
}

test("one decision at a time equals the definition, in color and in the instant of conformance", () => {
  let metered = 0;
  const check = (trace: Trace<CompiledPolicy>) => {
    const packets = shifted(trace);
    if (packets === undefined || isWeighted(trace)) return;
    const { colors, delays } = trace.outcome;
    for (const row of EDGE_ENGINES) {
      const meter = meterOfDefinition(row, trace.policy);
      for (const [index, { key, timeNs, length, colorIn }] of packets.entries()) {
        const cost = countsPackets(trace.policy) ? 1 : length;
        const { color, retryAfter } = meter.decide(key, timeNs, cost, 0, Math.min(colorIn ?? 0, 2) as 0);
        expect([row.name, index, color]).toEqual([row.name, index, colors[index]]);
        metered += 1;
        if (color !== RED || chargesRefused(trace.policy)) continue;
        const delay = delays[index]!;
        // The definition's delay is from the clock on, the meter's from the call's own time.
        if (index > 0 && packets.slice(0, index).some((earlier) => earlier.timeNs > timeNs)) continue;
        expect(retryAfter).toBe(delay === 2n ** 64n - 1n ? Infinity : Number(delay));
      }
    }
  };
  fc.assert(fc.property(meterTracesOf(ANY), check), { numRuns: 2000, seed: SEED });
  expect(metered).toBeGreaterThan(30_000);
});

test("all engines answer alike, whatever is asked of them, full tables and clocks that step included", () => {
  let calls = 0;
  const play = (seed: number) => {
    const run = new Play(seed);
    run.run(400);
    calls += run.calls;
  };
  fc.assert(fc.property(fc.nat(), play), { numRuns: 250, seed: SEED });
  expect(calls).toBeGreaterThan(60_000);
});

/** Calls of a few keys, at times in ms with fractions. */
function callsOf(policy: PolicyInput, draw: (end: number) => number, count: number) {
  let now = 1000;
  return Array.from({ length: count }, () => {
    now += draw(4) === 0 ? draw(400) : draw(30) / 4;
    return { key: draw(4), now, cost: costOf(policy, draw(10) === 0 ? 50 : draw(4)), colorIn: draw(3) as 0 };
  });
}

test("half a trace, a snapshot, a restore on another engine, and the rest: the same answers as the whole", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...POLICIES), fc.nat(EDGE_ENGINES.length - 1), (seed, policy, first) => {
      const calls = callsOf(policy, drawer(seed), 80);
      const row = EDGE_ENGINES[first]!;
      const other = EDGE_ENGINES[(first + 1) % EDGE_ENGINES.length]!;
      const whole = edgeMeter(row, { policies: [policy], maxFlows: 100 });
      let split = edgeMeter(row, { policies: [policy], maxFlows: 100 });
      for (const [index, { key, now, cost, colorIn }] of calls.entries()) {
        if (index === 40) split = restoreFrom(split.snapshot(), {}, makerOn(other));
        const answers = [whole, split].map((meter) => meter.decide(key, now, cost, 0, colorIn));
        expect(answers[1]).toEqual(answers[0]);
      }
      expect({ ...split.stats(), engine: "", memoryBytes: 0 }).toEqual({
        ...whole.stats(),
        engine: "",
        memoryBytes: 0,
      });
    }),
    { numRuns: 300, seed: SEED },
  );
});

test("a refund at the same instant is the exact inverse of a call; a charge is a call that nothing refuses", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...EDGE_ENGINES), (seed, row) => {
      const policy = POLICIES[0]!;
      const meter = edgeMeter(row, { policies: [policy], maxFlows: 100 });
      for (const { key, now, cost } of callsOf(policy, drawer(seed), 40)) {
        const before = meter.peek(key, now);
        if (meter.decide(key, now, cost).allowed) meter.refund(key, cost, now);
        expect(meter.peek(key, now)).toEqual(before);
        meter.charge(key, cost, now);
        meter.refund(key, cost, now);
        expect(meter.peek(key, now)).toEqual(before);
        meter.charge(key, cost, now);
        expect([...meter.entries()].length).toBeLessThanOrEqual(4);
      }
    }),
    { numRuns: 200, seed: SEED },
  );
});
