// Trees that borrow, in which what a node lends and what its children are given fits the node.
import * as fc from "fast-check";
import { add, fraction, multiply, subtract, ZERO, type Fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, ClassPolicy, CostRule, MeterDefinition } from "../../src/types.ts";
import { BYTES, compiledOrNull, costRules, plainDepths, plainRates } from "./arbitrary.ts";
import {
  chainOf,
  CLASSES_MAX,
  classPolicyOf,
  draftsOf,
  entryOf,
  meteredClass,
  PATH_NODES_MAX,
  type Draft,
} from "./classpolicies.ts";
import type { Flavor } from "./definitions.ts";
import { compiledFromDefinition } from "./profile.ts";

/** Flows of a class have one of 2 ** KEY_BITS keys. */
export const KEY_BITS = 2;

/** A policy of which the nodes' keys follow from the leaf's: each drops so many bits of it. */
export interface KeyedPolicy {
  readonly policy: ClassPolicy;
  /** By class, one an entry of its path. */
  readonly shifts: readonly (readonly number[])[];
}

/** What a node has for itself, besides what it needs for its children. */
interface Lender {
  readonly ratePerSec: Fraction;
  readonly depth: Fraction;
  readonly lends: Fraction;
  readonly initial: Fraction;
  /** What the ceiling has above rate and depth; null: no ceiling. */
  readonly ceiling: { readonly ratePerSec: Fraction; readonly depth: Fraction } | null;
  /** Bits that its keys keep and its parent's drop. */
  readonly bits: number;
}

interface Leaf extends Draft<Lender> {
  /** Its class has no meter of its own and begins at its parent. */
  readonly isShared: boolean;
}

/** A rate and a depth that are promised to children. */
interface Promised {
  readonly ratePerSec: Fraction;
  readonly depth: Fraction;
}

function lendersOf({ initial }: Flavor): fc.Arbitrary<Lender> {
  return fc.record({
    ratePerSec: plainRates,
    depth: plainDepths,
    lends: fc.constantFrom(0n, 100n, 1500n, 4000n, 4000n, 20_000n).map((units) => fraction(units)),
    initial,
    ceiling: fc.option(fc.record({ ratePerSec: plainRates, depth: plainDepths }), { freq: 2 }),
    bits: fc.nat(2),
  });
}

/** A node's buckets. A root has no one to borrow from, and so no ceiling. */
function lending(
  costRule: CostRule,
  { ratePerSec, depth, ceiling }: Pick<Lender, "ratePerSec" | "depth" | "ceiling">,
  threshold: Fraction,
  initial: Fraction,
  isRoot: boolean,
): MeterDefinition {
  const initialLevel = multiply(threshold, initial);
  const bucket: BucketDefinition = { check: "post", ratePerSec, depth, threshold, initialLevel, costRule };
  if (ceiling === null || isRoot) return { kind: "bucket", bucket };
  const over = { ratePerSec: add(ratePerSec, ceiling.ratePerSec), depth: add(depth, ceiling.depth) };
  const kept = subtract(over.depth, depth);
  return { kind: "borrow-node", bucket, ceiling: { ...bucket, ...over, threshold: kept, initialLevel: ZERO } };
}

/** Bits that each node's keys drop: roots all, and no node more than its parent. */
function shiftsOf(nodes: readonly Draft<Lender>[]): readonly number[] {
  const shifts: number[] = [];
  for (const [index, { item, parent }] of nodes.entries()) {
    const [above] = chainOf(nodes, parent, index);
    shifts.push(above === undefined ? KEY_BITS : Math.max(0, shifts[above]! - item.bits));
  }
  return shifts;
}

/** Rate and depth of each node: its own, and those of all buckets right below one of it. */
function sizesOf(nodes: readonly Draft<Lender>[], leaves: readonly Leaf[]): readonly Promised[] {
  const shifts = shiftsOf(nodes);
  const sizes = nodes.map(({ item: { ratePerSec, depth, lends } }) => ({ ratePerSec, depth: add(depth, lends) }));
  const promise = ({ parent }: Draft<unknown>, count: number, size: Promised, shift: number): void => {
    const [above] = chainOf(nodes, parent, count);
    if (above === undefined) return;
    const buckets = fraction(2n ** BigInt(shifts[above]! - shift));
    const { ratePerSec, depth } = sizes[above]!;
    sizes[above] = {
      ratePerSec: add(ratePerSec, multiply(size.ratePerSec, buckets)),
      depth: add(depth, multiply(size.depth, buckets)),
    };
  };
  for (const leaf of leaves) if (!leaf.isShared) promise(leaf, nodes.length, leaf.item, 0);
  // Children come after their parents.
  for (const [index, node] of [...nodes.entries()].toReversed()) promise(node, index, sizes[index]!, shifts[index]!);
  return sizes;
}

function borrowPolicy(rule: CostRule, nodes: readonly Draft<Lender>[], leaves: readonly Leaf[]): KeyedPolicy {
  const shifts = shiftsOf(nodes);
  const sizes = sizesOf(nodes, leaves);
  const entries = nodes.map(({ item, parent }, index) => {
    const isRoot = chainOf(nodes, parent, index).length === 0;
    const definition = lending(rule, { ...item, ...sizes[index]! }, item.lends, item.initial, isRoot);
    return entryOf(index + 1, compiledFromDefinition(definition));
  });
  const paths = leaves.map(({ item, parent, isShared }, index) => {
    // A class without a meter of its own has a parent: the first node, if none is named.
    const first = isShared && parent % (nodes.length + 1) === 0 ? 1 : parent;
    const chain = chainOf(nodes, first, nodes.length);
    const shared = chain.map((node) => ({ entry: entries[node]!, shift: shifts[node]! }));
    if (isShared) return shared;
    const leaf = lending(rule, item, item.depth, item.initial, chain.length === 0);
    return [{ entry: entryOf(nodes.length + 1 + index, compiledFromDefinition(leaf)), shift: 0 }, ...shared];
  });
  const classes = paths.map((path, index) =>
    meteredClass(
      `class ${index}`,
      path.map(({ entry }) => entry),
    ),
  );
  return { policy: classPolicyOf("borrow", classes), shifts: paths.map((path) => path.map(({ shift }) => shift)) };
}

export function borrowPoliciesOf(flavor: Flavor): fc.Arbitrary<KeyedPolicy> {
  const lenders = lendersOf(flavor);
  const leaf = fc.record({
    item: lenders,
    parent: fc.nat(PATH_NODES_MAX),
    isShared: fc.constantFrom(false, false, false, true),
  });
  return fc
    .record({
      rule: fc.oneof(fc.constant(BYTES), costRules),
      nodes: draftsOf(lenders, PATH_NODES_MAX - 1),
      leaves: fc.array(leaf, { minLength: 1, maxLength: CLASSES_MAX, size: "max" }),
    })
    .map(({ rule, nodes, leaves }) => compiledOrNull(() => borrowPolicy(rule, nodes, leaves)))
    .filter((policy) => policy !== null);
}
