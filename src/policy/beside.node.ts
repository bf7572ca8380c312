/** Files that a policy names, on Node. */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ReadFile } from "./classes/context.ts";

/** Reads files by names relative to the folder of the policy. */
export function readerBeside(policyPath: string): ReadFile {
  return (name) => readFileSync(resolve(dirname(policyPath), name), "utf8");
}
