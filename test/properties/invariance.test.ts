// Goal: what must not matter does not: units, time's scale and origin, the order of nodes, the name of a meter.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ClassPolicy, CompiledPolicy, MeterDefinition, MeteringPolicy } from "../../src/types.ts";
import { expectColors, expectEqual, meter } from "../support/agreement.ts";
import { compiledOrNull } from "../support/arbitrary.ts";
import { classPolicyOf, entryOf, meteredClass, pathPoliciesOf } from "../support/classpolicies.ts";
import { breachesOf } from "../support/contracts.ts";
import { ANY, DRAINED, METER_KINDS, policiesOf, type Flavor } from "../support/definitions.ts";
import { ENGINES, FAST_ENGINES } from "../support/engines.ts";
import { gentleScripts, scripts } from "../support/moves.ts";
import { compiledFromDefinition } from "../support/profile.ts";
import { allTracesOf, ordered, PACKETS_MAX, tracesOf, type Trace } from "../support/traces.ts";
import { reordered, scaledPackets, scaledPolicy, type Scale } from "../support/transform.ts";
import { weightedPolicies } from "../support/weightedpolicies.ts";

const SEEDED = { numRuns: 10_000, seed: 20_260_105 };
const PLAIN: Flavor = { ...ANY, hasExtremes: false };

test("E5: what was green is green again, when it alone is metered", () => {
  fc.assert(
    fc.property(allTracesOf(DRAINED), ({ policy, packets, outcome: { colors } }) => {
      const green = ordered(packets).filter((_, index) => colors[index] === 0);
      expectColors(
        { policy, packets: green },
        green.map(() => 0),
      );
    }),
    SEEDED,
  );
});

interface Scaled {
  readonly trace: Trace;
  readonly scale: Scale;
  readonly policy: MeteringPolicy;
}

/** Traces that are still within exact arithmetic when they are scaled. */
function scaledTraces(traces: fc.Arbitrary<Trace>, scales: fc.Arbitrary<Scale>): fc.Arbitrary<Scaled> {
  return fc
    .tuple(traces, scales)
    .map(([trace, scale]) => {
      const policy = compiledOrNull(() => scaledPolicy(trace.policy, scale));
      const isInTime = trace.packets.every(({ timeNs }) => timeNs * scale.ns + scale.shiftNs < 2n ** 64n);
      return policy === null || !isInTime ? null : { trace, scale, policy };
    })
    .filter((scaled) => scaled !== null);
}

const shiftNs = fc.oneof(fc.bigInt(0n, 2n ** 62n), fc.constantFrom(2n ** 63n - 10n ** 9n, 2n ** 63n));
const scales = fc.record({ bytes: fc.bigInt(1n, 50n), ns: fc.bigInt(1n, 50n), shiftNs });
const shifts = fc.record({ bytes: fc.constant(1n), ns: fc.constant(1n), shiftNs });
const plainPolicies = policiesOf(
  PLAIN,
  METER_KINDS.filter((kind) => kind !== "weighted"),
);
const everyScaled = fc.oneof(
  { weight: 3, arbitrary: scaledTraces(tracesOf(plainPolicies, gentleScripts(PACKETS_MAX)), scales) },
  { weight: 2, arbitrary: scaledTraces(tracesOf(pathPoliciesOf(PLAIN), gentleScripts(25)), scales) },
  // Ticks of virtual time are whole: a finer scale has finer ones, so only the origin is free.
  { weight: 1, arbitrary: scaledTraces(tracesOf(weightedPolicies, gentleScripts(PACKETS_MAX)), shifts) },
);

test("E6: neither the unit, nor the time's scale, nor its origin matters", () => {
  fc.assert(
    fc.property(everyScaled, ({ trace, scale, policy }) => {
      const packets = scaledPackets(trace.packets, scale);
      for (const row of ENGINES) {
        const { colors, reasons, delays } = meter(row, { policy, packets }).outcome;
        const { outcome } = trace;
        expectEqual({ colors, reasons }, { colors: outcome.colors, reasons: outcome.reasons }, row.name);
        // Delays are whole nanoseconds: in finer ones they are not so much rounded up.
        if (scale.ns === 1n) expectEqual(delays, outcome.delays, row.name);
      }
    }),
    SEEDED,
  );
});

test("E7: all or none: the order of the nodes does not matter, and none is overdrawn", () => {
  const blind: Flavor = { ...ANY, isAware: fc.constant(false) };
  const paths = tracesOf(pathPoliciesOf(blind, fc.constant("all-or-none")), scripts(25));
  let longest = 0;
  fc.assert(
    fc.property(paths, fc.array(fc.nat(7), { minLength: 4, maxLength: 4 }), (trace, turns) => {
      const other = reordered(trace, turns);
      for (const row of ENGINES) {
        const { colors } = meter(row, other, { delays: false }).outcome;
        expectEqual(colors, trace.outcome.colors, row.name);
      }
      expectEqual(breachesOf(trace, trace.outcome.colors), [], "breaches");
      longest = Math.max(longest, ...other.policy.classes.map(({ path }) => path.length));
    }),
    SEEDED,
  );
  expect(longest).toBe(4);
});

/** Another definition that means the same, or a class that holds nothing but the meter. */
function sameAs({ definition }: CompiledPolicy): MeteringPolicy | null {
  const other = sameDefinition(definition);
  if (other !== null) return compiledOrNull(() => compiledFromDefinition(other));
  return oneClass(compiledFromDefinition(definition));
}

function sameDefinition(definition: MeterDefinition): MeterDefinition | null {
  switch (definition.kind) {
    case "srtcm":
      return { ...definition, kind: "mef", isCoupled: true };
    case "trtcm-4115":
      return { ...definition, kind: "mef", isCoupled: false };
    case "dual":
      if (definition.mode !== "coordinated" || definition.tags) return null;
      return { kind: "multi", buckets: [definition.peak, definition.sustained] };
    case "bucket":
      return { kind: "multi", buckets: [definition.bucket] };
    default:
      return null;
  }
}

function oneClass(policy: CompiledPolicy): ClassPolicy {
  return classPolicyOf("all-or-none", [meteredClass("only", [entryOf(1, policy)])]);
}

test("meters that mean the same: srTCM is MEF coupled without EIR, RFC 4115 is MEF uncoupled, dual is multi, a node a tree", () => {
  const pairs = tracesOf(policiesOf(ANY, [...METER_KINDS, "srtcm", "trtcm-4115", "dual", "bucket"]))
    .map((trace) => ({ trace, other: sameAs(trace.policy) }))
    .filter(({ other }) => other !== null);
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(pairs, ({ trace: { policy, packets, outcome }, other }) => {
      for (const row of ENGINES) {
        expectEqual(meter(row, { policy: other!, packets }).outcome, { ...outcome, levels: [] }, row.name);
      }
      const name = other!.meter === "classes" ? `one class: ${policy.definition.kind}` : policy.definition.kind;
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }),
    SEEDED,
  );
  for (const kind of METER_KINDS)
    expect((seen.get(kind) ?? 0) + (seen.get(`one class: ${kind}`) ?? 0)).toBeGreaterThan(200);
});

test("a tree of one node is its meter, of every kind that other meters can stand for", () => {
  const traces = tracesOf(policiesOf(ANY, ["bucket", "srtcm", "trtcm-4115", "dual", "multi"]));
  fc.assert(
    fc.property(traces, ({ policy, packets, outcome }) => {
      const offered = { policy: oneClass(policy), packets };
      for (const row of FAST_ENGINES) expectEqual(meter(row, offered).outcome, { ...outcome, levels: [] }, row.name);
    }),
    { ...SEEDED, numRuns: 2000 },
  );
});
