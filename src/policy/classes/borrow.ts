/**
 * Set-up of a tree in which children borrow from parents (algorithms 2.4). What each node lends, theta, and the bursts
 * and rates of its children have to fit the node: then no class is ever refused what its own contract gives it.
 */

import { add, compare, isZero, multiply, rational, subtract, ZERO } from "../../rational.ts";
import type { BucketDefinition, CompiledPolicy, MeterDefinition, Rational } from "../../types.ts";
import { formatRate, formatUnits } from "../../units.ts";
import { ceilingOf } from "./ceiling.ts";
import type { Context } from "./context.ts";
import { isDeterminedBy } from "./keying.ts";
import { compileNarrowed, compileReading } from "./meters.ts";
import type { Section } from "./section.ts";
import { levelOf } from "./threshold.ts";
import type { Member, Path, Step } from "./tree.ts";

const INSTANCES_MAX = 1_000_000_000;
const TERMS_SHOWN = 8;

/** A member with what is right below it on any path. */
interface Lender {
  readonly member: Member;
  readonly children: Map<number, Member>;
  /** The root has nobody to borrow from. */
  hasParent: boolean;
}

/** What one child may take of its parent: so many buckets of it, each of this rate and burst. */
interface Share {
  readonly member: Member;
  readonly count: number;
}

/** The policies of a tree that lends: one a nodeId. */
export class Borrowing {
  readonly #lenders = new Map<number, Lender>();
  readonly #made = new Map<number, CompiledPolicy>();

  /** Throws ConfigError when a node cannot hold what it promises; the message has the sums. */
  constructor(paths: readonly Path[], context: Context) {
    for (const path of paths) for (const [index, step] of path.entries()) this.#meet(path, index, step);
    for (const [nodeId, lender] of this.#lenders) this.#made.set(nodeId, policyOf(lender, context));
  }

  policyOf({ nodeId }: Step): CompiledPolicy {
    const policy = this.#made.get(nodeId);
    if (policy === undefined) throw new RangeError(`no path has node ${nodeId}`);
    return policy;
  }

  #meet(path: Path, index: number, { nodeId, member }: Step): void {
    const lender = this.#lenders.get(nodeId) ?? { member, children: new Map<number, Member>(), hasParent: false };
    this.#lenders.set(nodeId, lender);
    lender.hasParent = path[index + 1] !== undefined;
    const child = path[index - 1];
    if (child === undefined) return;
    checkSameCost(child.member, member);
    lender.children.set(child.nodeId, child.member);
  }
}

/** The one bucket of a member. Throws ConfigError for meters that are more. */
function bucketOf({ section, reading }: Member): BucketDefinition {
  const { definition } = reading;
  if (definition.kind === "bucket" && definition.bucket.check === "post") return definition.bucket;
  const detail = "charge borrow needs meters of one bucket with check post; use meter token-bucket and check post";
  throw section.fail("CONFLICT", section.has("check") ? "check" : "meter", detail);
}

/** Levels of a path are compared, so a packet has to cost the same in each. */
function checkSameCost(child: Member, parent: Member): void {
  const [own, above] = [bucketOf(child).costRule, bucketOf(parent).costRule];
  const keys = [
    ["cost", own.cost === above.cost],
    ["overhead", own.overheadBytes === above.overheadBytes],
    ["min-length", own.minLengthBytes === above.minLengthBytes],
  ] as const;
  const different = keys.find(([, isSame]) => !isSame)?.[0];
  if (different === undefined) return;
  const detail = `differs from that of node ${parent.name}; with charge borrow a packet costs the same on its whole path`;
  throw child.section.fail("CONFLICT", different, detail);
}

/** How many buckets of a child there are at most below one bucket of the parent. */
function shareOf(child: Member, parent: Member): Share {
  const count = child.section.count("instances", 1, INSTANCES_MAX);
  if (count !== undefined) return { member: child, count };
  if (isDeterminedBy(child.keying, parent.keying)) return { member: child, count: 1 };
  const detail = `is missing: how many buckets ${child.name} has below one of node ${parent.name} does not follow from their keys; give the most there will be, such as instances: 254, or key it by class`;
  throw child.section.fail("MISSING", "instances", detail);
}

/** "3 x 10 Mbit/s (voip) + 1 Mbit/s (rest)" */
function sumText(shares: readonly Share[], textOf: (member: Member) => string): string {
  const parts = shares.map(
    ({ member, count }) => `${count === 1 ? "" : `${count} x `}${textOf(member)} (${member.name})`,
  );
  const more = parts.length > TERMS_SHOWN ? [`${parts.length - TERMS_SHOWN} more`] : [];
  return [...parts.slice(0, TERMS_SHOWN), ...more].join(" + ");
}

function sumOf(shares: readonly Share[], valueOf: (bucket: BucketDefinition) => Rational): Rational {
  return shares.reduce(
    (sum, { member, count }) => add(sum, multiply(valueOf(bucketOf(member)), rational(BigInt(count)))),
    ZERO,
  );
}

/** The level up to which a member lends. Throws ConfigError when that and its children's contracts exceed its own. */
function lendsUpTo({ member, children }: Lender): Rational {
  const { name, section } = member;
  const bucket = bucketOf(member);
  const { depth, ratePerSec, costRule, initialLevel } = bucket;
  const { cost } = costRule;
  const isGiven = section.has("lends-up-to");
  const given = isGiven ? levelOf(section, "lends-up-to", bucket, `node ${name}`) : undefined;
  if (children.size === 0) return given ?? depth;
  const shares = [...children.values()].map((child) => shareOf(child, member));
  const rates = sumOf(shares, (child) => child.ratePerSec);
  if (compare(rates, ratePerSec) > 0) {
    const terms = sumText(shares, (child) => formatRate(bucketOf(child).ratePerSec, cost));
    const detail = `is less than its children are given: ${terms} = ${formatRate(rates, cost)}; raise it to that, or lower theirs`;
    throw section.fail("RANGE", section.has("increment") ? "increment" : "rate", detail);
  }
  const bursts = sumOf(shares, (child) => child.depth);
  const promised = add(bursts, given ?? ZERO);
  if (compare(promised, depth) > 0) {
    const terms = sumText(shares, (child) => formatUnits(bucketOf(child).depth, cost));
    const lent = given === undefined ? "" : ` + ${formatUnits(given, cost)} (lends-up-to)`;
    const detail = `is less than its children are given: ${terms}${lent} = ${formatUnits(promised, cost)}; raise it to that, or lower theirs`;
    throw section.fail("RANGE", section.has("limit") ? "limit" : "burst", detail);
  }
  const theta = given ?? subtract(depth, bursts);
  if (compare(initialLevel, theta) <= 0) return theta;
  const detail = `begins fuller than the node lends (${formatUnits(theta, cost)}), so children could be refused their own; leave it out`;
  throw section.fail("CONFLICT", "initial", detail);
}

function policyOf(lender: Lender, { top, warnings }: Context): CompiledPolicy {
  const { section, reading } = lender.member;
  const own = bucketOf(lender.member);
  const bucket = { ...own, threshold: lendsUpTo(lender) };
  const { policy, keptOut } = compileNarrowed(reading, { kind: "bucket", bucket }, section, top);
  if (keptOut !== undefined) {
    const lent = formatUnits(bucket.threshold, own.costRule.cost);
    warnings.push(`${section.title}: lends up to ${lent}: ${keptOut} can never be borrowed from it`);
  }
  const ceiling = ceilingOf(section, own);
  if (ceiling === undefined) return policy;
  if (!lender.hasParent) {
    const detail = "limits what is borrowed, and without parent nothing is; leave it out";
    throw section.fail("CONFLICT", "ceiling-rate", detail);
  }
  if (isZero(ceiling.bucket.threshold)) {
    warnings.push(
      `${section.title}: ceiling-burst "${ceiling.source.burst.text}": is the burst, so nothing can be borrowed`,
    );
  }
  const sources = [...(reading.sources ?? []), ceiling.source];
  const definition: MeterDefinition = { kind: "borrow-node", bucket, ceiling: ceiling.bucket };
  return { ...compileReading({ ...reading, sources, definition }, section, top), warnings: policy.warnings };
}

/** Throws ConfigError for keys that mean something in a tree that lends only. */
export function checkNotBorrowing(section: Section): void {
  const key = ["lends-up-to", "instances", "ceiling-rate", "ceiling-burst"].find((name) => section.has(name));
  if (key === undefined) return;
  throw section.fail("CONFLICT", key, "goes with charge borrow only; set charge: borrow, or leave it out");
}
