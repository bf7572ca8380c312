/** The policy of a run that is in a file. Loaded on demand: most runs state theirs in options. */
import { readFileSync } from "node:fs";
import { ConfigError } from "../errors.ts";
import { compileLoaded, type LoadedPolicy, loadPolicyText, type PolicyInput, readerBeside } from "../policies.ts";
import type { ActedPolicy } from "./policy.ts";

/** Reads and compiles it, with the values that options replace; `by`: the key that they name. Throws ConfigError. */
export async function policyOfFile(path: string, input: PolicyInput, by: string | undefined): Promise<ActedPolicy> {
  const loaded = await loadPolicyText(readPolicy(path), path, readerBeside(path));
  checkKey(loaded, path, by);
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

function checkKey({ kind }: LoadedPolicy, path: string, by: string | undefined): void {
  if (kind !== "classes" || by === undefined) return;
  const detail = `cannot stand beside the classes of ${path}, which state their own keys; write "by: ${by}" in a class or node there`;
  throw new ConfigError("CONFLICT", "by", by, detail);
}
