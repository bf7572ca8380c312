/** IP addresses from text to bytes. */
import { shown } from "./shown.ts";

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const IPV6_GROUPS = 8;
/** ::ffff:0:0/96, IPv4 in IPv6. */
const MAPPED_BYTES = 12;
const MAPPED_ZEROS = 10;

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
  return (
    bytes.length === IPV6_BYTES &&
    bytes.every((byte, index) => index >= MAPPED_BYTES || byte === (index < MAPPED_ZEROS ? 0 : 0xff))
  );
}

function ipv4(text: string): Uint8Array | undefined {
  const bytes = Uint8Array.from(text.split("."), Number);
  // What is no number from 0 to 255, or has a 0 in front, is not what a byte looks like.
  return bytes.length === IPV4_BYTES && bytes.join(".") === text ? bytes : undefined;
}

/** Read as the host of a URL, which is written in one form then: groups in hexadecimal, "::" for most of those that are 0. */
function ipv6(text: string): Uint8Array | undefined {
  if (!/^[\da-f:.]+$/iu.test(text)) return undefined;
  try {
    const [head = [], tail = []] = new URL(`http://[${text}]`).hostname
      .split("::")
      .map((part) => part.match(/\w+/gu) ?? []);
    const zeros = Array<string>(IPV6_GROUPS - head.length - tail.length).fill("0");
    const groups = [...head, ...zeros, ...tail].map((group) => Number(`0x${group}`));
    return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]));
  } catch {
    return undefined;
  }
}
