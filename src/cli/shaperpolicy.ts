/** The shaper or link of a run: from a file, from options, or from a file with values that options replace. */
import { ConfigError } from "../errors.ts";
import {
  compileLoaded,
  compileLoadedLink,
  compileShaper,
  loadPolicyText,
  readerBeside,
  SHAPER_PARAMS,
} from "../policies.ts";
import type { LinkPolicy, ShaperPolicy } from "../types.ts";
import { policyInputOf } from "./options.ts";
import { readPolicy } from "./policyfile.ts";

const SHAPER_DEFAULT = "leaky-bucket";

export interface ShaperOptions extends Readonly<Record<string, unknown>> {
  readonly policy?: string;
  readonly by?: string;
  readonly flows?: string;
  readonly levels?: boolean;
}

/** Reads and compiles it; without a name it is a leaky bucket. `example` is a whole command, for who states none. */
export async function shaperOf(options: ShaperOptions, example: string): Promise<ShaperPolicy | LinkPolicy> {
  const input = policyInputOf(options, SHAPER_PARAMS);
  if (options.policy === undefined) {
    if (Object.keys(input).length > 0) return compileShaper({ shaper: SHAPER_DEFAULT, ...input });
    throw new ConfigError("MISSING", "rate", undefined, `is missing; state a shaper, such as: ${example}`);
  }
  const loaded = await loadPolicyText(readPolicy(options.policy), options.policy, readerBeside(options.policy));
  if (loaded.kind === "link") {
    checkLinkOptions(options);
    return compileLoadedLink(loaded, input);
  }
  const policy = loaded.kind === "shaper" ? compileLoaded(loaded, input) : undefined;
  if (policy?.meter === "shaper") return policy;
  const detail = `has no shaper; write "shaper: ${SHAPER_DEFAULT}" and its rate and burst in it, or meter with it`;
  throw new ConfigError("FILE", "policy", options.policy, detail);
}

/** A link has classes instead of flows, and queues instead of levels. Throws ConfigError. */
function checkLinkOptions({ by, flows, levels, policy }: ShaperOptions): void {
  const given = Object.entries({ by, flows, levels }).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  const [option, value] = given;
  const text = typeof value === "string" ? value : undefined;
  throw new ConfigError("CONFLICT", option, text, `cannot stand beside ${policy}: a link has no flows; leave it out`);
}
