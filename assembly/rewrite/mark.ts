/**
 * Marks one packet where it lies: code point and congestion mark in the outermost IP header, priority and drop
 * eligibility in the outermost VLAN tag. Nothing but those bits and the IPv4 header's checksum changes.
 */
import { COUNT_CE, COUNT_CUT, COUNT_DSCP, COUNT_NO_IP, COUNT_NO_TAG, COUNT_TAG } from "../abi/rewrite";
import { MARK_AF, MARK_DEI, MARK_DSCP, MARK_ECN, MARK_PCP } from "../abi/rewrite";
import { be16, byteAt, holds } from "../net/bytes";
import { Action } from "./action";
import { updatedChecksum } from "./checksum";
import { codePointAfter } from "./codepoint";
import { count } from "./results";

// What became of a packet.
export const PACKET_SAME: u32 = 0;
export const PACKET_CHANGED: u32 = 1;
export const PACKET_NOT_ECT: u32 = 2;

const MARKS_IP: u32 = MARK_DSCP | MARK_AF | MARK_ECN;
const MARKS_TAG: u32 = MARK_PCP | MARK_DEI;

const IPV4_CHECKSUM: usize = 10;
const IPV6_TRAFFIC_CLASS_SHIFT: u32 = 4;
/** RFC 3168: the lower two bits of the field; 0 is not ECN-capable, 3 congestion experienced. */
const ECN_MASK: u32 = 3;
const NOT_ECT: u32 = 0;
const CE: u32 = 3;
const DSCP_SHIFT: u32 = 2;

const TAG_PRIORITY_MASK: u32 = 0xe000;
const TAG_PRIORITY_SHIFT: u32 = 13;
const TAG_DROP_ELIGIBLE: u32 = 0x1000;

/** Marks the packet whose headers stand at `network` and `tag` (0: none), in a frame captured up to `end`. */
export function markPacket(action: Action, color: u32, network: usize, tag: usize, end: usize): u32 {
  let outcome = PACKET_SAME;
  if ((action.marks & MARKS_IP) != 0) {
    if (network == 0) count(color, COUNT_NO_IP, 1);
    else if (!isRewritable(network, end)) count(color, COUNT_CUT, 1);
    else outcome = markIp(action, color, network, end);
  }
  if ((action.marks & MARKS_TAG) == 0 || outcome == PACKET_NOT_ECT) return outcome;
  if (tag != 0) return markTag(action, color, tag, end) ? PACKET_CHANGED : outcome;
  count(color, COUNT_NO_TAG, 1);
  return outcome;
}

function isIpv4(network: usize, end: usize): bool {
  return byteAt(network, end) >>> 4 == 4;
}

/** True when the field, and the checksum of IPv4, were captured. */
function isRewritable(network: usize, end: usize): bool {
  if (!holds(network, 2, end)) return false;
  return !isIpv4(network, end) || holds(network, <u32>IPV4_CHECKSUM + 2, end);
}

function markIp(action: Action, color: u32, network: usize, end: usize): u32 {
  const shift = isIpv4(network, end) ? 0 : IPV6_TRAFFIC_CLASS_SHIFT;
  const word = be16(network, end);
  const field = (word >>> shift) & 0xff;
  let ecn = field & ECN_MASK;
  if ((action.marks & MARK_ECN) != 0) {
    if (ecn == NOT_ECT) return PACKET_NOT_ECT;
    if (ecn != CE) count(color, COUNT_CE, 1);
    ecn = CE;
  }
  const dscp = field >>> DSCP_SHIFT;
  const newDscp = codePointAfter(action, dscp, color);
  if (newDscp != dscp) count(color, COUNT_DSCP, 1);
  const newField = (newDscp << DSCP_SHIFT) | ecn;
  if (newField == field) return PACKET_SAME;
  const newWord = (word & ~(0xff << shift)) | (newField << shift);
  storeBe16(network, newWord);
  if (isIpv4(network, end)) {
    const checksum = network + IPV4_CHECKSUM;
    storeBe16(checksum, updatedChecksum(be16(checksum, end), word, newWord));
  }
  return PACKET_CHANGED;
}

/** False when the tag said so already. */
function markTag(action: Action, color: u32, tag: usize, end: usize): bool {
  const word = be16(tag, end);
  let newWord = word;
  if ((action.marks & MARK_PCP) != 0) newWord = (word & ~TAG_PRIORITY_MASK) | (action.priority << TAG_PRIORITY_SHIFT);
  if ((action.marks & MARK_DEI) != 0) newWord |= TAG_DROP_ELIGIBLE;
  if (newWord == word) return false;
  storeBe16(tag, newWord);
  count(color, COUNT_TAG, 1);
  return true;
}

function storeBe16(at: usize, value: u32): void {
  store<u16>(at, bswap<u16>(<u16>value));
}
