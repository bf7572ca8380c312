/** `by` of classes and nodes, and whether one key follows from another. */
import { ConfigError } from "../../errors.ts";
import type { FlowKeying } from "../../types.ts";
import { findKeying, PREFIX_BITS_MAX } from "../keying.ts";

/** The words of a class and of a node; `class` is one bucket for each class. */
export const BY_WORDS = "5-tuple, src, dst, pair, src/N, dst/N, all or class";

/** The key of a class or node; `isPerClass` for the word "class". */
export interface Keying {
  readonly keying: FlowKeying;
  readonly isPerClass: boolean;
}

/** Reads `by` of a class or node. Throws ConfigError. */
export function parseBy(parameter: string, text: string): Keying {
  if (text === "class") return { keying: { by: "all" }, isPerClass: true };
  const keying = findKeying(parameter, text);
  if (keying !== undefined) return { keying, isPerClass: false };
  throw new ConfigError("CHOICE", parameter, text, `is one of ${BY_WORDS}, such as src/24`);
}

/** Whether all packets with one key of `parent` have one key of `child`, so that it has one bucket below each. */
export function isDeterminedBy(child: FlowKeying, parent: FlowKeying): boolean {
  if (child.by === "all" || parent.by === "5-tuple") return true;
  if (child.by === "5-tuple") return false;
  if (parent.by === "pair") return true;
  return child.by === parent.by && (child.prefixBits ?? PREFIX_BITS_MAX) <= (parent.prefixBits ?? PREFIX_BITS_MAX);
}
