// What an edge meter of one policy answers, by the definitions on fractions: the model of policies that are replaced.
import { UNIT_NS } from "../../src/edge/time.ts";
import { readInFull } from "../../src/edge/fullpolicy.ts";
import { edgePolicyOf } from "../../src/edge/profiles.ts";
import type { Color, Inherit, PolicyInput } from "../../src/edge/types.ts";
import { readPolicy } from "../../src/policy/compile.ts";
import type { FlowMeter } from "../../src/reference/flowmeter.ts";
import { bucketsOf, createFlowMeter } from "../../src/reference/flowmeters.ts";
import {
  add,
  ceiling,
  divide,
  fraction,
  multiply,
  smaller,
  subtract,
  ZERO,
  type Fraction,
} from "../../src/reference/rational.ts";
import type { BucketDefinition, MeterDefinition } from "../../src/types.ts";

/** The states of all meters: nested, with levels or tokens at the bottom. */
type State = unknown;

interface Policy {
  readonly meter: FlowMeter<State>;
  readonly buckets: readonly BucketDefinition[];
  /** Of each bucket: level steps a unit, to which carried levels are rounded up. */
  readonly steps: readonly bigint[];
  /** The most that a level can be, where a definition says so. */
  readonly cap: Fraction | undefined;
}

function policyOf(input: PolicyInput): Policy {
  const { slots } = edgePolicyOf(input, readInFull(input, 1), 1, UNIT_NS.ns);
  const definition = counted(readPolicy(input).definition) as MeterDefinition;
  const meter = createFlowMeter(definition, "all-or-none", () => {
    throw new Error("no edge meter is weighted");
  });
  const steps = slots.flatMap(({ buckets }) => buckets.map(({ levelPerUnit }) => levelPerUnit));
  const cap = "cap" in definition ? definition.cap : undefined;
  return { meter, buckets: bucketsOf(definition), steps, cap };
}

/** The definition with costs that are numbers of packets. */
function counted(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(counted);
  if (typeof part !== "object" || part === null) return part;
  if ("cost" in part) return { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, counted(value)]));
}

/** The state with these levels, made of that of a drained flow; which of its parts comes first, `levels` says as well. */
function withLevels(drained: State, buckets: readonly BucketDefinition[], levels: Fraction[], isAlarm: boolean): State {
  const [depths, left] = [buckets.map(({ depth }) => depth), [...levels]];
  const rebuilt = (part: State): State => {
    if (Array.isArray(part)) return part.map(rebuilt);
    const fields = Object.entries(part as object).map(([name, value]): [string, unknown] => {
      if (name === "lastNs") return [name, value];
      if (name === "isAlarm") return [name, isAlarm];
      if (name === "level") return [name, left.shift()];
      if (typeof (value as Fraction).num === "bigint") {
        return [name, subtract(depths[levels.length - left.length]!, left.shift()!)];
      }
      return [name, rebuilt(value)];
    });
    return Object.fromEntries(fields);
  };
  return rebuilt(drained);
}

/** A meter of one policy and of no time that steps back, with room for every key. */
export class EdgeModel {
  #policy: Policy;
  /** Keys that are tracked. */
  readonly #states = new Map<number, State>();

  constructor(input: PolicyInput) {
    this.#policy = policyOf(input);
  }

  /** The color of a call, and the ns after which it would not be red; null: never. */
  decide(key: number, nowNs: bigint, cost: number, colorIn: Color): readonly [Color, bigint | null] {
    const { meter } = this.#policy;
    const known = this.#states.get(key);
    const state = known ?? meter.fresh(nowNs);
    const packet = { lengthBytes: cost, colorIn };
    const { color, next } = meter.offer(state, packet, nowNs);
    const isFresh = meter.levels(next, nowNs).every(({ num }) => num === 0n);
    if (known !== undefined || !isFresh) this.#states.set(key, next);
    return [color, color === 2 ? meter.delayNs(state, packet, nowNs) : 0n];
  }

  setPolicy(input: PolicyInput, how: Inherit, nowNs: bigint): void {
    const [old, next] = [this.#policy, policyOf(input)];
    this.#policy = next;
    for (const [key, state] of this.#states) {
      const levels = old.meter.levels(state, nowNs).map((level, bucket) => carried(level, bucket, old, next, how));
      if (how === "reset") this.#states.set(key, next.meter.fresh(nowNs));
      else {
        const isAlarm = old.meter.isAlarm?.(state) === true;
        this.#states.set(key, withLevels(next.meter.drained(nowNs), next.buckets, levels, isAlarm));
      }
    }
  }
}

function carried(level: Fraction, bucket: number, old: Policy, next: Policy, how: Inherit): Fraction {
  const [from, to] = [old.buckets[bucket], next.buckets[bucket]];
  if (from === undefined || to === undefined || how === "reset") return ZERO;
  const step = next.steps[bucket]!;
  const rounded = (value: Fraction) => fraction(ceiling(multiply(value, fraction(step))), step);
  const used = smaller(level, from.depth);
  const part = from.depth.num === 0n ? ZERO : multiply(to.depth, divide(used, from.depth));
  const kept = how === "as-is" ? smaller(rounded(used), to.depth) : rounded(part);
  const sum = add(kept, rounded(subtract(level, used)));
  return next.cap === undefined ? sum : smaller(sum, next.cap);
}
