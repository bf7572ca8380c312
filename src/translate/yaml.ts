/** A policy as the text of a policy file, and compiled. */
import { compilePolicy, type MeterPolicy } from "../policy/compile.ts";
import { isShaperInput } from "../policy/shapers/compile.ts";
import type { ShaperPolicy } from "../types.ts";
import type { PolicyDocument } from "./explained.ts";

/** A value as YAML: words that YAML reads as something else, and texts that begin like other syntax, are quoted. */
export function yamlScalar(text: string): string {
  return /^[A-Za-z0-9+.-][A-Za-z0-9 %./+-]*$/u.test(text) ? text : JSON.stringify(text);
}

/** One key a line. */
export function policyYaml(document: PolicyDocument): string {
  return Object.entries(document)
    .map(([key, value]) => `${key}: ${yamlScalar(value)}\n`)
    .join("");
}

/** Compiles it. Throws ConfigError. */
export function compileDocument(document: PolicyDocument): MeterPolicy | ShaperPolicy {
  return isShaperInput(document) ? compilePolicy(document) : compilePolicy(document);
}
