/** Policies from text, as the command loads them. */
import { ConfigError } from "../../src/errors.ts";
import { compileLoaded, loadPolicyText } from "../../src/policies.ts";
import type { PolicyInput } from "../../src/policies.ts";
import type { ClassPolicy, Policy } from "../../src/types.ts";

/** Files that a policy may name. */
const FILES: Readonly<Record<string, string>> = {
  "bad.txt": "# list\n10.0.0.0/8\n\n10.1.1.1/16 # here\n",
  "empty.txt": "# nothing\n",
  "good.txt": "\uFEFF10.0.0.0/8\r\n 2001:db8::/32 # documentation\r\n\r\n",
};

export function readFile(name: string): string {
  const text = FILES[name];
  if (text === undefined) throw Object.assign(new Error("not there"), { code: "ENOENT" });
  return text;
}

export async function compileText(text: string, options: PolicyInput = {}): Promise<Policy> {
  return compileLoaded(await loadPolicyText(text, "p.yaml", readFile), options);
}

export async function compileClassesText(text: string): Promise<ClassPolicy> {
  const policy = await compileText(text);
  if (policy.meter !== "classes") throw new Error("expected a policy of classes");
  return policy;
}

/** The message of the error that a policy has, which is one line. */
export async function messageOfText(text: string, options: PolicyInput = {}): Promise<string> {
  const error: unknown = await compileText(text, options).then(
    () => "compiled",
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error("expected a ConfigError", { cause: error });
  if (/[\r\n]/u.test(error.message)) throw new Error("the message is more than a line", { cause: error });
  return error.message;
}
