/** `by`: what makes packets one flow. */
import { ConfigError } from "../errors.ts";
import type { FlowKeying } from "../types.ts";

/** With `/N` behind src and dst the first N bits of the address. */
export const KEY_WORDS = ["5-tuple", "src", "dst", "pair", "all"] as const;

const KEYINGS: Readonly<Record<(typeof KEY_WORDS)[number], FlowKeying["by"]>> = {
  "5-tuple": "5-tuple",
  src: "source",
  dst: "destination",
  pair: "pair",
  all: "all",
};
export const PREFIX_BITS_MAX = 128;

/** Reads a keying; undefined for a word that is none. Throws ConfigError for a prefix length that cannot be. */
export function findKeying(parameter: string, text: string): FlowKeying | undefined {
  const word = KEY_WORDS.find((known) => known === text);
  if (word !== undefined) return { by: KEYINGS[word] };
  const match = /^(src|dst)\/(\d{1,3})$/u.exec(text);
  if (match === null) return undefined;
  const prefixBits = Number(match[2]);
  if (prefixBits <= PREFIX_BITS_MAX) return { by: match[1] === "src" ? "source" : "destination", prefixBits };
  const detail = `a prefix has 0 to ${PREFIX_BITS_MAX} bits (IPv4 addresses take at most 32 of them)`;
  throw new ConfigError("RANGE", parameter, text, detail);
}

/** Reads what `--by` takes. Throws ConfigError. */
export function keyingOf(text: string): FlowKeying {
  const keying = findKeying("by", text);
  if (keying !== undefined) return keying;
  const detail = "is one of 5-tuple, src, dst, pair, src/N, dst/N or all, such as src/24";
  throw new ConfigError("CHOICE", "by", text, detail);
}

/** The keying as it is written. */
export function keyingText({ by, prefixBits }: FlowKeying): string {
  const word = KEY_WORDS.find((known) => KEYINGS[known] === by) ?? by;
  return prefixBits === undefined ? word : `${word}/${prefixBits}`;
}
