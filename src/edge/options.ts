/** The options of a meter, checked and completed. */
import {
  CALL_SLOTS_MAX,
  ON_FULL_ALLOW,
  ON_FULL_DENY,
  ON_FULL_EVICT_DRAINED,
  ON_FULL_EVICT_OLDEST,
  POLICIES_MAX,
  SLOTS_MAX,
} from "../../assembly/edge/abi.ts";
import { ConfigError } from "../errors.ts";
import { choice } from "./choice.ts";
import { FLOWS_MAX, ROWS_MAX } from "./layout.ts";
import { checkMember } from "./members.ts";
import { edgePolicyOf } from "./profiles.ts";
import type { EdgePolicy, PolicyReader } from "./profiles.ts";
import { UNIT_NS } from "./time.ts";
import type { KeyKind, MeterOptions, NamedPolicy, OnFull, PolicyGroup, PolicyInput, TimeUnit } from "./types.ts";
import { isWhole, wholeFrom } from "./whole.ts";

const KEY_KINDS: readonly KeyKind[] = ["any", "u32", "u64", "string", "bytes", "5-tuple"];
const TIME_UNITS: readonly TimeUnit[] = ["ms", "us", "ns"];
export const ON_FULL: Readonly<Record<OnFull, number>> = {
  "evict-drained": ON_FULL_EVICT_DRAINED,
  "evict-oldest": ON_FULL_EVICT_OLDEST,
  deny: ON_FULL_DENY,
  allow: ON_FULL_ALLOW,
};
const PARTS_MAX = 1_000_000;
const STEP_DEFAULT_NS = 60_000_000_000;

/** One entry of `policies`: a limit of its own, or several of them. */
export interface PolicySet {
  readonly name: string;
  /** Undefined for a group. */
  readonly own: EdgePolicy | undefined;
  /** Places in the list of the limits that a call goes through. */
  readonly members: readonly number[];
}

/** Options without a choice left. */
export interface Settings {
  readonly policies: readonly PolicySet[];
  readonly maxFlows: number;
  readonly key: KeyKind;
  readonly time: TimeUnit;
  readonly onFull: OnFull;
  readonly clockStep: number;
  readonly batchRows: number;
  readonly costParts: number;
  readonly replaceable: boolean;
  readonly seed: MeterOptions["seed"];
  /** Compiles a policy for this meter; an error names it. Throws ConfigError. */
  readonly compile: (input: PolicyInput, name: string) => EdgePolicy;
}

function whole(name: string, given: unknown, least: number, most: number): number {
  if (isWhole(given, least, most)) return given;
  throw new ConfigError("RANGE", name, String(given), wholeFrom(least, most));
}

/** Throws ConfigError, whose message names the option, its value, the limit and the way out. */
export function settingsOf(options: MeterOptions, read: PolicyReader): Settings {
  const time = choice("time", TIME_UNITS, options.time);
  const costParts = whole("costParts", options.costParts ?? 1, 1, PARTS_MAX);
  const clockStep = options.clockStep ?? STEP_DEFAULT_NS / UNIT_NS[time];
  if (!(typeof clockStep === "number" && clockStep >= 0)) {
    throw new ConfigError("RANGE", "clockStep", String(clockStep), `must be a time in ${time}, or Infinity for never`);
  }
  const compile: Settings["compile"] = (input, name) => {
    try {
      return edgePolicyOf(input, read(input, costParts), costParts, UNIT_NS[time]);
    } catch (error) {
      throw error instanceof ConfigError ? error.at(name) : error;
    }
  };
  return {
    policies: setsOf(options.policies, compile),
    maxFlows: whole("maxFlows", options.maxFlows, 1, FLOWS_MAX),
    key: choice("key", KEY_KINDS, options.key),
    time,
    onFull: choice("onFull", Object.keys(ON_FULL) as OnFull[], options.onFull),
    clockStep,
    batchRows: whole("batchRows", options.batchRows ?? 4096, 0, ROWS_MAX),
    costParts,
    replaceable: options.replaceable === true,
    seed: options.seed,
    compile,
  };
}

function isGroup(input: NamedPolicy | PolicyGroup): input is PolicyGroup {
  return "all" in input;
}

function setsOf(inputs: MeterOptions["policies"], compile: Settings["compile"]): readonly PolicySet[] {
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > POLICIES_MAX) {
    const given = Array.isArray(inputs) ? `${inputs.length} of them` : undefined;
    throw new ConfigError("MISSING", "policies", given, `must be a list of 1 to ${POLICIES_MAX} policies`);
  }
  const list = inputs as readonly (NamedPolicy | PolicyGroup)[];
  const names = list.map((input, index) => input.name ?? `policy ${index}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigError("CONFLICT", "policies", twice, "is the name of two; rename one");
  const own = list.map((given, index) => {
    const { name: _name, ...input } = given;
    return isGroup(given) ? undefined : compile(input as PolicyInput, names[index]!);
  });
  const sets = list.map((input, index): PolicySet => {
    const members = isGroup(input) ? input.all.map((member) => memberOf(member, names, own, names[index]!)) : [index];
    return { name: names[index]!, own: own[index], members };
  });
  for (const set of sets) checkSlots(set, own);
  const slots = own.reduce((sum, policy) => sum + (policy?.slots.length ?? 0), 0);
  if (slots <= SLOTS_MAX) return sets;
  throw new ConfigError("RANGE", "policies", `${slots} bucket pairs`, `at most ${SLOTS_MAX} fit one meter`);
}

function memberOf(
  member: string | number,
  names: readonly string[],
  own: readonly (EdgePolicy | undefined)[],
  group: string,
): number {
  if (typeof member === "number" && own[member] !== undefined) return member;
  const limits = names.filter((_, place) => own[place] !== undefined);
  return names.indexOf(choice("all", limits, member ?? null, group));
}

/** A group's limits refuse without a trace, or a call that one of them refuses would be charged to the others. */
function checkSlots({ name, own, members }: PolicySet, policies: readonly (EdgePolicy | undefined)[]): void {
  const used = members.map((member) => policies[member]!);
  const slots = used.reduce((sum, policy) => sum + policy.slots.length, 0);
  if (slots === 0 || slots > CALL_SLOTS_MAX || new Set(members).size < members.length) {
    const detail = `must name 1 to ${CALL_SLOTS_MAX} different limits`;
    throw new ConfigError("RANGE", "all", members.join(", "), detail, name);
  }
  if (own !== undefined) return;
  for (const policy of used) checkMember(policy, name);
}
