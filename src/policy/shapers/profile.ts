/** From a shaper's definition in exact fractions to the integers that the engines run. */

import { ConfigError } from "../../errors.ts";
import { add, divide, floor, lcm, multiply, rational } from "../../rational.ts";
import type { BucketDefinition, BucketProfile, CostRule, QueueProfile, RateAndDepth, Rational } from "../../types.ts";
import type { ShaperDefinition, ShaperProfile } from "../../types.ts";
import { formatDurationNs, formatRate, wholeUnitsText } from "../../units.ts";
import { bucketProfile, drainedAfterNs, levelOf, scaleOf } from "../bucketprofile.ts";
import { LEVEL_MAX, NS_PER_SEC, ROOM_UNITS, UNITS_MAX } from "../limits.ts";
import type { BucketSource, Written } from "../source.ts";
import { blame } from "../toolarge.ts";

type Of<Kind extends ShaperDefinition["kind"]> = Extract<ShaperDefinition, { readonly kind: Kind }>;

/** How the user wrote a parameter; undefined where there is no text. */
export type WrittenOf = (parameter: string) => Written | undefined;

/** Whole packets are summed up in 32 bits. */
const QUEUE_LIMIT_MAX = 2n ** 32n - 1n;
/** No level and cost together pass it. */
const UNBOUNDED = 2n ** 64n - 1n;
const ZERO = rational(0n);

/** The integer profile. Throws ConfigError when the numbers do not fit the engines' exact arithmetic. */
export function shaperProfile(definition: ShaperDefinition, writtenOf: WrittenOf = () => undefined): ShaperProfile {
  switch (definition.kind) {
    case "leaky-bucket":
      return leakyBucket(definition, writtenOf);
    case "token-bucket":
      return tokenBucket(definition, writtenOf);
    case "two-rate":
      return twoRate(definition, writtenOf);
    case "ticks":
      return ticks(definition, writtenOf);
  }
}

/** What a rate sends in so many ns. */
function unitsIn(ratePerSec: Rational, durationNs: Rational): Rational {
  return divide(multiply(ratePerSec, durationNs), NS_PER_SEC);
}

/** The bucket that `profileFor` makes a profile of: levels up to `most` have to fit. */
function bucketOf(check: BucketDefinition["check"], ratePerSec: Rational, most: Rational, costRule: CostRule) {
  return { check, ratePerSec, depth: most, threshold: most, initialLevel: ZERO, costRule };
}

/** Its integers; what does not fit is blamed on the rate or on the parameter `size`, a time if `inTime`. */
function profileFor(
  bucket: BucketDefinition,
  levels: readonly Rational[],
  rate: Written,
  size: Written,
  inTime = false,
) {
  const source: BucketSource = { name: "", rate, burst: { ...size, inTime } };
  return bucketProfile(bucket, { source, levels, scale: 1n, cap: undefined, isAlarm: false });
}

function rateWritten(ratePerSec: Rational, costRule: CostRule, written: Written | undefined): Written {
  return written ?? { parameter: "rate", text: formatRate(ratePerSec, costRule.cost) };
}

function limitWritten(limit: Rational, { cost }: CostRule, written: Written | undefined): Written {
  return written ?? { parameter: "limit", text: wholeUnitsText(limit, cost) };
}

function delayWritten(delayMaxNs: Rational, written: Written | undefined): Written {
  return written ?? { parameter: "max-delay", text: formatDurationNs(delayMaxNs) };
}

/** The level at which a packet would wait `delayMaxNs`; levels are whole, so its fraction never decides. */
function waitLevel(ratePerSec: Rational, delayMaxNs: Rational | null, { levelPerUnit }: BucketProfile): bigint {
  if (delayMaxNs === null) return LEVEL_MAX;
  const level = floor(multiply(unitsIn(ratePerSec, delayMaxNs), rational(levelPerUnit)));
  return level < LEVEL_MAX ? level : LEVEL_MAX;
}

function leakyBucket({ ratePerSec, costRule, bounds }: Of<"leaky-bucket">, writtenOf: WrittenOf): ShaperProfile {
  const { count, limit, delayMaxNs } = bounds;
  const rate = rateWritten(ratePerSec, costRule, writtenOf("rate"));
  if (limit === null) {
    if (delayMaxNs === null) throw new RangeError("a queue without a bound");
    const most = unitsIn(ratePerSec, delayMaxNs);
    const written = delayWritten(delayMaxNs, writtenOf("max-delay"));
    const bucket = profileFor(bucketOf("pre", ratePerSec, most, costRule), [], rate, written, true);
    return fluidProfile({ ...bucket, testLevel: UNBOUNDED, testsOwnCost: true }, bucket.testLevel);
  }
  const written = limitWritten(limit, costRule, writtenOf("burst"));
  if (count === "fluid") {
    const bucket = profileFor(bucketOf("post", ratePerSec, limit, costRule), [], rate, written);
    return fluidProfile(bucket, waitLevel(ratePerSec, delayMaxNs, bucket));
  }
  const queue = queueProfile(count === "packets", limit, written);
  const bucket = queue.countsPackets
    ? packetsBucket(ratePerSec, limit, costRule, rate, written)
    : profileFor(bucketOf("post", ratePerSec, limit, costRule), [], rate, written);
  const testLevel = waitLevel(ratePerSec, delayMaxNs, bucket);
  const only = { ...bucket, depthLevel: 0n, testLevel, testsOwnCost: false };
  return { kernel: "queue-shaper", buckets: [only], departureParts: bucket.drainPerNs, queue };
}

function fluidProfile(bucket: BucketProfile, waitLevelMax: bigint): ShaperProfile {
  return { kernel: "fluid-shaper", buckets: [bucket], departureParts: bucket.drainPerNs, waitLevelMax };
}

function queueProfile(countsPackets: boolean, limit: Rational, written: Written): QueueProfile {
  const whole = floor(limit);
  if (whole <= QUEUE_LIMIT_MAX) return { limit: whole, countsPackets };
  throw blame(written, `a queue of whole packets holds at most ${QUEUE_LIMIT_MAX} of them or of their bytes; lower it`);
}

/** Any packet is sent whose cost, in each place of the queue, still fits. */
function packetsBucket(ratePerSec: Rational, limit: Rational, costRule: CostRule, rate: Written, written: Written) {
  const unbounded = bucketOf("post", ratePerSec, ZERO, costRule);
  const scale = scaleOf(unbounded, []);
  const roomUnits = ROOM_UNITS[costRule.cost];
  const unitsMax = LEVEL_MAX / (scale * floor(limit));
  if (unitsMax < roomUnits) {
    const most = wholeUnitsText(rational(LEVEL_MAX / (scale * roomUnits)), "packets");
    const detail = `so many packets of ${roomUnits} units do not fit exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
    throw blame(written, `${detail}; the most are ${most}`);
  }
  const bucket = profileFor(unbounded, [], rate, written);
  const largest = unitsMax < UNITS_MAX ? unitsMax : UNITS_MAX;
  const after = drainedAfterNs(floor(limit) * largest * scale, bucket.drainPerNs);
  return { ...bucket, unitsMax: largest, drainedAfterNs: after };
}

/** Units that the bounds let wait: of packets, at most `depth` each. */
function waitingUnits({ bounds }: Pick<ShaperDefinition, "bounds">, ratePerSec: Rational, depth: Rational): Rational {
  const { count, limit, delayMaxNs } = bounds;
  if (limit !== null) return count === "packets" ? multiply(limit, rational(floor(depth))) : limit;
  if (delayMaxNs === null) throw new RangeError("a queue without a bound");
  return unitsIn(ratePerSec, delayMaxNs);
}

/** The parameter that bounds the queue. */
function boundWritten({ bounds, costRule }: ShaperDefinition, writtenOf: WrittenOf): Written {
  const { limit, delayMaxNs } = bounds;
  if (limit !== null) return limitWritten(limit, costRule, writtenOf("limit"));
  return delayWritten(delayMaxNs ?? ZERO, writtenOf("max-delay"));
}

/** The largest packet that a bucket and the queue have room for. */
function largestUnits({ bounds: { count, limit } }: ShaperDefinition, ...depths: readonly Rational[]): bigint {
  const most = depths.map(floor);
  if (limit !== null && count !== "packets") most.push(floor(limit));
  return most.reduce((least, next) => (next < least ? next : least), UNITS_MAX);
}

function queueOf({ bounds, costRule }: ShaperDefinition, writtenOf: WrittenOf): QueueProfile {
  const { count, limit } = bounds;
  const countsPackets = count === "packets";
  if (limit === null) return { limit: null, countsPackets };
  return queueProfile(countsPackets, limit, limitWritten(limit, costRule, writtenOf("limit")));
}

function tokenBucket(definition: Of<"token-bucket">, writtenOf: WrittenOf): ShaperProfile {
  const { bucket: tokens, costRule, bounds } = definition;
  const { ratePerSec, depth } = tokens;
  const rate = rateWritten(ratePerSec, costRule, writtenOf("rate"));
  const written = boundWritten(definition, writtenOf);
  // The depth alone is blamed for itself.
  const burst = writtenOf("burst") ?? { parameter: "burst", text: wholeUnitsText(depth, costRule.cost) };
  profileFor(bucketOf("post", ratePerSec, depth, costRule), [], rate, burst);
  const most = add(depth, waitingUnits(definition, ratePerSec, depth));
  const bucket = profileFor(bucketOf("post", ratePerSec, most, costRule), [depth], rate, written);
  const depthLevel = levelOf(depth, bucket.levelPerUnit);
  const wait = waitLevel(ratePerSec, bounds.delayMaxNs, bucket);
  const testLevel = wait > LEVEL_MAX - depthLevel ? LEVEL_MAX : depthLevel + wait;
  const only = { ...bucket, depthLevel, testLevel, unitsMax: largestUnits(definition, depth) };
  const queue = queueOf(definition, writtenOf);
  return { kernel: "queue-shaper", buckets: [only], departureParts: bucket.drainPerNs, queue };
}

/** A bucket by itself, so that it is blamed for itself. */
function bucketAlone(
  { ratePerSec, depth }: RateAndDepth,
  costRule: CostRule,
  [rate, burst]: readonly [string, string],
  writtenOf: WrittenOf,
): BucketProfile {
  const rated = writtenOf(rate) ?? { parameter: rate, text: formatRate(ratePerSec, costRule.cost) };
  const sized = writtenOf(burst) ?? { parameter: burst, text: wholeUnitsText(depth, costRule.cost) };
  return profileFor(bucketOf("post", ratePerSec, depth, costRule), [], rated, sized);
}

/** Both buckets in level steps of one drain: one step drains in 1/drain ns. */
function twoRate(definition: Of<"two-rate">, writtenOf: WrittenOf): ShaperProfile {
  const { committed, peak, costRule, bounds } = definition;
  const first = bucketAlone(committed, costRule, ["cir", "cbs"], writtenOf);
  const second = bucketAlone(peak, costRule, ["pir", "pbs"], writtenOf);
  const departureParts = lcm(first.drainPerNs, second.drainPerNs);
  const widened = ({ drainPerNs, levelPerUnit }: BucketProfile) => levelPerUnit * (departureParts / drainPerNs);
  const [unit0, unit1] = [widened(first), widened(second)];
  const unitsMax = largestUnits(definition, committed.depth, peak.depth);
  const slowest = rational(unit0 > unit1 ? unit0 : unit1);
  const inTime = multiply(bounds.delayMaxNs ?? ZERO, rational(departureParts));
  // Each packet leaves at most its own time at the slower rate after the one before it.
  const ofQueue = multiply(waitingUnits(definition, committed.ratePerSec, rational(unitsMax)), slowest);
  const waitMax = floor(bounds.limit === null ? inTime : ofQueue);
  const inLattice = (bucket: BucketProfile, levelPerUnit: bigint): BucketProfile => {
    const depthLevel = bucket.depthLevel * (departureParts / bucket.drainPerNs);
    const levelMax = waitMax + depthLevel;
    if (levelMax + departureParts > LEVEL_MAX) throw tooFine(definition, writtenOf);
    const promptLevel = bounds.delayMaxNs === null ? LEVEL_MAX : floor(inTime) + depthLevel;
    const scale = {
      drainPerNs: departureParts,
      drainedAfterNs: drainedAfterNs(levelMax, departureParts),
      levelPerUnit,
    };
    return { ...bucket, ...scale, depthLevel, testLevel: promptLevel < LEVEL_MAX ? promptLevel : LEVEL_MAX, unitsMax };
  };
  const buckets = [inLattice(first, unit0), inLattice(second, unit1)] as const;
  return { kernel: "two-rate-shaper", buckets, departureParts, queue: queueOf(definition, writtenOf) };
}

function tooFine(definition: Of<"two-rate">, writtenOf: WrittenOf): ConfigError {
  const { committed, peak, costRule } = definition;
  const cir = rateWritten(committed.ratePerSec, costRule, writtenOf("cir"));
  const pir = rateWritten(peak.ratePerSec, costRule, writtenOf("pir"));
  const bound = boundWritten(definition, writtenOf);
  const detail = `does not fit exact 63-bit arithmetic together with cir "${cir.text}" and ${bound.parameter} "${bound.text}"`;
  return blame(
    pir,
    `${detail}; write rates with a large common divisor, such as a multiple of cir, or a lower ${bound.parameter}`,
  );
}

function ticks(definition: Of<"ticks">, writtenOf: WrittenOf): ShaperProfile {
  const { tickNs, quantumUnits, carriesResidue, isImmediate, costRule, bounds } = definition;
  const quantum = rational(quantumUnits);
  const written = boundWritten(definition, writtenOf);
  const queue = queueOf(definition, writtenOf);
  if (queue.limit === null || bounds.limit === null) throw new RangeError("a queue without a bound");
  const roomUnits = ROOM_UNITS[costRule.cost];
  const carried = queue.countsPackets ? [rational(roomUnits > quantumUnits ? roomUnits : quantumUnits)] : [];
  const unitsMax = carriesResidue ? largestUnits(definition, ...carried) : largestUnits(definition, quantum);
  // Two packets that follow each other fill more than one quantum between them, or share a tick.
  const waiting = queue.countsPackets ? queue.limit * unitsMax : queue.limit;
  const most = (2n * waiting) / quantumUnits + (queue.countsPackets ? queue.limit : 0n) + 2n;
  if (most * tickNs > LEVEL_MAX) {
    const tick = writtenOf("tick") ?? { parameter: "tick", text: formatDurationNs(tickNs) };
    throw blame(tick, `a full queue would take ${most} ticks, longer than 2^63 ns; lower it, or ${written.parameter}`);
  }
  const bucket: BucketProfile = {
    drainPerNs: 1n,
    levelPerUnit: 1n,
    depthLevel: quantumUnits,
    testLevel: LEVEL_MAX,
    testsOwnCost: false,
    unitsMax,
    drainedAfterNs: 0n,
    initialLevel: quantumUnits,
    costRule,
  };
  const rule = { tickNs, quantumUnits, carriesResidue, isImmediate };
  return { kernel: "tick-shaper", buckets: [bucket], departureParts: 1n, queue, ...rule };
}
