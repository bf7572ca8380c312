/** A policy of a comparison: a file, a policy in short, or a line of another system. */
import { existsSync } from "node:fs";
import type { PolicyDocument } from "../translate/explained.ts";
import { explain, isReadable } from "../translate/systems.ts";
import { compileDocument } from "../translate/yaml.ts";
import type { Policy } from "../types.ts";
import { policyOf } from "./policy.ts";

const EXAMPLE = 'weir compare trace.pcap --policy a.yaml --policy "meter=token-bucket rate=1Mbit/s burst=16kB"';
/** "meter=token-bucket rate=1 Mbit/s" begins so. */
const SHORT = /^\s*[a-z][a-z-]*=/u;

/** Values go up to the next word with a "=", so that "1 Mbit/s" needs no quotes. */
function shortInput(text: string): PolicyDocument {
  const parts = text.trim().split(/\s+(?=[a-zA-Z-]+=)/u);
  return Object.fromEntries(
    parts.map((part) => {
      const cut = part.indexOf("=");
      return [part.slice(0, cut), part.slice(cut + 1)];
    }),
  );
}

/** Reads and compiles it. Throws ConfigError. */
export async function comparedPolicyOf(text: string, by: string | undefined): Promise<Policy> {
  if (!existsSync(text)) {
    if (SHORT.test(text)) return compileDocument(shortInput(text));
    if (isReadable(text)) return compileDocument(explain(text).policy);
  }
  return policyOf({ policy: text, ...(by === undefined ? {} : { by }) }, EXAMPLE);
}
