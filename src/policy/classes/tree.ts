/** Who is below whom: the way of each class's packets from their flow to the root. */

import { PATH_NODES_MAX, PATH_SLOTS_MAX } from "../../../assembly/abi.ts";
import { didYouMean, listed } from "../../errors.ts";
import type { FlowKeying } from "../../types.ts";
import type { PolicyReading } from "../compile.ts";
import { bucketsOf } from "../profile.ts";
import type { Section } from "./section.ts";

const NAMES_SHOWN = 8;

/** A node, or the meter of a class itself. */
export interface Member {
  readonly name: string;
  readonly section: Section;
  readonly isNode: boolean;
  readonly keying: FlowKeying;
  /** A node with a bucket for each class. */
  readonly isPerClass: boolean;
  readonly reading: PolicyReading;
}

/** A class as read: its own meter if it has one. */
export interface ClassDraft {
  readonly name: string;
  readonly section: Section;
  readonly action: "meter" | "pass" | "block";
  readonly member: Member | undefined;
}

/** A member on the path of a class. */
export interface Step {
  readonly nodeId: number;
  readonly member: Member;
  /** Whose `threshold` holds here: the class or node that names this member as its parent. */
  readonly below: Section | undefined;
}

export type Path = readonly Step[];

/** The name that is probably meant, or those that there are. `list` is the key that they stand under. */
export function knownNames(name: string, names: readonly string[], list: "nodes" | "groups" | "classes"): string {
  const near = didYouMean(name, names);
  if (near !== "") return near;
  if (names.length === 0) return ` add it under ${list}`;
  const more = names.length > NAMES_SHOWN ? [`${names.length - NAMES_SHOWN} more`] : [];
  return ` under ${list} there ${names.length === 1 ? "is" : "are"} ${listed([...names.slice(0, NAMES_SHOWN), ...more], "and")}`;
}

/** The nodes by name, and their parents. */
export class Tree {
  readonly #nodes: ReadonlyMap<string, Member>;
  readonly #classNames: ReadonlySet<string>;
  readonly #ids = new Map<string, number>();
  readonly #reached = new Set<Member>();
  /** Nodes that are known to lead to a root. */
  readonly #rooted = new Set<Member>();

  /** Throws ConfigError for a parent that is no node, and for nodes in a circle. */
  constructor(nodes: readonly Member[], classNames: readonly string[]) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#classNames = new Set(classNames);
    for (const node of nodes) this.#checkCircle(node);
  }

  #parentOf(section: Section): Member | undefined {
    const name = section.text("parent");
    const parent = name === undefined ? undefined : this.#nodes.get(name);
    if (name === undefined || parent !== undefined) return parent;
    const kind = this.#classNames.has(name) ? "is a class, and a parent is a node" : "no node has this name";
    const known = knownNames(name, [...this.#nodes.keys()], "nodes");
    throw section.fail("CHOICE", "parent", `${kind};${known}`);
  }

  #checkCircle(node: Member): void {
    const way = new Set<Member>();
    for (
      let at: Member | undefined = node;
      at !== undefined && !this.#rooted.has(at);
      at = this.#parentOf(at.section)
    ) {
      if (way.has(at)) {
        const circle = [...way].slice([...way].indexOf(at));
        const names = [...circle, at].map(({ name }) => name);
        const detail = `goes in a circle: ${names.join(" -> ")}; one of them needs no parent`;
        throw at.section.fail("CONFLICT", "parent", detail);
      }
      way.add(at);
    }
    for (const member of way) this.#rooted.add(member);
  }

  /** Number of a member's buckets: one for a class's meter and for a shared node, one for each class where it says so. */
  #idOf(member: Member, className: string): number {
    this.#reached.add(member);
    const name = member.isPerClass && member.isNode ? `${member.name} ${className}` : member.name;
    const known = this.#ids.get(name);
    const id = known ?? this.#ids.size + 1;
    if (known === undefined) this.#ids.set(name, id);
    return id;
  }

  /** The path of a class, leaf first. Throws ConfigError when it is too long. */
  pathOf({ name, section, member }: ClassDraft): Path {
    const path: Step[] = [];
    if (member !== undefined) path.push({ nodeId: this.#idOf(member, name), member, below: undefined });
    let below = section;
    for (let above = this.#parentOf(section); above !== undefined; above = this.#parentOf(above.section)) {
      path.push({ nodeId: this.#idOf(above, name), member: above, below });
      below = above.section;
      if (path.length <= PATH_NODES_MAX) continue;
      const names = path.map((step) => step.member.name).join(", ");
      const detail = `makes a path of more than ${PATH_NODES_MAX} meters (${names}); leave some out`;
      throw section.fail("RANGE", "parent", detail);
    }
    const slots = path.map((step) => slotCountOf(step.member));
    const slotCount = slots.reduce((sum, count) => sum + count, 0);
    if (slotCount > PATH_SLOTS_MAX) {
      const parts = path.map((step, index) => `${step.member.name} ${slots[index]}`).join(", ");
      const detail = `makes a path of ${slotCount} pairs of buckets (${parts}) and the limit is ${PATH_SLOTS_MAX}; use fewer buckets`;
      throw section.fail("RANGE", "parent", detail);
    }
    return path;
  }

  /** Nodes that no class reaches. */
  unused(): readonly Member[] {
    return [...this.#nodes.values()].filter((node) => !this.#reached.has(node));
  }
}

/** Two buckets of `multi` lie in a slot; every other meter is one slot. */
function slotCountOf({ reading: { definition } }: Member): number {
  return definition.kind === "multi" ? Math.ceil(bucketsOf(definition).length / 2) : 1;
}

/**
 * Throws ConfigError for a meter that cannot share a packet with others: what it does with a refused packet is not
 * nothing, so all or none cannot hold.
 */
export function checkSharing({ member }: Step, isAlone: boolean): void {
  if (isAlone && !member.isNode) return;
  const { definition } = member.reading;
  const role = member.isNode ? "be a node" : "have a parent";
  const { kind } = definition;
  if (kind === "turner" || kind === "event-counter") {
    throw member.section.fail(
      "CONFLICT",
      "meter",
      `counts refused packets too, so it cannot ${role}; use token-bucket`,
    );
  }
  if (kind === "weighted") {
    throw member.section.fail("CONFLICT", "meter", `has no rate of its own, so it cannot ${role}; use token-bucket`);
  }
  if (kind === "dual" && definition.mode !== "coordinated") {
    throw member.section.fail(
      "CONFLICT",
      member.section.has("mode") ? "mode" : "meter",
      `charges refused packets, so it cannot ${role}; use mode coordinated`,
    );
  }
}
