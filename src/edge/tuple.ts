/** 5-tuples as bytes, in the layout of the core's flow keys: addresses, ports, protocol, all in network order. */
import type { FiveTuple } from "./types.ts";
import { parseAddress } from "./address.ts";

const PORT_MAX = 65_535;
const PROTOCOL_MAX = 255;

/** Writes the 13 or 37 bytes of a tuple and answers how many. Throws TypeError or RangeError for what is none. */
export function putTuple(tuple: FiveTuple, target: Uint8Array): number {
  const source = parseAddress(tuple.source);
  const destination = parseAddress(tuple.destination);
  if (source.length !== destination.length) {
    throw new TypeError(`5-tuple: source and destination must both be IPv4 or both be IPv6`);
  }
  target.set(source);
  target.set(destination, source.length);
  let at = 2 * source.length;
  at = putWord(target, at, "sourcePort", tuple.sourcePort);
  at = putWord(target, at, "destinationPort", tuple.destinationPort);
  target[at] = checked("protocol", tuple.protocol, PROTOCOL_MAX);
  return at + 1;
}

function putWord(target: Uint8Array, at: number, name: string, value: number): number {
  const word = checked(name, value, PORT_MAX);
  target[at] = word >>> 8;
  target[at + 1] = word & 0xff;
  return at + 2;
}

function checked(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`5-tuple: ${name} ${String(value)}: must be a whole number from 0 to ${most}`);
}
