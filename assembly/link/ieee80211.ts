/** LINKTYPE_IEEE802_11 (105) and LINKTYPE_IEEE802_11_RADIOTAP (127): data frames that are not encrypted. */
import { NOT_IP, TYPE_LLC } from "../encap/inner";
import { walk } from "../encap/walk";
import { byteAt, holds } from "../net/bytes";

const TYPE_DATA: u32 = 2;
const SUBTYPE_QOS: u32 = 8;
const SUBTYPE_NO_DATA: u32 = 4;
const FLAG_TO_DS: u32 = 0x01;
const FLAG_FROM_DS: u32 = 0x02;
const FLAG_PROTECTED: u32 = 0x40;
const FLAG_ORDER: u32 = 0x80;
const HEADER_BYTES: u32 = 24;
const ADDRESS4_BYTES: u32 = 6;
const QOS_BYTES: u32 = 2;
const HT_CONTROL_BYTES: u32 = 4;
/** QoS control: the payload is an aggregate of subframes (A-MSDU), not one LLC header. */
const QOS_AGGREGATE: u32 = 0x80;

export function ieee80211Payload(frame: usize, end: usize): usize {
  return dataPayload(frame, end, false);
}

/** Behind a data frame's header; `padded` when the driver pads it to 4 bytes (radiotap flag). */
function dataPayload(frame: usize, end: usize, padded: bool): usize {
  if (!holds(frame, HEADER_BYTES, end)) return NOT_IP;
  const control = byteAt(frame, end);
  const flags = byteAt(frame + 1, end);
  const subtype = control >>> 4;
  if (((control >>> 2) & 3) != TYPE_DATA || (subtype & SUBTYPE_NO_DATA) != 0 || (flags & FLAG_PROTECTED) != 0)
    return NOT_IP;
  let headerBytes = HEADER_BYTES;
  if ((flags & FLAG_TO_DS) != 0 && (flags & FLAG_FROM_DS) != 0) headerBytes += ADDRESS4_BYTES;
  if ((subtype & SUBTYPE_QOS) != 0) {
    if (!holds(frame, headerBytes + QOS_BYTES, end)) return NOT_IP;
    if ((byteAt(frame + headerBytes, end) & QOS_AGGREGATE) != 0) return NOT_IP;
    headerBytes += QOS_BYTES;
    if ((flags & FLAG_ORDER) != 0) headerBytes += HT_CONTROL_BYTES;
  }
  if (padded) headerBytes = (headerBytes + 3) & ~3;
  return walk(TYPE_LLC, frame + headerBytes, end);
}

const RADIOTAP_HEADER_BYTES: u32 = 8;
const PRESENT_TSFT: u32 = 1;
const PRESENT_FLAGS: u32 = 2;
const PRESENT_MORE: u32 = 0x80000000;
const TSFT_BYTES: usize = 8;
const RADIOTAP_FLAG_PADDED: u32 = 0x20;

/** Radiotap is little-endian: version 1, pad 1, length 2, present words, then fields aligned to their size. */
export function radiotapPayload(frame: usize, end: usize): usize {
  if (!holds(frame, RADIOTAP_HEADER_BYTES, end)) return NOT_IP;
  const headerBytes = byteAt(frame + 2, end) | (byteAt(frame + 3, end) << 8);
  if (headerBytes < RADIOTAP_HEADER_BYTES || !holds(frame, headerBytes, end)) return NOT_IP;
  return dataPayload(frame + headerBytes, end, isPadded(frame, frame + headerBytes));
}

function isPadded(frame: usize, end: usize): bool {
  const present = presentWord(frame + 4, end);
  if ((present & PRESENT_FLAGS) == 0) return false;
  let field = frame + 4;
  // One word a round, inside the header.
  while (holds(field, 4, end) && (presentWord(field, end) & PRESENT_MORE) != 0) field += 4;
  field += 4;
  if ((present & PRESENT_TSFT) != 0) field = frame + ((field - frame + 7) & ~7) + TSFT_BYTES;
  return holds(field, 1, end) && (byteAt(field, end) & RADIOTAP_FLAG_PADDED) != 0;
}

function presentWord(at: usize, end: usize): u32 {
  return byteAt(at, end) | (byteAt(at + 1, end) << 8) | (byteAt(at + 2, end) << 16) | (byteAt(at + 3, end) << 24);
}
