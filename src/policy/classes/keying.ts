/** `by`: what makes packets one flow, and whether one key follows from another. */

import { ConfigError } from "../../errors.ts";
import type { FlowKeying } from "../../types.ts";

const WORDS: Readonly<Record<string, FlowKeying>> = {
  "5-tuple": { by: "5-tuple" },
  src: { by: "source" },
  dst: { by: "destination" },
  pair: { by: "pair" },
  all: { by: "all" },
};
const PREFIX_BITS_MAX = 128;

/** The words of a class and of a node; `class` is one bucket for each class. */
export const BY_WORDS = "5-tuple, src, dst, pair, src/N, dst/N, all or class";

/** Reads a keying; undefined for a word that is none. Throws ConfigError for a prefix length that cannot be. */
function keyingOf(parameter: string, text: string): FlowKeying | undefined {
  const plain = Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
  if (plain !== undefined) return plain;
  const match = /^(src|dst)\/(\d{1,3})$/u.exec(text);
  if (match === null) return undefined;
  const prefixBits = Number(match[2]);
  if (prefixBits > PREFIX_BITS_MAX) {
    const detail = `a prefix has 0 to ${PREFIX_BITS_MAX} bits (IPv4 addresses take at most 32 of them)`;
    throw new ConfigError("RANGE", parameter, text, detail);
  }
  return { by: match[1] === "src" ? "source" : "destination", prefixBits };
}

/** The key of a class or node; `isPerClass` for the word "class". */
export interface Keying {
  readonly keying: FlowKeying;
  readonly isPerClass: boolean;
}

/** Reads `by` of a class or node. Throws ConfigError. */
export function parseBy(parameter: string, text: string): Keying {
  if (text === "class") return { keying: { by: "all" }, isPerClass: true };
  const keying = keyingOf(parameter, text);
  if (keying !== undefined) return { keying, isPerClass: false };
  throw new ConfigError("CHOICE", parameter, text, `is one of ${BY_WORDS}, such as src/24`);
}

export function keyingText({ by, prefixBits }: FlowKeying): string {
  const word = Object.entries(WORDS).find(([, plain]) => plain.by === by)?.[0] ?? by;
  return prefixBits === undefined ? word : `${word}/${prefixBits}`;
}

/** Whether all packets with one key of `parent` have one key of `child`, so that it has one bucket below each. */
export function isDeterminedBy(child: FlowKeying, parent: FlowKeying): boolean {
  if (child.by === "all" || parent.by === "5-tuple") return true;
  if (child.by === "5-tuple") return false;
  if (parent.by === "pair") return true;
  return child.by === parent.by && (child.prefixBits ?? PREFIX_BITS_MAX) <= (parent.prefixBits ?? PREFIX_BITS_MAX);
}
