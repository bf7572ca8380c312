/** The shaper of a run: from a file, from options, or from a file with values that options replace. */
import { ConfigError } from "../errors.ts";
import { compileLoaded, compileShaper, loadPolicyText, readerBeside, SHAPER_PARAMS } from "../policies.ts";
import type { ShaperPolicy } from "../types.ts";
import { policyInputOf } from "./options.ts";
import { readPolicy } from "./policy.ts";

const SHAPER_DEFAULT = "leaky-bucket";

export interface ShaperOptions extends Readonly<Record<string, unknown>> {
  readonly policy?: string;
}

/** Reads and compiles it; without a name it is a leaky bucket. `example` is a whole command, for who states none. */
export async function shaperOf(options: ShaperOptions, example: string): Promise<ShaperPolicy> {
  const input = policyInputOf(options, SHAPER_PARAMS);
  if (options.policy === undefined) {
    if (Object.keys(input).length > 0) return compileShaper({ shaper: SHAPER_DEFAULT, ...input });
    throw new ConfigError("MISSING", "rate", undefined, `is missing; state a shaper, such as: ${example}`);
  }
  const loaded = await loadPolicyText(readPolicy(options.policy), options.policy, readerBeside(options.policy));
  const policy = loaded.kind === "shaper" ? compileLoaded(loaded, input) : undefined;
  if (policy?.meter === "shaper") return policy;
  const detail = `has no shaper; write "shaper: ${SHAPER_DEFAULT}" and its rate and burst in it, or meter with it`;
  throw new ConfigError("FILE", "policy", options.policy, detail);
}
