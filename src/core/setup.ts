/** Writes a compiled policy and the table's settings into a fresh core. */
import {
  CONFIG_DELAYS,
  CONFIG_FLOWS_EXPECTED,
  CONFIG_FLOWS_MAX,
  CONFIG_RECORDS,
  CONFIG_SECRET0,
  CONFIG_SECRET1,
  PROFILE_DEPTH,
  PROFILE_DRAIN,
  PROFILE_DRAINED_AFTER,
  PROFILE_LENGTH_MASK,
  PROFILE_OVERHEAD,
  PROFILE_OWN_SIZE_MASK,
  PROFILE_UNIT,
  PROFILE_UNITS_MAX,
  PROFILE_UNITS_MIN,
} from "../../assembly/abi.ts";
import type { CompiledPolicy, EngineOptions } from "../types.ts";
import type { CoreExports } from "./instance.ts";
import { viewsOf } from "./views.ts";

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** Writes policy and options; `initialize` comes after. */
export function configureCore(core: CoreExports, options: EngineOptions): void {
  const { config } = viewsOf(core.memory);
  const [a, b, c, d] = options.secret;
  config[CONFIG_SECRET0] = (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0);
  config[CONFIG_SECRET1] = (BigInt(d >>> 0) << 32n) | BigInt(c >>> 0);
  config[CONFIG_FLOWS_MAX] = BigInt(options.maxFlows);
  config[CONFIG_FLOWS_EXPECTED] = BigInt(Math.min(options.expectedFlows ?? 0, options.maxFlows));
  config[CONFIG_RECORDS] = options.records ? 1n : 0n;
  config[CONFIG_DELAYS] = options.delays ? 1n : 0n;
  writeProfile(core, options.policy);
}

function writeProfile(core: CoreExports, { profile, costRule }: CompiledPolicy): void {
  const words = viewsOf(core.memory).profile;
  const bytes = costRule.cost === "bytes";
  const set = (offset: number, value: bigint) => (words[offset / 8] = BigInt.asUintN(64, value));
  set(PROFILE_DRAIN, profile.drainPerNs);
  set(PROFILE_UNIT, profile.levelPerUnit);
  set(PROFILE_DEPTH, profile.depthLevel);
  set(PROFILE_UNITS_MAX, profile.unitsMax);
  set(PROFILE_DRAINED_AFTER, profile.drainedAfterNs);
  set(PROFILE_OWN_SIZE_MASK, profile.check === "post" ? ALL_ONES : 0n);
  set(PROFILE_LENGTH_MASK, bytes ? ALL_ONES : 0n);
  set(PROFILE_OVERHEAD, bytes ? BigInt(costRule.overheadBytes) : 1n);
  set(PROFILE_UNITS_MIN, bytes ? BigInt(Math.max(0, costRule.minLengthBytes)) : 0n);
}
