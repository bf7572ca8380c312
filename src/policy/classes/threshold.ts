/** Priority in a shared bucket (algorithms 2.5): how far the packets of each class may fill it. */

import type { ConfigError } from "../../errors.ts";
import { compare, divide, fractionText, multiply } from "../../rational.ts";
import type { BucketDefinition, CompiledPolicy, MeterDefinition, Rational } from "../../types.ts";
import { formatUnits, parseBurst } from "../../units.ts";
import type { PolicyReading } from "../compile.ts";
import { NS_PER_SEC } from "../limits.ts";
import { at } from "./context.ts";
import type { Context } from "./context.ts";
import { compileNarrowed, compileReading } from "./meters.ts";
import type { Section } from "./section.ts";
import type { Member, Path, Step } from "./tree.ts";

/** A level of a bucket as a class or node writes it, in the units of that bucket. Throws ConfigError. */
export function levelOf(section: Section, key: string, bucket: BucketDefinition, owner: string): Rational {
  const text = section.text(key) ?? "";
  const level = at(section.where(key), () => parseBurst(key, text));
  const { depth, ratePerSec } = bucket;
  const { cost } = bucket.costRule;
  if (level.kind === "amount" && level.cost !== cost) {
    throw section.fail("UNIT", key, `is in ${level.cost} but ${owner} counts ${cost}; write it in ${cost}`);
  }
  const units = level.kind === "amount" ? level.units : divide(multiply(ratePerSec, level.durationNs), NS_PER_SEC);
  if (compare(units, depth) <= 0) return units;
  throw section.fail("RANGE", key, `is above the burst of ${owner}; write at most ${formatUnits(depth, cost)}`);
}

interface Fill {
  readonly section: Section;
  readonly level: Rational;
}

/** The thresholds of all paths, and the policies that they make of shared buckets. */
export class Thresholds {
  readonly #fills = new Map<Step, Fill>();
  /** The different levels up to which a member is filled. */
  readonly #levels = new Map<Member, Map<string, Rational>>();
  readonly #made = new Map<string, CompiledPolicy>();
  readonly #context: Context;

  /** Throws ConfigError for a threshold above the depth, or of a node of several buckets. */
  constructor(paths: readonly Path[], context: Context) {
    this.#context = context;
    for (const step of paths.flat()) {
      const { member, below } = step;
      const { definition } = member.reading;
      const isGiven = below?.has("threshold") === true;
      if (definition.kind !== "bucket") {
        if (isGiven) throw notOneBucket(below, member);
        continue;
      }
      const { bucket } = definition;
      const level = isGiven ? levelOf(below, "threshold", bucket, `node ${member.name}`) : bucket.depth;
      if (isGiven) this.#fills.set(step, { section: below, level });
      const levels = this.#levels.get(member) ?? new Map<string, Rational>();
      this.#levels.set(member, levels.set(fractionText(level), level));
    }
  }

  /** The policy of a step. All classes share the bucket's level, so all thresholds are whole in its one scale. */
  policyOf(step: Step): CompiledPolicy {
    const { member } = step;
    const fill = this.#fills.get(step);
    const key = `${member.name} ${fill === undefined ? "" : fractionText(fill.level)}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const peers = [...(this.#levels.get(member)?.values() ?? [])];
    const { section, reading } = member;
    const made =
      fill === undefined
        ? compileReading(reading, section, this.#context.top, peers)
        : this.#narrowed(fill, reading, peers);
    this.#made.set(key, made);
    return made;
  }

  #narrowed({ section, level }: Fill, reading: PolicyReading, peers: readonly Rational[]): CompiledPolicy {
    const { definition } = reading;
    if (definition.kind !== "bucket") throw new RangeError("a threshold of a meter that is not one bucket");
    const threshold = { parameter: "threshold", text: section.text("threshold") ?? "" };
    const sources = reading.sources?.map((source) => ({ ...source, threshold })) ?? [];
    const filled: MeterDefinition = { kind: "bucket", bucket: { ...definition.bucket, threshold: level } };
    const { top, warnings } = this.#context;
    const { policy, keptOut } = compileNarrowed({ ...reading, sources }, filled, section, top, peers);
    if (keptOut !== undefined) {
      warnings.push(`${section.title}: threshold "${threshold.text}": ${keptOut} can never conform`);
    }
    return policy;
  }

  /** Says where a bucket has room that no class may use. */
  warn(): void {
    const { warnings } = this.#context;
    for (const [member, levels] of this.#levels) {
      if (member.reading.definition.kind !== "bucket") continue;
      const { depth, costRule } = member.reading.definition.bucket;
      const highest = [...levels.values()].reduce((most, level) => (compare(level, most) > 0 ? level : most));
      if (compare(highest, depth) === 0) continue;
      const [used, whole] = [highest, depth].map((level) => formatUnits(level, costRule.cost));
      warnings.push(
        `node ${member.name}: no class may fill more than ${used} of its ${whole}; leave threshold out for the first class`,
      );
    }
  }
}

function notOneBucket(below: Section, { name, reading }: Member): ConfigError {
  const detail = `node ${name} is a ${reading.meter}, and only a node of one bucket has room by priority`;
  return below.fail("CONFLICT", "threshold", detail);
}
