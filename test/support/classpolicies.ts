// Policies of classes: paths through shared nodes that are charged all or none, or in series.
import * as fc from "fast-check";
import { profilesOf } from "../../src/policies.ts";
import { multiply, type Fraction } from "../../src/reference/rational.ts";
import type {
  ChargeMode,
  ClassPolicy,
  CompiledPolicy,
  MeterDefinition,
  PacketClass,
  PathEntry,
  Rational,
} from "../../src/types.ts";
import { compiledOrNull, thresholdShares } from "./arbitrary.ts";
import { definitionsOf, METER_KINDS, multisOf, type Flavor } from "./definitions.ts";
import { compiledFromDefinition } from "./profile.ts";

/** Nodes that one packet goes through at most. */
export const PATH_NODES_MAX = 4;
/** Classes that a policy is made of at most. */
export const CLASSES_MAX = 4;

/** The policy of a definition; `peers` are other levels that its integers have to hold. */
export function compiledWithPeers(definition: MeterDefinition, peers: readonly Rational[]): CompiledPolicy {
  return { ...compiledFromDefinition(definition), profiles: profilesOf(definition, undefined, peers) };
}

export function classPolicyOf(charge: ChargeMode, classes: readonly PacketClass[]): ClassPolicy {
  return { meter: "classes", length: "frame", charge, classes, matches: [], warnings: [] };
}

export function entryOf(nodeId: number, policy: CompiledPolicy): PathEntry {
  return { nodeId, name: `node ${nodeId}`, keying: { by: "5-tuple" }, policy };
}

/** A class that is metered on a path, leaf first. */
export function meteredClass(name: string, path: readonly PathEntry[]): PacketClass {
  return { name, action: "meter", path };
}

/** A class that passes, or is blocked. */
function unmetered(name: string, action: "pass" | "block"): PacketClass {
  return { name, action, path: [] };
}

/** A node to be, whose parent is one of those before it, or none. */
export interface Draft<Item> {
  readonly item: Item;
  readonly parent: number;
}

export function draftsOf<Item>(item: fc.Arbitrary<Item>, countMax: number): fc.Arbitrary<Draft<Item>[]> {
  const draft = fc.record({ item, parent: fc.nat(PATH_NODES_MAX) });
  return fc.array(draft, { minLength: 1, maxLength: countMax, size: "max" });
}

/** Indexes of nodes from the parent that is number `parent` of those before `count` up to the root; 0 is no parent. */
export function chainOf(drafts: readonly Draft<unknown>[], parent: number, count: number): number[] {
  const index = (parent % (count + 1)) - 1;
  return index < 0 ? [] : [index, ...chainOf(drafts, drafts[index]!.parent, index)];
}

/** Meters that may have a parent: they charge nothing of what they refuse. */
function sharableOf(flavor: Flavor): fc.Arbitrary<MeterDefinition> {
  const { bucket, srtcm, trtcm, "trtcm-4115": trtcm4115, mef, dual } = definitionsOf(flavor);
  const { bucket: plain } = definitionsOf({ ...flavor, hasExtremes: false });
  return fc.oneof(
    { weight: 2, arbitrary: bucket },
    { weight: 2, arbitrary: plain },
    { weight: 1, arbitrary: srtcm },
    { weight: 1, arbitrary: trtcm },
    { weight: 1, arbitrary: trtcm4115 },
    { weight: 1, arbitrary: mef },
    { weight: 1, arbitrary: dual.map((one): MeterDefinition => Object.assign({}, one, { mode: "coordinated" })) },
    { weight: 1, arbitrary: multisOf(flavor, 4) },
  );
}

function aloneOf(flavor: Flavor): fc.Arbitrary<MeterDefinition> {
  const definitions = definitionsOf(flavor);
  return fc.oneof(...METER_KINDS.filter((kind) => kind !== "weighted").map((kind) => definitions[kind]));
}

type ClassAction = "own" | "shared" | "alone" | "pass" | "block";

interface PathClass {
  readonly action: ClassAction;
  readonly own: MeterDefinition;
  readonly alone: MeterDefinition;
  readonly parent: number;
  readonly threshold: Fraction;
}

/** How far the packets of those right below may fill a node of one bucket. */
function withThreshold(definition: MeterDefinition, share: Fraction): MeterDefinition {
  if (definition.kind !== "bucket") return definition;
  const { bucket } = definition;
  return { kind: "bucket", bucket: { ...bucket, threshold: multiply(bucket.depth, share) } };
}

function pathPolicy(
  charge: ChargeMode,
  nodes: readonly Draft<MeterDefinition>[],
  drafts: readonly PathClass[],
): ClassPolicy {
  const allShares = drafts.map(({ threshold }) => threshold);
  const classes = drafts.map((draft, index): PacketClass => {
    const name = `class ${index}`;
    const { action } = draft;
    if (action === "pass" || action === "block") return unmetered(name, action);
    const ownId = nodes.length + 1 + index;
    if (action === "alone") return meteredClass(name, [entryOf(ownId, compiledFromDefinition(draft.alone))]);
    const own = action === "own" ? [entryOf(ownId, compiledFromDefinition(draft.own))] : [];
    // A class without a meter of its own begins at a shared node, its parent or the first.
    const parent = own.length === 0 && draft.parent % (nodes.length + 1) === 0 ? 1 : draft.parent;
    const chain = chainOf(nodes, parent, nodes.length);
    const shared = chain.map((node, level) => {
      const { item } = nodes[node]!;
      const peers = item.kind === "bucket" ? allShares.map((share) => multiply(item.bucket.depth, share)) : [];
      const definition = level === 0 ? withThreshold(item, draft.threshold) : item;
      return entryOf(node + 1, compiledWithPeers(definition, peers));
    });
    return meteredClass(name, [...own, ...shared].slice(0, PATH_NODES_MAX));
  });
  return classPolicyOf(charge, classes);
}

/** Classes on shared nodes, charged in one of these ways. */
export function pathPoliciesOf(
  flavor: Flavor,
  charges: fc.Arbitrary<ChargeMode> = fc.constantFrom("all-or-none", "all-or-none", "series"),
): fc.Arbitrary<ClassPolicy> {
  const sharable = sharableOf(flavor);
  const pathClass = fc.record({
    action: fc.constantFrom<ClassAction>("own", "own", "own", "shared", "shared", "alone", "pass", "block"),
    own: sharable,
    alone: aloneOf(flavor),
    parent: fc.nat(PATH_NODES_MAX),
    threshold: thresholdShares,
  });
  return fc
    .record({
      charge: charges,
      nodes: draftsOf(sharable, PATH_NODES_MAX),
      classes: fc.array(pathClass, { minLength: 1, maxLength: CLASSES_MAX, size: "max" }),
    })
    .map(({ charge, nodes, classes }) => compiledOrNull(() => pathPolicy(charge, nodes, classes)))
    .filter((policy) => policy !== null);
}
