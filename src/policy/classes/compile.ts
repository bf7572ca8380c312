/** A policy of classes and shared nodes, checked and compiled. */

import type { ChargeMode, ClassPolicy, CompiledPolicy, LengthKind, PacketClass } from "../../types.ts";
import { checkValue, paramOfKey } from "../input.ts";
import type { PolicyValue } from "../input.ts";
import { LENGTHS } from "../params.ts";
import { Places } from "../places.ts";
import { Borrowing } from "./borrow.ts";
import type { Context, ReadFile } from "./context.ts";
import { Groups } from "./groups.ts";
import type { ClassesInput } from "./input.ts";
import { CHARGES, CLASS_SHAPE, FILE_SHAPE, GROUP_SHAPE, NODE_SHAPE } from "./keys.ts";
import { readClasses, readNodes } from "./members.ts";
import { checkDefaults, compileReading } from "./meters.ts";
import { readRules } from "./rules.ts";
import { namedSections, Section } from "./section.ts";
import { Thresholds } from "./threshold.ts";
import { checkSharing, Tree } from "./tree.ts";
import type { ClassDraft, Path, Step } from "./tree.ts";

export const CLASSES_MAX = 4096;
/** The last class of a policy in which not every packet has one. */
const UNMATCHED: PacketClass = { name: "unmatched", action: "pass", path: [] };

export interface ClassesOptions {
  /** Lines of the input, so that errors name them. */
  readonly places?: Places;
  /** Reads a file that the policy names (src-file, dst-file), by its name as written. */
  readonly readFile?: ReadFile;
  /** Instead of the input's `length`. */
  readonly length?: PolicyValue;
}

/**
 * Validates a policy of classes and compiles it. Throws ConfigError, whose message names the place as far as known, the
 * class or node, the key, its value, the limit and what to write instead.
 */
export function compileClasses(input: ClassesInput, options: ClassesOptions = {}): ClassPolicy {
  const places = options.places ?? new Places();
  const top = new Section(input as unknown as Readonly<Record<string, unknown>>, FILE_SHAPE, "", places);
  const length = lengthOf(top, options.length);
  const context: Context = { places, readFile: options.readFile, length, top, warnings: [] };
  checkDefaults(top);
  const charge = top.choice("charge", CHARGES) ?? "all-or-none";
  const sections = classSections(top, places);
  const nodeSections = namedSections(top, "nodes", NODE_SHAPE, places);
  const groupSections = namedSections(top, "groups", GROUP_SHAPE, places);
  checkUnique([...nodeSections, ...sections], "classes and nodes");
  checkUnique(groupSections, "groups");

  const nodes = readNodes(nodeSections, charge, context);
  const drafts = readClasses(sections, new Groups(groupSections, context), charge, context);
  const { matches, catchAll } = readRules(sections, context);
  if (catchAll === undefined) checkUnmatched(sections);
  const tree = new Tree(
    nodes,
    drafts.map(({ name }) => name),
  );
  const paths = drafts.map((draft) => tree.pathOf(draft));
  for (const path of paths) for (const step of path) checkSharing(step, path.length === 1);
  const policyOf = stepPolicies(charge, paths, context);
  const classes = drafts.map((draft, index) => classOf(draft, paths[index] ?? [], policyOf));
  if (catchAll === undefined) classes.push(UNMATCHED);
  const warnings = [...context.warnings, ...warningsOf(paths, policyOf, tree, top)];
  return { meter: "classes", length, charge, classes, matches, warnings };
}

/** The length that counts. Throws ConfigError. */
export function lengthOf(top: Section, given: PolicyValue): LengthKind {
  if (given !== undefined) checkValue(paramOfKey("length", undefined), given);
  const word = given ?? top.value("length");
  return LENGTHS.find((known) => known === word) ?? "frame";
}

function classSections(top: Section, places: Places): readonly Section[] {
  const count = top.spots("classes").length;
  if (count > CLASSES_MAX) {
    const detail = `holds ${count} classes and the limit is ${CLASSES_MAX}; put several matches into one class`;
    throw top.fail("RANGE", "classes", detail);
  }
  const sections = namedSections(top, "classes", CLASS_SHAPE, places);
  if (sections.length > 0) return sections;
  throw top.fail(
    "MISSING",
    "classes",
    "is missing or empty; it holds at least one, such as - {name: rest, action: pass}",
  );
}

/** Throws ConfigError for a name that two of them have. */
export function checkUnique(sections: readonly Section[], among: string): void {
  const seen = new Set<string>();
  for (const section of sections) {
    const name = section.text("name") ?? "";
    if (seen.has(name)) throw section.fail("CONFLICT", "name", `is taken; names are unique among ${among}`);
    seen.add(name);
  }
}

/** The name of the class that is added is free. Throws ConfigError. */
function checkUnmatched(sections: readonly Section[]): void {
  const taken = sections.find((section) => section.text("name") === UNMATCHED.name);
  if (taken === undefined) return;
  const detail = "is the name of the class of packets that no other takes, which is added; choose another";
  throw taken.fail("CONFLICT", "name", detail);
}

/** The policy of each step: with the thresholds of those below, or with what it lends. Throws ConfigError. */
function stepPolicies(charge: ChargeMode, paths: readonly Path[], context: Context): (step: Step) => CompiledPolicy {
  if (charge === "borrow") {
    const borrowing = new Borrowing(paths, context);
    return (step) => borrowing.policyOf(step);
  }
  const thresholds = new Thresholds(paths, context);
  thresholds.warn();
  return (step) => thresholds.policyOf(step);
}

/** What the meters warn of, each once, and the nodes that are on no path. Throws ConfigError for a meter of the latter. */
function warningsOf(
  paths: readonly Path[],
  policyOf: (step: Step) => CompiledPolicy,
  tree: Tree,
  top: Section,
): ReadonlySet<string> {
  const warnings = new Set<string>();
  const take = ({ title }: Section, policy: CompiledPolicy) => {
    for (const warning of policy.warnings) warnings.add(`${title}: ${warning}`);
  };
  for (const step of paths.flat()) take(step.member.section, policyOf(step));
  for (const { section, reading } of tree.unused()) {
    warnings.add(`${section.title}: no class has it on its path`);
    take(section, compileReading(reading, section, top));
  }
  return warnings;
}

function classOf({ name, action }: ClassDraft, path: Path, policyOf: (step: Step) => CompiledPolicy): PacketClass {
  const entries = path.map((step) => {
    const { name: memberName, keying } = step.member;
    return { nodeId: step.nodeId, name: memberName, keying, policy: policyOf(step) };
  });
  return { name, action, path: entries };
}
