/** MPLS label stacks (RFC 3032), over IP, or over an Ethernet pseudowire with a control word (RFC 4385, RFC 4448). */
import { be32, byteAt, holds } from "../net/bytes";
import { inner, NOT_IP, TYPE_ETHERNET, TYPE_IP } from "./inner";

const LABEL_BYTES: u32 = 4;
const BOTTOM_OF_STACK: u32 = 0x100;
const CONTROL_WORD_BYTES: u32 = 4;

/** Behind the last label the first nibble tells: 4 and 6 are IP, 0 begins a pseudowire's control word. */
export function unwrapMpls(at: usize, end: usize): usize {
  let label = at;
  while (holds(label, LABEL_BYTES, end)) {
    const entry = be32(label, end);
    label += LABEL_BYTES;
    if ((entry & BOTTOM_OF_STACK) == 0) continue;
    if (!holds(label, 1, end)) return NOT_IP;
    const nibble = byteAt(label, end) >>> 4;
    return nibble == 0 ? inner(TYPE_ETHERNET, label + CONTROL_WORD_BYTES) : inner(TYPE_IP, label);
  }
  return NOT_IP;
}
