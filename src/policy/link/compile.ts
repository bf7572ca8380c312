/** A policy of one link and its classes, checked and compiled. */

import { LINK_CLASSES_MAX } from "../../../assembly/abi/link.ts";
import type { CostRule, LinkClass, LinkPolicy, QueueLimit, SchedulerName } from "../../types.ts";
import { parseRate } from "../../units.ts";
import { checkUnique, lengthOf } from "../classes/compile.ts";
import type { ClassesOptions } from "../classes/compile.ts";
import { at } from "../classes/context.ts";
import type { Context } from "../classes/context.ts";
import { checkDefaults } from "../classes/meters.ts";
import { readRules } from "../classes/rules.ts";
import { isMap, namedSections, Section } from "../classes/section.ts";
import { knownNames } from "../classes/tree.ts";
import { readLength } from "../input.ts";
import { MIN_LENGTH, OVERHEAD } from "../params.ts";
import { Places } from "../places.ts";
import { fullPacketUnits, limitOf, quantumOf, UNLIMITED } from "./amounts.ts";
import type { LinkUnits } from "./amounts.ts";
import type { LinkInput } from "./input.ts";
import { LINK_CLASS_SHAPE, LINK_FILE_SHAPE, LINK_KEY, LINK_SHAPE, QUEUE_SHAPE, SCHEDULERS } from "./keys.ts";
import { linkTime } from "./time.ts";

const SCHEDULER_DEFAULT: SchedulerName = "drr";

/** What queues are read with. */
interface Reading extends LinkUnits {
  readonly scheduler: SchedulerName;
  /** Of the link as a whole. */
  readonly limit: QueueLimit | undefined;
  readonly fullPacket: bigint;
  readonly places: Places;
  readonly warnings: string[];
}

/**
 * Validates a link with its classes and compiles it. Throws ConfigError, whose message names the place as far as known,
 * the class, the key, its value, the limit and what to write instead.
 */
export function compileLink(input: LinkInput, options: ClassesOptions = {}): LinkPolicy {
  const places = options.places ?? new Places();
  const top = new Section(input as unknown as Readonly<Record<string, unknown>>, LINK_FILE_SHAPE, "", places);
  const length = lengthOf(top, options.length);
  checkDefaults(top);
  const head = mapOf(top, LINK_KEY, LINK_SHAPE, LINK_KEY, places);
  const { rateText, ratePerSec, cost } = rateOf(head);
  const { profile, unitsMax } = at(head.where("rate"), () => linkTime(ratePerSec, rateText));
  const scheduler = head.choice("scheduler", SCHEDULERS) ?? SCHEDULER_DEFAULT;
  const costRule: CostRule = {
    cost,
    overheadBytes: bytesOf(top, "overhead"),
    minLengthBytes: bytesOf(top, "min-length"),
  };
  const limit = limitOf(head, { ratePerSec, cost });

  const sections = classSections(top, places);
  const context: Context = { places, readFile: options.readFile, length, top, warnings: [] };
  const defaultClass = defaultOf(head, sections);
  const { matches } = readRules(sections, context, sections[defaultClass]);
  const fullPacket = fullPacketUnits(cost, length, costRule.overheadBytes, costRule.minLengthBytes);
  const reading = { ratePerSec, cost, scheduler, limit, fullPacket, places, warnings: context.warnings };
  const classes = sections.map((section) => classOf(section, reading));
  const all = limit ?? UNLIMITED;
  const definition = { scheduler, ratePerSec, costRule, limit: all, classes, unitsMax };
  return { meter: "link", length, definition, profile, matches, defaultClass, warnings: context.warnings };
}

/** A key's map as a section. Throws ConfigError when it is missing or something else. */
function mapOf(owner: Section, key: string, shape: typeof LINK_SHAPE, title: string, places: Places): Section {
  const value = owner.value(key);
  if (isMap(value)) return new Section(value, shape, title, places);
  const row = [...LINK_FILE_SHAPE.keys, ...LINK_CLASS_SHAPE.keys].find(({ name }) => name === key);
  if (value === undefined) throw owner.fail("MISSING", key, `is missing; write one such as ${row?.example ?? "{}"}`);
  throw owner.fail("FILE", key, `must be a map of keys to values, such as ${row?.example ?? "{}"}`);
}

function rateOf(head: Section) {
  const rateText = head.text("rate");
  if (rateText === undefined) {
    throw head.fail("MISSING", "rate", "is missing; a link has the rate that it sends, such as 10 Mbit/s");
  }
  const { unitsPerSec: ratePerSec, cost } = at(head.where("rate"), () => parseRate("rate", rateText));
  return { rateText, ratePerSec, cost };
}

function bytesOf(top: Section, name: "overhead" | "min-length"): number {
  const text = top.text(name);
  const param = name === "overhead" ? OVERHEAD : MIN_LENGTH;
  return text === undefined ? 0 : at(top.where(name), () => readLength(param, text));
}

function classSections(top: Section, places: Places): readonly Section[] {
  const sections = namedSections(top, "classes", LINK_CLASS_SHAPE, places);
  if (sections.length === 0) {
    const detail = "is missing or empty; it holds at least one, such as - {name: rest, queue: {limit: 64 kB}}";
    throw top.fail("MISSING", "classes", detail);
  }
  if (sections.length > LINK_CLASSES_MAX) {
    const detail = `holds ${sections.length} classes and a link has at most ${LINK_CLASSES_MAX}; put several matches into one class`;
    throw top.fail("RANGE", "classes", detail);
  }
  checkUnique(sections, "classes");
  return sections;
}

/** Index of the class of what no match takes. */
function defaultOf(head: Section, sections: readonly Section[]): number {
  const name = head.text("default");
  if (name === undefined) return sections.length - 1;
  const names = sections.map((section) => section.text("name") ?? "");
  const index = names.indexOf(name);
  if (index !== -1) return index;
  throw head.fail("CHOICE", "default", `no class has this name;${knownNames(name, names, "classes")}`);
}

function classOf(section: Section, reading: Reading): LinkClass {
  const { scheduler, cost, limit: ofAll, fullPacket, places, warnings } = reading;
  const name = section.text("name") ?? "";
  if (!section.has("queue") && ofAll !== undefined) {
    return { name, limit: UNLIMITED, quantum: fullPacket };
  }
  const queue = mapOf(section, "queue", QUEUE_SHAPE, `${section.title}: queue`, places);
  for (const key of ["quantum", "weight"].filter((known) => queue.has(known) && scheduler !== "drr")) {
    throw queue.fail(
      "CONFLICT",
      key,
      `says nothing with scheduler ${scheduler}; leave it out, or write scheduler: drr`,
    );
  }
  const limit = limitOf(queue, reading);
  if (limit === undefined && ofAll === undefined) {
    const detail = "is missing; a queue without one never drops: write one such as 64 kB, or a limit of the link";
    throw queue.fail("MISSING", "limit", detail);
  }
  if (limit !== undefined && limit.units < fullPacket) {
    const what = `packets that take more than ${limit.units} bytes of the link are never taken`;
    warnings.push(`${section.title}: limit "${queue.text("limit")}": ${what}; a full one takes ${fullPacket}`);
  }
  const quantum = quantumOf(queue, cost, fullPacket);
  if (quantum < fullPacket) {
    const what = `a full packet takes ${fullPacket} ${cost} and waits for several turns`;
    warnings.push(`${section.title}: quantum "${queue.text("quantum")}": ${what}`);
  }
  return { name, limit: limit ?? UNLIMITED, quantum };
}
