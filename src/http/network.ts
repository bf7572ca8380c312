/** The network that an address belongs to, as the text of a key. */
import { readAddress } from "../edge/address.ts";

const IPV4_BYTES = 4;

/** How many bits of an address count. */
export interface PrefixBits {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** A port as RFC 7239 has it: a number, or a name that hides it. */
const NODE = /^(?:\[([^[\]]*)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$|^([^[\]]+)$/u;

/** Without brackets and port, as "192.0.2.1:80", "[2001:db8::1]:80". */
function hostOf(text: string): string | undefined {
  const match = NODE.exec(text.trim());
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

/**
 * "192.0.2.0/24", "2001:db8:0:1::/64": one text a network, however its address was written. IPv4 in IPv6 is IPv4; zones,
 * ports and brackets are left out. Undefined for what is no address.
 */
export function networkOf(text: string, bits: PrefixBits): string | undefined {
  const host = hostOf(text);
  const bytes = host === undefined ? undefined : readAddress(host);
  if (bytes === undefined) return undefined;
  return bytes.length === IPV4_BYTES ? ipv4Text(bytes, bits.ipv4) : ipv6Text(bytes, bits.ipv6);
}

/** The byte at `index` with the bits beyond the prefix cleared. */
function kept(bytes: Uint8Array, index: number, bits: number): number {
  const count = Math.min(Math.max(bits - 8 * index, 0), 8);
  return bytes[index]! & (0xff00 >>> count);
}

function ipv4Text(bytes: Uint8Array, bits: number): string {
  const parts = Array.from(bytes, (_, index) => kept(bytes, index, bits));
  return `${parts.join(".")}/${bits}`;
}

/** Groups that the prefix does not reach are left out. */
function ipv6Text(bytes: Uint8Array, bits: number): string {
  const groups = Array.from({ length: Math.ceil(bits / 16) }, (_, group) =>
    ((kept(bytes, 2 * group, bits) << 8) | kept(bytes, 2 * group + 1, bits)).toString(16),
  );
  return `${groups.join(":")}${groups.length < 8 ? "::" : ""}/${bits}`;
}
