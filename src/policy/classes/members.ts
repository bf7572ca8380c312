/** Classes and nodes as written, each with its own meter compiled by itself. */

import type { ChargeMode } from "../../types.ts";
import type { PolicyReading } from "../compile.ts";
import { checkNotBorrowing } from "./borrow.ts";
import { at } from "./context.ts";
import type { Context } from "./context.ts";
import type { Groups } from "./groups.ts";
import { parseBy } from "./keying.ts";
import { ACTIONS } from "./keys.ts";
import { paramsOf, readMeter } from "./meters.ts";
import type { Section } from "./section.ts";
import type { ClassDraft, Member } from "./tree.ts";

/** Keys of a class that say something of its own meter, or of its place. */
const METER_KEYS = ["by", "parent", "threshold", "group", "weight", "instances", "ceiling-rate", "ceiling-burst"];
/** Of these, those that mean nothing without a meter of its own. */
const OWN_METER_KEYS = ["by", "instances", "ceiling-rate", "ceiling-burst"];

function memberOf(section: Section, reading: PolicyReading, isNode: boolean, byDefault: string): Member {
  const by = at(section.where("by"), () => parseBy("by", section.text("by") ?? byDefault));
  return { name: section.text("name") ?? "", section, isNode, ...by, reading };
}

function checkMode(section: Section, charge: ChargeMode): void {
  if (charge !== "borrow") checkNotBorrowing(section);
  else if (section.has("threshold")) {
    const detail = "does not go with charge borrow, where a node says itself how far it lends; write lends-up-to there";
    throw section.fail("CONFLICT", "threshold", detail);
  }
  if (section.has("threshold") && !section.has("parent")) {
    throw section.fail(
      "CONFLICT",
      "threshold",
      "is a level of the parent's bucket, and there is no parent; leave it out",
    );
  }
}

/** The nodes. Throws ConfigError. */
export function readNodes(sections: readonly Section[], charge: ChargeMode, context: Context): readonly Member[] {
  return sections.map((section) => {
    checkMode(section, charge);
    return memberOf(section, readMeter(section, paramsOf(section), context), true, "all");
  });
}

/** The classes. Throws ConfigError. */
export function readClasses(
  sections: readonly Section[],
  groups: Groups,
  charge: ChargeMode,
  context: Context,
): readonly ClassDraft[] {
  for (const section of sections) {
    checkMode(section, charge);
    checkKeys(section);
    if (section.has("group")) groups.join(section, paramsOf(section));
    if (section.has("group") && charge === "borrow" && groups.isShared(section)) {
      const detail = "shares its rate by weight, which does not go with charge borrow; set mode: static in the group";
      throw section.fail("CONFLICT", "group", detail);
    }
  }
  const shares = groups.readings();
  let ownGroups = 0;
  return sections.map((section) => {
    const action = section.choice("action", ACTIONS) ?? "meter";
    const draft = { name: section.text("name") ?? "", section, action } as const;
    const share = shares.get(section);
    if (share !== undefined) return { ...draft, member: memberOf(section, share, false, "class") };
    const params = paramsOf(section);
    if (params.length === 0) return { ...draft, member: undefined };
    const read = readMeter(section, params, context);
    const { definition } = read;
    // A weighted meter of its own shares its rate among the class's flows only.
    const isGroup = definition.kind === "weighted";
    const reading = isGroup ? { ...read, definition: { ...definition, group: groups.count + ownGroups } } : read;
    if (isGroup) ownGroups += 1;
    return { ...draft, member: memberOf(section, reading, false, "5-tuple") };
  });
}

/** What a class says has to go together. */
function checkKeys(section: Section): void {
  const params = paramsOf(section);
  if (section.has("action")) {
    const action = section.choice("action", ACTIONS);
    const foreign = [...params, ...METER_KEYS].find((key) => section.has(key));
    if (foreign === undefined) return;
    throw section.fail(
      "CONFLICT",
      foreign,
      `cannot stand beside action "${action}", which takes no meter; leave out one of them`,
    );
  }
  if (section.has("group")) return;
  if (section.has("weight")) {
    throw section.fail("CONFLICT", "weight", "is a share of a group's rate; name the group, as in group: uplink");
  }
  if (params.length > 0) return;
  if (!section.has("parent")) {
    const detail = "is missing; a class has a meter of its own, a parent, a group, or action pass or block";
    throw section.fail("MISSING", "meter", detail);
  }
  const lost = OWN_METER_KEYS.find((key) => section.has(key));
  if (lost === undefined) return;
  throw section.fail(
    "CONFLICT",
    lost,
    "says something of the class's own meter, and it has none; leave it out, or give rate and burst",
  );
}
