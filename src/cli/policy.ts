/** The policy of a run: from a file, from options, or from a file with values that options replace. */
import { ConfigError } from "../errors.ts";
import { type ColorActions, compilePolicy } from "../policies.ts";
import type { Policy } from "../types.ts";
import { policyInputOf } from "./options.ts";

export interface PolicyOptions extends Readonly<Record<string, unknown>> {
  readonly policy?: string;
  readonly by?: string;
}

/** With the actions that its file states. */
export interface ActedPolicy {
  readonly policy: Policy;
  readonly actions: Partial<ColorActions>;
}

/** Reads and compiles it. `example` is a whole command, for who states none. Throws ConfigError. */
export async function policyOf(options: PolicyOptions, example: string): Promise<Policy> {
  return (await policyAndActionsOf(options, example)).policy;
}

/** Throws ConfigError. */
export async function policyAndActionsOf(options: PolicyOptions, example: string): Promise<ActedPolicy> {
  const input = policyInputOf(options);
  if (options.policy !== undefined) {
    const { policyOfFile } = await import("./policyfile.ts");
    return policyOfFile(options.policy, input, options.by);
  }
  if (Object.keys(input).length > 0) return { policy: compilePolicy(input), actions: {} };
  throw new ConfigError("MISSING", "policy", undefined, `is missing; state one, such as: ${example}`);
}
