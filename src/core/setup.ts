/** Writes a compiled policy and the table's settings into a fresh core. */
import {
  CONFIG_COMPACT,
  CONFIG_COUNTS,
  CONFIG_DELAYS,
  CONFIG_FLOWS_EXPECTED,
  CONFIG_FLOWS_MAX,
  CONFIG_LEVELS,
  CONFIG_REASON_NAMES,
  CONFIG_RECORDS,
  CONFIG_TRUSTED_KEYS,
  CONFIG_SECRET0,
  CONFIG_SECRET1,
  PROFILE,
} from "../../assembly/abi.ts";
import { CONFIG_QUEUED_MAX, QUEUED_PACKETS_DEFAULT } from "../../assembly/abi/shaper.ts";
import type { EngineOptions, FlowKeying, Policy } from "../types.ts";
import { asClasses, writeClasses } from "./classes.ts";
import { whyNotCompact } from "./compact.ts";
import type { CoreExports } from "./instance.ts";
import { reserve } from "./memory.ts";
import { writeProfile } from "./profile.ts";
import { writeShaper } from "./shaper.ts";
import { BUCKET_NAMES_MAX, reasonNames } from "./reasons.ts";
import { viewsOf } from "./views.ts";

/**
 * Writes policy and options; `initialize` comes after. Of captures, `keying` is that of a policy of one meter. Throws
 * RangeError when they do not fit in memory.
 */
export function configureCore(core: CoreExports, options: EngineOptions, keying: FlowKeying = { by: "5-tuple" }): void {
  const { config } = viewsOf(core.memory);
  const [a, b, c, d] = options.secret;
  config[CONFIG_SECRET0] = (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0);
  config[CONFIG_SECRET1] = (BigInt(d >>> 0) << 32n) | BigInt(c >>> 0);
  config[CONFIG_FLOWS_MAX] = BigInt(options.maxFlows);
  config[CONFIG_FLOWS_EXPECTED] = BigInt(Math.min(options.expectedFlows ?? 0, options.maxFlows));
  config[CONFIG_TRUSTED_KEYS] = options.trustedKeys === true ? 1n : 0n;
  config[CONFIG_RECORDS] = options.records ? 1n : 0n;
  config[CONFIG_COUNTS] = keepsCounts(options) ? 1n : 0n;
  config[CONFIG_COMPACT] = isCompact(options) ? 1n : 0n;
  config[CONFIG_DELAYS] = options.delays ? 1n : 0n;
  config[CONFIG_LEVELS] = options.levels === true ? 1n : 0n;
  config[CONFIG_QUEUED_MAX] = BigInt(options.maxQueued ?? QUEUED_PACKETS_DEFAULT);
  // Last, for it may ask for records.
  writePolicy(core, options.policy, options.delays, keying);
  writeReasonNames(core, options.policy);
}

/** Throws RangeError where a slot has no room for counters. */
function keepsCounts({ counts, records, policy }: EngineOptions): boolean {
  if (counts !== true) return false;
  if (records) throw new RangeError("counts: true and records: true: records hold all counters; ask for one of them");
  const isMeter = policy.meter !== "classes" && policy.meter !== "shaper";
  if (isMeter && policy.profiles.length === 1 && policy.profiles[0]!.kernel === "one-bucket") return true;
  throw new RangeError(
    `counts: true: meters of one bucket have room for them, ${policy.meter} has not; ask for records`,
  );
}

/** Throws RangeError where flows cannot be compact. */
function isCompact(options: EngineOptions): boolean {
  if (options.compact !== true) return false;
  const why = whyNotCompact(options);
  if (why !== undefined) throw new RangeError(`compact: true ${why}`);
  return true;
}

/** A meter in one slot of its own has fast loops; all others go through the slots of a path. */
function writePolicy(core: CoreExports, policy: Policy, wantsDelays: boolean, keying: FlowKeying): void {
  if (policy.meter === "classes") return writeClasses(core, policy, wantsDelays);
  if (policy.meter === "shaper") return writeShaper(core.memory.buffer, PROFILE, policy.profile);
  const [profile, ...others] = policy.profiles;
  if (others.length > 0 || profile!.kernel === "weighted") writeClasses(core, asClasses(policy, keying), wantsDelays);
  else writeProfile(core.memory.buffer, PROFILE, profile!);
}

/** The texts, and a table of address and length for each bucket of each class. */
function writeReasonNames(core: CoreExports, policy: Policy): void {
  const classes = reasonNames(policy);
  const encoder = new TextEncoder();
  const texts = new Map<string, Uint8Array>();
  for (const name of classes.flat()) if (!texts.has(name)) texts.set(name, encoder.encode(name));
  const tableBytes = classes.length * BUCKET_NAMES_MAX * 8;
  const textBytes = [...texts.values()].reduce((sum, { length }) => sum + length, 0);
  const table = reserve(core, tableBytes + textBytes);
  const { bytes, words, config } = viewsOf(core.memory);
  const places = new Map<string, number>();
  let at = table + tableBytes;
  for (const [name, text] of texts) {
    bytes.set(text, at);
    places.set(name, at);
    at += text.length;
  }
  for (const [index, names] of classes.entries()) {
    for (const [bucket, name] of names.entries()) {
      const word = (table >>> 2) + 2 * (index * BUCKET_NAMES_MAX + bucket);
      words[word] = places.get(name)!;
      words[word + 1] = texts.get(name)!.length;
    }
  }
  config[CONFIG_REASON_NAMES] = BigInt(table);
}
