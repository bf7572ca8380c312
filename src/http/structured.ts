/** The parts of RFC 9651, Structured Field Values for HTTP, that the fields of limits are made of. */
import { ConfigError } from "../errors.ts";

/** Section 3.3.1: what an integer can be at most. */
export const INTEGER_MAX = 999_999_999_999_999;

/** Section 4.1.4: a whole number, cut at what an integer can be; parts of a unit are cut off. */
export function integer(value: number): string {
  return String(Math.min(Math.floor(value), INTEGER_MAX));
}

/** Section 4.1.6. Throws ConfigError for other than printable ASCII, which no string can hold. */
export function string(name: string, text: string): string {
  if (/^[\x20-\x7e]*$/u.test(text)) return `"${text.replaceAll(/["\\]/gu, "\\$&")}"`;
  throw new ConfigError("CHOICE", name, text, "cannot be told in a header field; use printable ASCII");
}

/** Section 4.1.8. */
export function byteSequence(bytes: Uint8Array): string {
  return `:${btoa(String.fromCharCode(...bytes))}:`;
}
