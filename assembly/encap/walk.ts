/**
 * From a type and a payload to the outermost IP header, through any stack of encapsulations. A loop, not recursion:
 * a hostile frame may nest thousands of headers. Each round moves on by at least one byte.
 */
import { byteAt, holds } from "../net/bytes";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../net/numbers";
import { innerType, NOT_IP, TYPE_IP } from "./inner";
import { unwrap } from "./unwrap";

/** Address of the IP header behind the payload at `at`, or NOT_IP. */
export function walk(firstType: u32, first: usize, end: usize): usize {
  let type = firstType;
  let at = first;
  while (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6) {
    if (type == TYPE_IP) return ipByNibble(at, end);
    const payload = unwrap(type, at, end);
    if (payload == NOT_IP) return NOT_IP;
    assert(payload > at);
    type = innerType;
    at = payload;
  }
  return at;
}

/** The address itself when an IP version is there, else NOT_IP. */
export function ipByNibble(at: usize, end: usize): usize {
  if (!holds(at, 1, end)) return NOT_IP;
  const version = byteAt(at, end) >>> 4;
  return version == 4 || version == 6 ? at : NOT_IP;
}
