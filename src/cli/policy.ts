/** The policy of a run: from a file, from options, or from a file with values that options replace. */
import { readFileSync } from "node:fs";
import { ConfigError } from "../errors.ts";
import { compileLoaded, compilePolicy, type LoadedPolicy, loadPolicyText, readerBeside } from "../policies.ts";
import type { ColorActions } from "../policies.ts";
import type { Policy } from "../types.ts";
import { policyInputOf } from "./options.ts";

export interface PolicyOptions extends Readonly<Record<string, unknown>> {
  readonly policy?: string;
  readonly by?: string;
}

/** Reads and compiles it. `example` is a whole command, for who states none. Throws ConfigError. */
export async function policyOf(options: PolicyOptions, example: string): Promise<Policy> {
  return (await policyAndActionsOf(options, example)).policy;
}

/** With the actions that its file states. Throws ConfigError. */
export async function policyAndActionsOf(
  options: PolicyOptions,
  example: string,
): Promise<{ readonly policy: Policy; readonly actions: Partial<ColorActions> }> {
  const input = policyInputOf(options);
  if (options.policy === undefined) {
    if (Object.keys(input).length > 0) return { policy: compilePolicy(input), actions: {} };
    throw new ConfigError("MISSING", "policy", undefined, `is missing; state one, such as: ${example}`);
  }
  const loaded = await loadPolicyText(readPolicy(options.policy), options.policy, readerBeside(options.policy));
  checkKey(loaded, options);
  return { policy: compileLoaded(loaded, input), actions: loaded.actions ?? {} };
}

/** The text of a policy file. Throws ConfigError. */
export function readPolicy(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (error as Error).message;
    throw new ConfigError("FILE", "policy", path, `${reason}; give a YAML or JSON policy`);
  }
}

function checkKey({ kind }: LoadedPolicy, { by, policy }: PolicyOptions): void {
  if (kind !== "classes" || by === undefined) return;
  const detail = `cannot stand beside the classes of ${policy}, which state their own keys; write "by: ${by}" in a class or node there`;
  throw new ConfigError("CONFLICT", "by", by, detail);
}
