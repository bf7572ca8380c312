// Goal: those who share buckets or a rate keep what they were promised, whatever the others send.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { unitsOf } from "../../src/reference/bucket.ts";
import { FluidGroup } from "../../src/reference/fluid.ts";
import {
  add,
  atMost,
  fraction,
  isBelow,
  multiply,
  subtract,
  sum,
  ZERO,
  type Fraction,
} from "../../src/reference/rational.ts";
import type { BucketDefinition, ClassPolicy } from "../../src/types.ts";
import { colorsOf, expectColors, expectEqual } from "../support/agreement.ts";
import { bucketsOf, compiledOrNull, fractions, plainDepths, plainRates } from "../support/arbitrary.ts";
import { borrowPoliciesOf } from "../support/borrowpolicies.ts";
import { classPolicyOf, compiledWithPeers, entryOf, meteredClass } from "../support/classpolicies.ts";
import { Burstiness } from "../support/contracts.ts";
import { ANY } from "../support/definitions.ts";
import { ENGINES } from "../support/engines.ts";
import { auditOf, Policer } from "../support/ledger.ts";
import { spreadScripts } from "../support/moves.ts";
import type { Packet } from "../support/run.ts";
import { keyedTracesOf, ordered, tracesOf, type Trace } from "../support/traces.ts";
import { weightedPoliciesOf } from "../support/weightedpolicies.ts";

const SEEDED = { numRuns: 10_000, seed: 20_260_108 };

test("E8: assured traffic is never refused whatever others borrow, and no node passes its burst or its ceiling", () => {
  let borrowed = 0;
  let refused = 0;
  fc.assert(
    fc.property(keyedTracesOf(borrowPoliciesOf(ANY)), (trace) => {
      expectColors(trace, trace.outcome.colors);
      const audit = auditOf(trace);
      expectEqual([audit.breaches, audit.unkept], [[], []], "breaches");
      borrowed += audit.borrowed;
      refused += Number(trace.outcome.stats.red.packets);
    }),
    SEEDED,
  );
  expect(borrowed).toBeGreaterThan(5000);
  expect(refused).toBeGreaterThan(10_000);
});

// ---- Priority ----------------------------------------------------------------------------------------------------------

/** Classes of falling priority in one bucket: each may fill it up to its threshold, the first to the depth. */
function priorityPolicy(bucket: BucketDefinition, parts: readonly Fraction[]): ClassPolicy {
  const thresholds = [fraction(1n), ...parts.toSorted((a, b) => (isBelow(a, b) ? 1 : -1))].map((part) =>
    multiply(bucket.depth, part),
  );
  const classes = thresholds.map((threshold, index) => {
    const policy = compiledWithPeers({ kind: "bucket", bucket: { ...bucket, threshold } }, thresholds);
    return meteredClass(`class ${index}`, [entryOf(1, policy)]);
  });
  return classPolicyOf("all-or-none", classes);
}

const part = fractions(12n, 12n).filter(({ num, den }) => num <= den);
const priorityPolicies = fc
  .tuple(
    bucketsOf({ ratePerSec: plainRates, depth: plainDepths, initial: fc.constant(ZERO) }),
    fc.array(part, { minLength: 1, maxLength: 3 }),
  )
  .map(([bucket, parts]) => compiledOrNull(() => priorityPolicy(bucket, parts)))
  .filter((policy) => policy !== null);

function bucketOfClass({ classes }: ClassPolicy, index: number): BucketDefinition {
  const { definition } = classes[index]!.path[0]!.policy;
  if (definition.kind !== "bucket") throw new RangeError(definition.kind);
  return definition.bucket;
}

/** The packets without those of classes 0 .. `lowest` that go beyond what these together are promised. */
function policed({ policy, packets }: Trace<ClassPolicy>, lowest: number): Packet[] {
  const [own, next] = [bucketOfClass(policy, lowest), bucketOfClass(policy, lowest + 1)];
  const policers = new Map<bigint, Policer>();
  return ordered(packets).filter((packet) => {
    if (Math.min(packet.class!, policy.classes.length - 1) > lowest) return true;
    const policer =
      policers.get(packet.key) ?? new Policer(own.ratePerSec, subtract(own.threshold, next.threshold), own);
    policers.set(packet.key, policer);
    return policer.admits(packet);
  });
}

test("E9: classes 0 .. p within (r, th_p - th_p+1) are never refused, whatever the lower ones send", () => {
  let kept = 0;
  let refused = 0;
  fc.assert(
    fc.property(tracesOf(priorityPolicies), fc.nat(2), (trace, choice) => {
      const { policy } = trace;
      const lowest = choice % (policy.classes.length - 1);
      const packets = policed(trace, lowest);
      for (const row of ENGINES) {
        const colors = colorsOf(row, { policy, packets });
        const isAssured = packets.map((packet) => Math.min(packet.class!, policy.classes.length - 1) <= lowest);
        expectEqual(
          colors.filter((color, index) => isAssured[index] && color !== 0),
          [],
          row.name,
        );
        kept += isAssured.filter(Boolean).length;
        refused += colors.filter((color) => color !== 0).length;
      }
    }),
    SEEDED,
  );
  expect(kept).toBeGreaterThan(100_000);
  expect(refused).toBeGreaterThan(100_000);
});

// ---- Shares by weight --------------------------------------------------------------------------------------------------

interface Member {
  readonly bucket: BucketDefinition;
  readonly group: number;
  readonly weight: bigint;
  /** Ticks times weight of one unit. */
  readonly workPerUnit: bigint;
  readonly id: string;
}

function memberOf({ classes }: ClassPolicy, packet: Packet): Member {
  const index = Math.min(packet.class!, classes.length - 1);
  const { policy } = classes[index]!.path[0]!;
  const { definition } = policy;
  const [profile] = policy.profiles;
  if (definition.kind !== "weighted" || profile?.kernel !== "weighted") throw new RangeError(definition.kind);
  const workPerUnit = profile.buckets[0].levelPerUnit * profile.ticksPerLevel;
  const { bucket, group, weight } = definition;
  return { bucket, group, weight, workPerUnit, id: `${index} ${packet.key}` };
}

/** One group as the fluid of its definition, and as one bucket of its whole rate. */
class Group {
  readonly fluid: FluidGroup<string>;
  readonly total: Burstiness;
  readonly depths = new Map<string, Fraction>();
  /** More than the whole ticks can have shifted, in ticks times weight: a weight for each packet that may have joined. */
  shifted = 0n;

  constructor({ ratePerSec, check, depth, costRule }: BucketDefinition) {
    this.fluid = new FluidGroup(ratePerSec);
    this.total = new Burstiness({ ratePerSec, check, burst: depth, costRule });
  }
}

/** Holds verdicts against the fluid, and what was admitted against one bucket. */
function expectFluid(policy: ClassPolicy, packets: readonly Packet[], colors: readonly number[]): void {
  const groups = new Map<number, Group>();
  for (const [index, packet] of packets.entries()) {
    const { bucket, group, weight, workPerUnit, id } = memberOf(policy, packet);
    const own = groups.get(group) ?? new Group(bucket);
    groups.set(group, own);
    own.fluid.advance(packet.timeNs);
    const units = unitsOf(bucket.costRule, packet.length);
    const after = add(own.fluid.levelOf(id), fraction(units));
    const isGreen = colors[index] === 0;
    if (isGreen !== atMost(after, bucket.depth)) {
      const apart = isGreen ? subtract(after, bucket.depth) : subtract(bucket.depth, after);
      const isNear = isBelow(apart, fraction(own.shifted + weight, workPerUnit));
      expectEqual([index, isNear], [index, true], "near the fluid");
    }
    if (!isGreen) continue;
    own.fluid.charge(id, weight, units);
    own.total.addUnits(packet.timeNs, units);
    own.shifted += weight;
    own.depths.set(id, bucket.depth);
    expectEqual(atMost(own.total.highest, sum([...own.depths.values()])), true, "within all depths");
  }
}

/** The packets without those of one flow of each group beyond its part of the rate by weight and its depth. */
function withinShares(
  { policy, packets }: Trace<ClassPolicy>,
  choice: number,
): { kept: Set<string>; packets: Packet[] } {
  const clocked = ordered(packets);
  const members = clocked.map((packet) => memberOf(policy, packet));
  const shares = new Map<string, Policer>();
  for (const group of new Set(members.map((member) => member.group))) {
    const peers = new Map(members.filter((member) => member.group === group).map((member) => [member.id, member]));
    const weights = [...peers.values()].reduce((total, { weight }) => total + weight, 0n);
    const { id, bucket, weight } = [...peers.values()][choice % peers.size]!;
    shares.set(id, new Policer(multiply(bucket.ratePerSec, fraction(weight, weights)), bucket.depth, bucket));
  }
  const offered = clocked.filter((packet, index) => shares.get(members[index]!.id)?.admits(packet) !== false);
  return { kept: new Set(shares.keys()), packets: offered };
}

const GROUPS = 4;

test("E10: verdicts are the fluid's within the bound, all flows keep to one bucket, and none within its share is refused", () => {
  const seen = { groups: 0, kept: 0, refused: 0 };
  fc.assert(
    fc.property(tracesOf(weightedPoliciesOf(GROUPS, 8, 12), spreadScripts(60, 120)), fc.nat(), (trace, choice) => {
      const { policy } = trace;
      const { kept, packets } = withinShares(trace, choice);
      const colors = colorsOf(ENGINES[0]!, { policy, packets });
      expectColors({ policy, packets }, colors);
      expectFluid(policy, packets, colors);
      const own = colors.filter((_, index) => kept.has(memberOf(policy, packets[index]!).id));
      expectEqual(
        own.every((color) => color === 0),
        true,
        "the shares are kept",
      );
      seen.groups += kept.size;
      seen.kept += own.length;
      seen.refused += colors.filter((color) => color !== 0).length;
    }),
    { ...SEEDED, numRuns: Math.ceil(SEEDED.numRuns / GROUPS) },
  );
  expect(seen.groups).toBeGreaterThan(9000);
  expect(seen.kept).toBeGreaterThan(25_000);
  expect(seen.refused).toBeGreaterThan(25_000);
});
