/** The values of a match besides addresses: protocols, DSCPs, and ranges of ports and VLAN ids. */

import { ConfigError, didYouMean } from "../../errors.ts";
import type { Range } from "../../types.ts";

/** IANA's protocol numbers of the words that are taken. */
export const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["icmp", 1],
  ["igmp", 2],
  ["tcp", 6],
  ["udp", 17],
  ["dccp", 33],
  ["gre", 47],
  ["esp", 50],
  ["ah", 51],
  ["icmpv6", 58],
  ["ospf", 89],
  ["pim", 103],
  ["sctp", 132],
  ["udp-lite", 136],
]);
const PROTOCOL_MAX = 255;

/** Protocols whose ports are read. */
export const PROTOCOLS_WITH_PORTS: readonly number[] = [6, 17, 33, 132, 136];

/** RFC 2474 (cs), 2597 (af), 3246 (ef), 5865 (va), 8622 (le). */
export const DSCPS: ReadonlyMap<string, number> = new Map([
  ["be", 0],
  ["le", 1],
  ["ef", 46],
  ["va", 44],
  ...Array.from({ length: 8 }, (_, index): [string, number] => [`cs${index}`, 8 * index]),
  ...[1, 2, 3, 4].flatMap((af) => [1, 2, 3].map((drop): [string, number] => [`af${af}${drop}`, 8 * af + 2 * drop])),
]);
const DSCP_MAX = 63;

export const PORT_MAX = 65_535;
export const VLAN_MAX = 4094;

function wordOrNumber(
  parameter: string,
  text: string,
  words: ReadonlyMap<string, number>,
  most: number,
  noun: string,
): number {
  const number = words.get(text) ?? (/^\d{1,3}$/u.test(text) ? Number(text) : Number.NaN);
  if (number <= most) return number;
  if (!Number.isNaN(number)) throw new ConfigError("RANGE", parameter, text, `must be from 0 to ${most}`);
  const names = [...words.keys()];
  const near = didYouMean(text, names);
  const wayOut = near === "" ? ` it is one of ${names.join(", ")}, or 0 to ${most}` : near;
  throw new ConfigError("CHOICE", parameter, text, `unknown ${noun};${wayOut}`);
}

export function parseProtocol(parameter: string, text: string): number {
  return wordOrNumber(parameter, text, PROTOCOLS, PROTOCOL_MAX, "protocol");
}

export function parseDscp(parameter: string, text: string): number {
  return wordOrNumber(parameter, text, DSCPS, DSCP_MAX, "DSCP");
}

/** Reads "443" or "5060-5061". Throws ConfigError. */
export function parseRange(parameter: string, text: string, most: number): Range {
  const match = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/u.exec(text);
  if (match === null) {
    throw new ConfigError("NUMBER", parameter, text, `must be a number or a range from 0 to ${most}, such as 100-199`);
  }
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (first > last) throw new ConfigError("RANGE", parameter, text, `begins after its end; write ${last}-${first}`);
  if (last > most) throw new ConfigError("RANGE", parameter, text, `must be from 0 to ${most}`);
  return { first, last };
}

export function rangeText({ first, last }: Range): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** The word of a number where it has one. */
export function wordOf(words: ReadonlyMap<string, number>, number: number): string {
  for (const [word, known] of words) if (known === number) return word;
  return String(number);
}
