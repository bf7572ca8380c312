/** LINKTYPE_LINUX_SLL (113) and LINKTYPE_LINUX_SLL2 (276): "cooked" captures of Linux's any device. */
import { NOT_IP, TYPE_LENGTH_MAX, TYPE_LLC } from "../encap/inner";
import { walk } from "../encap/walk";
import { be16, holds } from "../net/bytes";

const SLL_HEADER_BYTES: u32 = 16;
const SLL_PROTOCOL: usize = 14;
const SLL2_HEADER_BYTES: u32 = 20;
const SLL2_PROTOCOL: usize = 0;
/** Pseudo protocol: an 802.2 LLC header follows. Other values up to 1500 are not lengths here. */
const PROTOCOL_LLC: u32 = 4;

export function sllPayload(frame: usize, end: usize): usize {
  return cookedPayload(frame, end, SLL_PROTOCOL, SLL_HEADER_BYTES);
}

export function sll2Payload(frame: usize, end: usize): usize {
  return cookedPayload(frame, end, SLL2_PROTOCOL, SLL2_HEADER_BYTES);
}

function cookedPayload(frame: usize, end: usize, protocolOffset: usize, headerBytes: u32): usize {
  if (!holds(frame, headerBytes, end)) return NOT_IP;
  const protocol = be16(frame + protocolOffset, end);
  if (protocol == PROTOCOL_LLC) return walk(TYPE_LLC, frame + headerBytes, end);
  return protocol <= TYPE_LENGTH_MAX ? NOT_IP : walk(protocol, frame + headerBytes, end);
}
