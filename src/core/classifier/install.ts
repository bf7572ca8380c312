/** Hands a classifier to a core. */
import { CONFIG } from "../../../assembly/abi.ts";
import { CONFIG_CLASSIFIER } from "../../../assembly/abi/classifier.ts";
import { ConfigError } from "../../errors.ts";
import type { MatchRule } from "../../types.ts";
import { buildClassifier } from "./build.ts";

/** What of a core is needed. */
export interface ClassifyingCore {
  readonly memory: WebAssembly.Memory;
  /** Address of so many bytes of zeroed memory, or 0 when there is not enough. */
  reserve(bytes: number): number;
}

/**
 * From the next frame on, each gets the class of the first rule that holds, or `defaultClass`. Once a core, before its
 * first frame. Throws ConfigError when the rules are too many or need more memory than there is.
 */
export function installClassifier(core: ClassifyingCore, rules: readonly MatchRule[], defaultClass: number): void {
  // Frames have class 0 where there is no classifier.
  if (rules.length === 0 && defaultClass === 0) return;
  const built = buildClassifier(rules, defaultClass);
  const address = core.reserve(built.length) >>> 0;
  if (address === 0) {
    const detail = `need ${Math.ceil(built.length / 2 ** 20)} MiB, which memory does not suffice for; use fewer rules, or fewer flows`;
    throw new ConfigError("RANGE", "rules", `${rules.length}`, detail);
  }
  new Uint8Array(core.memory.buffer, address, built.length).set(built);
  new DataView(core.memory.buffer).setBigUint64(CONFIG + 8 * CONFIG_CLASSIFIER, BigInt(address), true);
}
