/** IP prefixes as text, both ways. Text is written as RFC 5952 has it. */

import { ConfigError } from "../../errors.ts";
import type { Prefix } from "../../types.ts";

const ADDRESS_BITS = { 4: 32, 6: 128 } as const;
const GROUPS = 8;
const GROUP_MASK = 0xffffn;

/** An IPv4 address, or undefined. No leading zeros: some read them as octal. */
function parse4(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/u.exec(text);
  if (match === null) return undefined;
  let address = 0n;
  for (const part of match.slice(1)) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith("0"))) return undefined;
    address = (address << 8n) | BigInt(part);
  }
  return address;
}

/** The groups of a part of an IPv6 address between "::"; an IPv4 address at the end is two. */
function groupsOf(text: string, mayEndIn4: boolean): readonly bigint[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: bigint[] = [];
  for (const [index, part] of parts.entries()) {
    const ipv4 = mayEndIn4 && index === parts.length - 1 ? parse4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4 >> 16n, ipv4 & GROUP_MASK);
    else if (/^[\da-f]{1,4}$/iu.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function parse6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", tail] = halves;
  const left = groupsOf(head, tail === undefined);
  const right = tail === undefined ? [] : groupsOf(tail, true);
  if (left === undefined || right === undefined) return undefined;
  const missing = GROUPS - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => 0n), ...right];
  return groups.reduce((address, group) => (address << 16n) | group, 0n);
}

/** Reads an address or a prefix. Throws ConfigError; host bits are refused with the prefix that is meant. */
export function parsePrefix(parameter: string, text: string): Prefix {
  const [addressText = "", bitsText, ...rest] = text.split("/");
  const ipv4 = parse4(addressText);
  const address = ipv4 ?? parse6(addressText);
  if (address === undefined || rest.length > 0) {
    const detail = "is no address or prefix; write one such as 192.0.2.0/24 or 2001:db8::/32";
    throw new ConfigError("NUMBER", parameter, text, detail);
  }
  const version = ipv4 === undefined ? 6 : 4;
  const addressBits = ADDRESS_BITS[version];
  const bits = bitsText === undefined ? addressBits : /^\d{1,3}$/u.test(bitsText) ? Number(bitsText) : Number.NaN;
  if (!(bits <= addressBits)) {
    const detail = `a prefix of IPv${version} has 0 to ${addressBits} bits, such as ${addressText}/${addressBits}`;
    throw new ConfigError("RANGE", parameter, text, detail);
  }
  const hostBits = BigInt(addressBits - bits);
  const prefix = { version, address: (address >> hostBits) << hostBits, bits } as const;
  if (prefix.address === address) return prefix;
  const detail = `has host bits set; write ${prefixText(prefix)}, or ${addressText} for the one address`;
  throw new ConfigError("RANGE", parameter, text, detail);
}

function text6(address: bigint): string {
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    ((address >> BigInt(16 * (GROUPS - 1 - index))) & GROUP_MASK).toString(16),
  );
  // The first of the longest runs of two or more zero groups.
  let [start, length] = [0, 1];
  for (let from = 0; from < GROUPS; from++) {
    let run = 0;
    while (groups[from + run] === "0") run += 1;
    if (run > length) [start, length] = [from, run];
  }
  if (length === 1) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

/** "192.0.2.0/24"; a whole address without its bits. */
export function prefixText({ version, address, bits }: Prefix): string {
  const octets = [24n, 16n, 8n, 0n].map((shift) => ((address >> shift) & 0xffn).toString());
  const text = version === 4 ? octets.join(".") : text6(address);
  return bits === ADDRESS_BITS[version] ? text : `${text}/${bits}`;
}
