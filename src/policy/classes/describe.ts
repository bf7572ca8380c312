/** A policy of classes as scripts and people read it. */

import { compare, fractionText } from "../../rational.ts";
import type { ChargeMode, ClassPolicy, CompiledPolicy, LengthKind, MatchRule, PacketClass } from "../../types.ts";
import type { PathEntry, Rational } from "../../types.ts";
import { formatRate, formatUnits } from "../../units.ts";
import { describePolicy } from "../describe.ts";
import type { PolicyDescription } from "../describe.ts";
import type { ExactRate, ExactUnits } from "../exact.ts";
import { keyingText } from "../keying.ts";
import { policyLine } from "../line.ts";
import { profilesOf } from "../profile.ts";
import { DSCPS, PROTOCOLS, rangeText, wordOf } from "./fields.ts";
import { prefixText } from "./prefix.ts";

const VALUES_SHOWN = 8;
const CLASSES_SHOWN = 32;

/** A node, or the meter of a class. */
export interface MemberDescription {
  readonly name: string;
  /** What makes packets one flow, as in a policy file. */
  readonly by: string;
  readonly policy: PolicyDescription;
  /** charge borrow: what is borrowed included. */
  readonly ceiling?: { readonly rate: ExactRate; readonly depth: ExactUnits };
  /** charge borrow: the level up to which others borrow from it. */
  readonly lendsUpTo?: ExactUnits;
  /** Of a class of a group: the group's number in the file, from 0, and its weight. */
  readonly group?: number;
  readonly weight?: number;
}

export interface ClassDescription {
  readonly name: string;
  readonly action: PacketClass["action"];
  /** One text a rule, of which any has to hold; "all" for every packet that is left. */
  readonly matches: readonly string[];
  /** Names, leaf first. */
  readonly path: readonly string[];
  /** Of its own meter; null when it has none. */
  readonly meter: MemberDescription | null;
  /** Nodes that its packets may fill only up to a level. */
  readonly thresholds: readonly { readonly node: string; readonly level: ExactUnits }[];
}

export interface ClassesDescription {
  readonly meter: "classes";
  readonly length: LengthKind;
  readonly charge: ChargeMode;
  readonly classes: readonly ClassDescription[];
  /** Nodes that are on a path, each once; one that is kept for each class has an entry for each. */
  readonly nodes: readonly MemberDescription[];
  readonly warnings: readonly string[];
}

/** A JSON number up to 2^53, else text. */
export function exact(value: Rational): number | string {
  const isSafe = value.den === 1n && value.num <= BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? Number(value.num) : fractionText(value);
}

function valuesText<Value>(key: string, values: readonly Value[] | undefined, textOf: (value: Value) => string) {
  if (values === undefined) return [];
  const shown = values.slice(0, VALUES_SHOWN).map(textOf).join(" ");
  const more = values.length > VALUES_SHOWN ? ` and ${values.length - VALUES_SHOWN} more` : "";
  return [`${key} ${shown}${more}`];
}

/** "protocol udp, dst-port 5060-5061, dscp ef" */
export function matchText(rule: MatchRule): string {
  const parts = [
    ...valuesText("protocol", rule.protocols, (protocol) => wordOf(PROTOCOLS, protocol)),
    ...valuesText("src", rule.sources, prefixText),
    ...valuesText("dst", rule.destinations, prefixText),
    ...valuesText("src-port", rule.sourcePorts, rangeText),
    ...valuesText("dst-port", rule.destinationPorts, rangeText),
    ...valuesText("dscp", rule.dscps, (dscp) => wordOf(DSCPS, dscp)),
    ...valuesText("vlan", rule.vlans, rangeText),
  ];
  return parts.length === 0 ? "all" : parts.join(", ");
}

/** A meter as it is without thresholds and ceilings, which are told beside it. */
function whole(policy: CompiledPolicy): CompiledPolicy {
  const { kind } = policy.definition;
  if (kind !== "bucket" && kind !== "borrow-node") return policy;
  const { bucket } = policy.definition;
  const definition = { kind: "bucket", bucket: { ...bucket, threshold: bucket.depth } } as const;
  return { ...policy, definition, profiles: profilesOf(definition) };
}

function describeMember(entry: PathEntry, isNode: boolean, charge: ChargeMode): MemberDescription {
  const { name, keying, policy } = entry;
  const { definition } = policy;
  const units = (value: Rational, cost: "bytes" | "packets") => ({
    text: formatUnits(value, cost),
    units: exact(value),
  });
  const described = { name, by: keyingText(keying), policy: describePolicy(whole(policy)) };
  if (definition.kind === "weighted") {
    return { ...described, group: definition.group, weight: Number(definition.weight) };
  }
  if (charge !== "borrow" || (definition.kind !== "bucket" && definition.kind !== "borrow-node")) return described;
  const { threshold, costRule } = definition.bucket;
  const lending = isNode ? { ...described, lendsUpTo: units(threshold, costRule.cost) } : described;
  if (definition.kind === "bucket") return lending;
  const { ratePerSec, depth } = definition.ceiling;
  const rate = { text: formatRate(ratePerSec, costRule.cost), unitsPerSec: exact(ratePerSec) };
  return { ...lending, ceiling: { rate, depth: units(depth, costRule.cost) } };
}

function thresholdsOf({ path }: PacketClass, charge: ChargeMode): ClassDescription["thresholds"] {
  if (charge === "borrow") return [];
  return path.flatMap(({ name, policy: { definition } }) => {
    if (definition.kind !== "bucket") return [];
    const { threshold, depth, costRule } = definition.bucket;
    if (compare(threshold, depth) === 0) return [];
    return [{ node: name, level: { text: formatUnits(threshold, costRule.cost), units: exact(threshold) } }];
  });
}

/** Whether the first of a path is the class's own meter: names are unique among classes and nodes. */
function ownEntry({ name, path }: PacketClass): PathEntry | undefined {
  return path[0]?.name === name ? path[0] : undefined;
}

/** The policy as compiled, as plain values for JSON. */
export function describeClasses(policy: ClassPolicy): ClassesDescription {
  const { length, charge, warnings } = policy;
  const matches = policy.classes.map((): string[] => []);
  for (const rule of policy.matches) matches[rule.classIndex]?.push(matchText(rule));
  const nodes = new Map<number, MemberDescription>();
  const classes = policy.classes.map((each, index): ClassDescription => {
    const own = ownEntry(each);
    for (const entry of each.path) {
      if (entry !== own && !nodes.has(entry.nodeId)) nodes.set(entry.nodeId, describeMember(entry, true, charge));
    }
    const rules = matches[index] ?? [];
    return {
      name: each.name,
      action: each.action,
      matches: rules.length === 0 ? ["all"] : rules,
      path: each.path.map(({ name }) => name),
      meter: own === undefined ? null : describeMember(own, false, charge),
      thresholds: thresholdsOf(each, charge),
    };
  });
  return { meter: "classes", length, charge, classes, nodes: [...nodes.values()], warnings };
}

function memberLine(entry: PathEntry, isNode: boolean, charge: ChargeMode): string {
  const { ceiling, lendsUpTo, weight, group } = describeMember(entry, isNode, charge);
  const parts = [
    policyLine(whole(entry.policy), keyingText(entry.keying)),
    ...(weight === undefined ? [] : [`weight ${weight} in group ${group}`]),
    ...(lendsUpTo === undefined ? [] : [`lends up to ${lendsUpTo.text}`]),
    ...(ceiling === undefined ? [] : [`ceiling ${ceiling.rate.text}, ${ceiling.depth.text}`]),
  ];
  return `${isNode ? "node" : "meter"} ${entry.name}: ${parts.join("; ")}`;
}

/** The policy in lines for people, cut where it is long: one a class with its matches and its path, one a meter. */
export function classesLines(policy: ClassPolicy): readonly string[] {
  const { classes, length, charge } = describeClasses(policy);
  const lines = [`classes  ${classes.length}, charge ${charge}, length ${length}`];
  const seen = new Set<number>();
  for (const [index, { name, action, matches, path, thresholds }] of classes.slice(0, CLASSES_SHOWN).entries()) {
    const way = action === "meter" ? path.join(" -> ") : action;
    const limits = thresholds.map(({ node, level }) => `; fills ${node} up to ${level.text}`).join("");
    lines.push(`class ${name}: ${matches.slice(0, VALUES_SHOWN).join(" | ")} => ${way}${limits}`);
    for (const entry of policy.classes[index]?.path ?? []) {
      if (seen.has(entry.nodeId)) continue;
      seen.add(entry.nodeId);
      lines.push(`  ${memberLine(entry, entry.name !== name, charge)}`);
    }
  }
  if (classes.length > CLASSES_SHOWN) lines.push(`and ${classes.length - CLASSES_SHOWN} more classes`);
  return lines;
}
