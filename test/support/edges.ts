// Where the verdicts of a policy change: its buckets' rates, and the levels at which they say otherwise.
import { bucketsOf } from "../../src/reference/flowmeters.ts";
import { add, ZERO, type Fraction } from "../../src/reference/rational.ts";
import type { CompiledPolicy, CostRule, MeterDefinition, MeteringPolicy } from "../../src/types.ts";
import { BYTES } from "./arbitrary.ts";
import { TIME_MAX, type Move } from "./moves.ts";

const LENGTH_MAX = 0xffff_ffffn;
const GIGA = 1_000_000_000n;

/** A bucket as packets can come near its edges. */
export interface Edge {
  readonly ratePerSec: Fraction;
  readonly levels: readonly Fraction[];
  readonly costRule: CostRule;
}

/** Where a policy meters nothing. */
const NO_EDGE: Edge = { ratePerSec: ZERO, levels: [ZERO], costRule: BYTES };

/** The meters of a policy. */
function metersOf(policy: MeteringPolicy): readonly CompiledPolicy[] {
  if (policy.meter !== "classes") return [policy];
  return policy.classes.flatMap(({ path }) => path.map((entry) => entry.policy));
}

function levelsBeside(definition: MeterDefinition): readonly Fraction[] {
  const { kind } = definition;
  if (kind === "turner") return [definition.cap];
  if (kind === "event-counter") return [definition.cap, definition.clear];
  const [first, second] = bucketsOf(definition);
  return second === undefined ? [] : [add(first!.depth, second.depth)];
}

/** The edges of all buckets of a policy; at least one. */
export function edgesOf(policy: MeteringPolicy): readonly Edge[] {
  const edges = metersOf(policy).flatMap(({ definition }) =>
    bucketsOf(definition).map(({ ratePerSec, depth, threshold, initialLevel, costRule }) => ({
      ratePerSec,
      levels: [depth, threshold, ...levelsBeside(definition), initialLevel],
      costRule,
    })),
  );
  return edges.length === 0 ? [NO_EDGE] : edges;
}

/** Above this length packets have no definite verdict: checks without the own cost have a limit that is only stated. */
export function longestOf(policy: MeteringPolicy): bigint {
  const limits = metersOf(policy)
    .flatMap(({ profiles }) => profiles.flatMap(({ buckets }) => [...buckets]))
    .filter(({ testsOwnCost, costRule: { cost } }) => !testsOwnCost && cost === "bytes")
    .map(({ unitsMax, costRule }) => unitsMax - BigInt(costRule.overheadBytes));
  return limits.reduce((least, limit) => (limit < least ? limit : least), LENGTH_MAX);
}

function levelAt({ level }: Move, { levels }: Edge): Fraction {
  return levels[level % levels.length]!;
}

/** The time of a packet that comes after one at `timeNs`. */
export function timeAfter(timeNs: bigint, edge: Edge, move: Move): bigint {
  const { gap, factor } = move;
  // The time in which one unit, or a level, drains: num / den nanoseconds.
  const den = edge.ratePerSec.num === 0n ? 1n : edge.ratePerSec.num;
  const unitNum = GIGA * edge.ratePerSec.den;
  const level = levelAt(move, edge);
  const gapsNs: Record<Exclude<Move["gap"], "end">, bigint> = {
    tie: 0n,
    ns: factor,
    unit: (factor * unitNum) / den,
    unitUp: (factor * unitNum) / den + 1n,
    level: (level.num * unitNum) / (level.den * den),
    levelUp: (level.num * unitNum) / (level.den * den) + 1n,
    part: (level.num * unitNum * (1n + (factor % 8n))) / (8n * level.den * den),
    ready: 0n,
    almostReady: 0n,
    seconds: factor * GIGA,
    far: factor * 2n ** 43n,
    back: -factor,
    farBack: -factor * GIGA,
  };
  return gap === "end" ? TIME_MAX : clamp(timeNs + gapsNs[gap], TIME_MAX);
}

/** The length of a packet, at most `longest`. */
export function lengthOf(move: Move, edge: Edge, longest: bigint): number {
  const level = levelAt(move, edge);
  const held = level.num / level.den - BigInt(edge.costRule.overheadBytes);
  const lengths: Record<Move["length"], bigint> = {
    zero: 0n,
    one: 1n,
    small: move.factor,
    mtu: 1500n,
    part: (held * (1n + (move.factor % 8n))) / 8n,
    level: held,
    belowLevel: held - 1n,
    aboveLevel: held + 1n,
    max: LENGTH_MAX,
  };
  return Number(clamp(lengths[move.length], longest));
}

function clamp(value: bigint, max: bigint): bigint {
  if (value < 0n) return 0n;
  return value > max ? max : value;
}
