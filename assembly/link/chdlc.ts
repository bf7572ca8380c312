/** LINKTYPE_C_HDLC (104): Cisco HDLC, address 1, control 1, EtherType 2. */
import { NOT_IP } from "../encap/inner";
import { walk } from "../encap/walk";
import { be16, holds } from "../net/bytes";

const HEADER_BYTES: u32 = 4;

export function chdlcPayload(frame: usize, end: usize): usize {
  return holds(frame, HEADER_BYTES, end) ? walk(be16(frame + 2, end), frame + HEADER_BYTES, end) : NOT_IP;
}
