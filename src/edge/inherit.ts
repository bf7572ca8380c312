/** A policy replaced while keys are tracked under it. */
import { STATE, STATE_NEWEST } from "../../assembly/edge/abi.ts";
import { ConfigError } from "../errors.ts";
import { choice } from "./choice.ts";
import type { Meter } from "./meter.ts";
import { checkMember } from "./members.ts";
import type { EdgeBucket, EdgePolicy, EdgeProfile } from "./profiles.ts";
import { eachSlot, visitedFlow, writeFlow } from "./slots.ts";
import type { Inherit, PolicyInput } from "./types.ts";
import { writeSlot } from "./write.ts";

type Limit = NonNullable<Meter["limits"][number]>;

const HOW: readonly Inherit[] = ["proportional", "as-is", "reset"];

/**
 * Replaces a policy at the time that `goOn` brings the meter's clock to. Throws ConfigError when it cannot be replaced by
 * this one; then nothing has changed.
 */
export function inherit(
  meter: Meter,
  policy: number | string,
  input: PolicyInput,
  how: Inherit,
  goOn: () => void,
): void {
  const index = typeof policy === "string" ? meter.policies.indexOf(policy) : policy;
  const limit = meter.limits[index];
  const name = meter.policies[index];
  if (limit === undefined || name === undefined) {
    throw new ConfigError("CHOICE", "policy", String(policy), "is not a limit of this meter");
  }
  choice("inherit", HOW, how);
  const next = meter.settings.compile(input, name);
  checkAlike(limit.policy, next, how, name);
  checkRoom(meter, next, name);
  for (const group of meter.settings.policies) {
    if (group.own === undefined && group.members.includes(index)) checkMember(next, group.name);
  }
  // Before the clock goes on: its end may come nearer.
  meter.limitClock(next);
  goOn();
  carryOver(meter, limit, next, how);
  limit.policy = next;
  for (const [slot, profile] of next.slots.entries())
    writeSlot(meter.engine, meter.views, limit.firstSlot + slot, profile);
}

/** Writes the state of every key under the limit as it is under the policy that comes next. */
function carryOver(meter: Meter, { firstSlot, policy: old }: Limit, next: EdgePolicy, how: Inherit): void {
  const { views, layout } = meter;
  const newest = views.wides[STATE / 8 + STATE_NEWEST]!;
  eachSlot(meter, (kind, state) => {
    const from = old.slots[kind - firstSlot];
    if (from === undefined) return;
    const to = next.slots[kind - firstSlot]!;
    const { levels, blockedNs } = visitedFlow(views);
    // A block is a time, whatever the policy.
    if (how !== "reset" && blockedNs !== 0n) return;
    const [level0 = 0n, level1] = to.buckets.map((bucket, index) =>
      how === "reset" ? bucket.initialLevel : carried(levels[index]!, from.buckets[index]!, bucket, how),
    );
    // One bucket may have an alarm beside it.
    const alarm = how === "reset" ? 0n : levels[1];
    writeFlow(layout, views.wides, state, to, newest, [level0, level1 ?? alarm]);
  });
}

/** The level of a bucket under its new profile, rounded up to a level step. Debt beyond the depth is kept in units. */
function carried(level: bigint, from: EdgeBucket, to: EdgeBucket, how: Inherit): bigint {
  const used = level < from.depthLevel ? level : from.depthLevel;
  const debt = ceilDivide((level - used) * to.levelPerUnit, from.levelPerUnit);
  const inUnits = ceilDivide(used * to.levelPerUnit, from.levelPerUnit);
  const asIs = inUnits < to.depthLevel ? inUnits : to.depthLevel;
  const inParts = from.depthLevel === 0n ? 0n : ceilDivide(used * to.depthLevel, from.depthLevel);
  const sum = (how === "as-is" ? asIs : inParts) + debt;
  return sum < to.levelMax ? sum : to.levelMax;
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

function shapeOf({ slots }: EdgePolicy): string {
  return slots
    .map(({ profile, buckets }: EdgeProfile) =>
      [profile.kernel, ...buckets.map(({ testsOwnCost }) => testsOwnCost)].join(),
    )
    .join();
}

function checkAlike(old: EdgePolicy, next: EdgePolicy, how: Inherit, name: string): void {
  if (how === "reset" && old.slots.length === next.slots.length) return;
  if (old.meter === next.meter && shapeOf(old) === shapeOf(next)) return;
  const detail = "must be replaced by one with as many buckets and the same check";
  throw new ConfigError("CONFLICT", "meter", old.meter, detail, name);
}

/** Compact places hold one bucket at a rate of few digits. */
function checkRoom({ layout }: Meter, next: EdgePolicy, name: string): void {
  if (!layout.isCompact || next.slots.every(({ isCompact }) => isCompact)) return;
  const detail = "needs places of 32 bytes; create the meter with replaceable: true";
  const { rate } = next.input;
  const value = typeof rate === "string" ? `${next.meter} ${rate}` : next.meter;
  throw new ConfigError("CONFLICT", "meter", value, detail, name);
}
