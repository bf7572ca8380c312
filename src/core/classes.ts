/** Classes and their paths as the core reads them: CLASS_* and ENTRY_* of assembly/abi.ts. */
import {
  ACTION_BLOCK,
  ACTION_METER,
  ACTION_PASS,
  BY_ALL,
  BY_DESTINATION,
  BY_FIVE_TUPLE,
  BY_PAIR,
  BY_SOURCE,
  CHARGE_ALL_OR_NONE,
  CHARGE_ALONE,
  CHARGE_BORROW,
  CHARGE_SERIES,
  CLASS_ACTION,
  CLASS_BYTES,
  CLASS_CHARGE,
  CLASS_ENTRY,
  CLASS_IS_PLAIN,
  CLASS_SLOTS,
  CONFIG_CLASSES,
  CONFIG_CLASS_COUNT,
  CONFIG_ENTRIES,
  CONFIG_GROUPS,
  CONFIG_PATH_SLOTS,
  CONFIG_RECORDS,
  ENTRIES_MAX,
  ENTRY_BY,
  ENTRY_BYTES,
  ENTRY_IS_FIRST,
  ENTRY_IS_KEPT,
  ENTRY_NAME,
  ENTRY_NAME_BYTES,
  ENTRY_NODE_INDEX,
  ENTRY_PREFIX,
  ENTRY_PROFILE,
  ENTRY_SALT,
  PATH_SLOTS_MAX,
  PROFILE_BYTES,
  WHOLE_ADDRESS,
} from "../../assembly/abi.ts";
import type { ChargeMode, ClassPolicy, CompiledPolicy, FlowKeying, MeterProfile, PathEntry } from "../types.ts";
import type { CoreExports } from "./instance.ts";
import { reserve } from "./memory.ts";
import { writeProfile } from "./profile.ts";
import { viewsOf } from "./views.ts";

const ACTIONS = { meter: ACTION_METER, pass: ACTION_PASS, block: ACTION_BLOCK } as const;
const CHARGES: Readonly<Record<ChargeMode, number>> = {
  "all-or-none": CHARGE_ALL_OR_NONE,
  series: CHARGE_SERIES,
  borrow: CHARGE_BORROW,
};

/** BY_* of each way to key flows. */
export const BY: Readonly<Record<FlowKeying["by"], number>> = {
  "5-tuple": BY_FIVE_TUPLE,
  source: BY_SOURCE,
  destination: BY_DESTINATION,
  pair: BY_PAIR,
  all: BY_ALL,
};

/** One slot of a class's path. */
export interface PathSlot {
  readonly entry: PathEntry;
  /** Index of its node on the path. */
  readonly node: number;
  /** Index of the slot within its node. */
  readonly part: number;
  readonly profile: MeterProfile;
}

/** The slots of a path, leaf first. */
export function slotsOf(path: readonly PathEntry[]): PathSlot[] {
  return path.flatMap((entry, node) => entry.policy.profiles.map((profile, part) => ({ entry, node, part, profile })));
}

/** A meter that takes more than one slot, or shares state with other flows, as the only class of a policy. */
export function asClasses(policy: CompiledPolicy, keying: FlowKeying): ClassPolicy {
  const entry: PathEntry = { nodeId: 0, name: policy.meter, keying, policy };
  return {
    meter: "classes",
    length: policy.length,
    charge: "all-or-none",
    classes: [{ name: policy.meter, action: "meter", path: [entry] }],
    matches: [],
    warnings: policy.warnings,
  };
}

/** Writes classes, entries and profiles. Throws RangeError when they are too many, or do not fit in memory. */
export function writeClasses(core: CoreExports, { classes, charge }: ClassPolicy, wantsDelays: boolean): void {
  const paths = classes.map(({ path }) => slotsOf(path));
  const slots = paths.flat();
  const longest = Math.max(...paths.map(({ length }) => length));
  if (longest > PATH_SLOTS_MAX)
    throw new RangeError(`policy: a path takes ${longest} slots, at most ${PATH_SLOTS_MAX}`);
  if (slots.length > ENTRIES_MAX) throw new RangeError(`policy: ${slots.length} path slots, at most ${ENTRIES_MAX}`);
  const classTable = reserve(core, classes.length * CLASS_BYTES);
  const entryTable = reserve(core, Math.max(1, slots.length) * ENTRY_BYTES);
  const profiles = reserve(core, Math.max(1, slots.length) * PROFILE_BYTES);
  const { words } = viewsOf(core.memory);
  let first = 0;
  for (const [index, { action }] of classes.entries()) {
    const at = (classTable + index * CLASS_BYTES) >>> 2;
    words[at + CLASS_ACTION / 4] = ACTIONS[action];
    words[at + CLASS_SLOTS / 4] = paths[index]!.length;
    words[at + CLASS_ENTRY / 4] = first;
    words[at + CLASS_IS_PLAIN / 4] = isPlain(paths[index]!) && charge === "all-or-none" && !wantsDelays ? 1 : 0;
    words[at + CLASS_CHARGE / 4] = isAlone(paths[index]!) ? CHARGE_ALONE : CHARGES[charge];
    first += paths[index]!.length;
  }
  const salts = new Map<string, number>();
  for (const [index, slot] of slots.entries()) {
    const profile = profiles + index * PROFILE_BYTES;
    writeProfile(core.memory.buffer, profile, slot.profile);
    writeEntry(words, (entryTable + index * ENTRY_BYTES) >>> 2, slot, profile, saltOf(slot, salts));
  }
  writeNames(core, entryTable, slots);
  const { config } = viewsOf(core.memory);
  config[CONFIG_CLASSES] = BigInt(classTable);
  config[CONFIG_CLASS_COUNT] = BigInt(classes.length);
  config[CONFIG_ENTRIES] = BigInt(entryTable);
  config[CONFIG_PATH_SLOTS] = BigInt(Math.max(1, longest));
  const groups = slots.flatMap(({ profile }) => (profile.kernel === "weighted" ? [profile.group + 1] : []));
  config[CONFIG_GROUPS] = BigInt(Math.max(0, ...groups));
  // Flows of a group keep their share beside their record.
  if (groups.length > 0) config[CONFIG_RECORDS] = 1n;
}

/** A slot alone on its path is charged by its own rule, whatever the policy's mode; one that borrows has another rule. */
function isAlone(path: readonly PathSlot[]): boolean {
  return path.length === 1 && path[0]!.entry.policy.definition.kind !== "borrow-node";
}

/** Paths of one bucket a node have a loop of their own. */
function isPlain(path: readonly PathSlot[]): boolean {
  return path.every(({ profile }) => profile.kernel === "one-bucket");
}

/** Slots of one node id are the same for every class that goes through it. */
function saltOf({ entry, part }: PathSlot, salts: Map<string, number>): number {
  const name = `${entry.nodeId}/${part}`;
  const known = salts.get(name);
  if (known !== undefined) return known;
  salts.set(name, salts.size);
  return salts.size - 1;
}

function writeEntry(words: Uint32Array, at: number, slot: PathSlot, profile: number, salt: number): void {
  const { keying } = slot.entry;
  words[at + ENTRY_PROFILE / 4] = profile;
  words[at + ENTRY_SALT / 4] = salt;
  words[at + ENTRY_NODE_INDEX / 4] = slot.node;
  words[at + ENTRY_IS_FIRST / 4] = slot.part === 0 ? 1 : 0;
  words[at + ENTRY_BY / 4] = BY[keying.by];
  words[at + ENTRY_PREFIX / 4] = keying.prefixBits ?? WHOLE_ADDRESS;
  words[at + ENTRY_IS_KEPT / 4] = beginsDrained(slot.entry) ? 0 : 1;
}

function beginsDrained({ policy: { profiles } }: PathEntry): boolean {
  return profiles.every(({ buckets }) => buckets.every(({ initialLevel }) => initialLevel === 0n));
}

/** The names of the nodes, for the rows of flows. */
function writeNames(core: CoreExports, entryTable: number, slots: readonly PathSlot[]): void {
  const encoder = new TextEncoder();
  const texts = slots.map(({ entry }) => encoder.encode(entry.name));
  let at = reserve(core, 1 + texts.reduce((sum, { length }) => sum + length, 0));
  const { bytes, words } = viewsOf(core.memory);
  for (const [index, text] of texts.entries()) {
    const entry = (entryTable + index * ENTRY_BYTES) >>> 2;
    bytes.set(text, at);
    words[entry + ENTRY_NAME / 4] = at;
    words[entry + ENTRY_NAME_BYTES / 4] = text.length;
    at += text.length;
  }
}
