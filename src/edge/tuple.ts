/** 5-tuples as bytes, in the layout of the core's flow keys: addresses, ports, protocol, all in network order. */
import type { FiveTuple } from "./types.ts";
import { parseAddress } from "./address.ts";
import { checkWhole } from "./whole.ts";

const PORT_MAX = 65_535;
const PROTOCOL_MAX = 255;

/** Writes the 13 or 37 bytes of a tuple and answers how many. Throws TypeError or RangeError for what is none. */
export function putTuple(tuple: FiveTuple, target: Uint8Array): number {
  const source = parseAddress(tuple.source);
  const destination = parseAddress(tuple.destination);
  if (source.length !== destination.length) {
    throw new TypeError(`5-tuple: source and destination must be of one IP version`);
  }
  target.set(source);
  target.set(destination, source.length);
  const at = 2 * source.length;
  for (const [index, name] of (["sourcePort", "destinationPort"] as const).entries()) {
    const port = checkWhole(`5-tuple: ${name}`, tuple[name], 0, PORT_MAX);
    target.set([port >>> 8, port & 0xff], at + 2 * index);
  }
  target[at + 4] = checkWhole("5-tuple: protocol", tuple.protocol, 0, PROTOCOL_MAX);
  return at + 5;
}
