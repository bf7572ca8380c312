/** IP addresses from text to bytes. */
import { shown } from "./shown.ts";

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const IPV6_GROUPS = 8;
/** ::ffff:0:0/96, IPv4 in IPv6. */
const MAPPED_AT = 10;

/** 4 or 16 bytes; IPv4 in IPv6 as IPv4. A zone ("%eth0") is left out. Throws TypeError for what is no address. */
export function parseAddress(address: string | Uint8Array): Uint8Array {
  const bytes = typeof address === "string" ? readAddress(address) : unmapped(address);
  if (bytes !== undefined) return bytes;
  throw new TypeError(`address ${shown(address)}: must be an IP address or its bytes`);
}

/** The same of a text; undefined for what is no address. */
export function readAddress(text: string): Uint8Array | undefined {
  const bytes = text.includes(":") ? ipv6(text.split("%")[0]!) : ipv4(text);
  return bytes === undefined ? undefined : unmapped(bytes);
}

function unmapped(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length !== IPV4_BYTES && bytes.length !== IPV6_BYTES) return undefined;
  return isMapped(bytes) ? bytes.subarray(IPV6_BYTES - IPV4_BYTES) : bytes;
}

function isMapped(bytes: Uint8Array): boolean {
  if (bytes.length !== IPV6_BYTES) return false;
  for (let index = 0; index < MAPPED_AT; index += 1) if (bytes[index] !== 0) return false;
  return bytes[MAPPED_AT] === 0xff && bytes[MAPPED_AT + 1] === 0xff;
}

function ipv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const bytes = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/u.test(part) ? Number(part) : 256));
  return bytes.length === IPV4_BYTES && bytes.every((byte) => byte < 256) ? Uint8Array.from(bytes) : undefined;
}

/** "::" stands for at least one group of 0. */
function ipv6(text: string): Uint8Array | undefined {
  const [head, tail, ...others] = withoutQuad(text).split("::").map(groupsOf);
  if (others.length > 0) return undefined;
  const missing = IPV6_GROUPS - head!.length - (tail ?? []).length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head!, ...Array.from({ length: missing }, () => "0"), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/iu.test(group))) return undefined;
  return Uint8Array.from(groups.map((group) => Number(`0x${group}`)).flatMap((group) => [group >>> 8, group & 0xff]));
}

function groupsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}

/** The last two groups of an address may be written as IPv4: the address with groups instead. */
function withoutQuad(text: string): string {
  return text.replace(/[^:]*\..*$/u, (quad) => {
    const [first, second, third, fourth] = ipv4(quad) ?? [];
    return first === undefined
      ? quad
      : [(first << 8) | second!, (third! << 8) | fourth!].map((group) => group.toString(16)).join(":");
  });
}
