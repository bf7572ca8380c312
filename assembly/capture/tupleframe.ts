/**
 * The usual frame, read with straight loads: Ethernet, IPv4 without options or IPv6 without extension headers, TCP or
 * UDP, captured and long enough for its ports, where nothing but the 5-tuple is asked for. For such frames it writes
 * what `writeFrame` would; it refuses all others.
 */
import {
  BY_FIVE_TUPLE,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_OTHER,
  COLUMN_TIME,
  CONFIG_BY,
  CONFIG_CLASSES,
  CONFIG_DSCP_COLORS,
  CONFIG_LENGTH_IP,
  CONFIG_ROWLESS,
  KEY_BYTES,
  KIND_FIVE4,
  KIND_FIVE6,
} from "../abi";
import { CONFIG_CLASSIFIER } from "../abi/classifier";
import { CONFIG_LINK } from "../abi/link";
import { isSet, setting } from "../config";
import { LINK_ETHERNET } from "../link/dispatch";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, PROTOCOL_TCP, PROTOCOL_UDP } from "../net/numbers";
import { FIVE4_BYTES, FIVE6_BYTES, waitForHash4, waitForHash6 } from "./tuplehash";

const PORTS_BYTES: u32 = 4;
/** Offsets in the frame: behind the Ethernet header of 14 bytes. */
const ETHERTYPE: usize = 12;
export const IP: usize = 14;
const PORTS4: usize = IP + 20;
const PORTS6: usize = IP + 40;
const VERSION4_PLAIN: u32 = 0x45;
const FRAGMENT_OFFSET_MASK: u32 = 0x1fff;
/** The last word of a key without its protocol and ports: kind and length (abi.ts). */
const TAIL4: u64 = ((<u64>FIVE4_BYTES) << 56) | ((<u64>KIND_FIVE4) << 48);
const TAIL6: u64 = ((<u64>FIVE6_BYTES) << 56) | ((<u64>KIND_FIVE6) << 48);

/** True when frames of a link type are to be tried: nothing is asked for that only `writeFrame` tells. */
export function readsTuples(link: u32): bool {
  return (
    link == LINK_ETHERNET &&
    <u32>setting(CONFIG_BY) == BY_FIVE_TUPLE &&
    setting(CONFIG_CLASSIFIER) == 0 &&
    setting(CONFIG_CLASSES) == 0 &&
    !isSet(CONFIG_LINK) &&
    !isSet(CONFIG_DSCP_COLORS) &&
    !isSet(CONFIG_LENGTH_IP)
  );
}

/** True when the keys of such frames are to be written: for those who read them, or for their hashes. */
export function keepsTuples(): bool {
  return !isSet(CONFIG_ROWLESS) || !ASC_FEATURE_SIMD;
}

/**
 * Writes time and length, and the key where `keepsTuples`, of the frame at `frame` (captured up to `end`) to row `row`; its
 * hash at the latest with `hashWaiting`. False: not a usual one.
 */
export function writeTupleFrame(
  columns: usize,
  row: u32,
  timeNs: u64,
  frame: usize,
  end: usize,
  bytes: u32,
  keepsKey: bool,
): bool {
  if (isIpv4(frame, end)) {
    const addresses = load<u64>(frame, IP + 12);
    const ports = (<u64>load<u32>(frame, PORTS4)) | ((<u64>load<u8>(frame, IP + 9)) << 32);
    if (keepsKey) {
      const key = columns + row * KEY_BYTES + COLUMN_KEY;
      store<u64>(key, addresses);
      store<u64>(key, ports, 8);
      store<u64>(key, 0, 16);
      store<u64>(key, 0, 24);
      store<u64>(key, TAIL4, 32);
    }
    waitForHash4(columns, row, addresses, ports);
  } else if (isIpv6(frame, end)) {
    const ports = (<u64>load<u32>(frame, PORTS6)) | ((<u64>load<u8>(frame, IP + 6)) << 32);
    if (keepsKey) {
      const key = columns + row * KEY_BYTES + COLUMN_KEY;
      store<u64>(key, load<u64>(frame, IP + 8));
      store<u64>(key, load<u64>(frame, IP + 16), 8);
      store<u64>(key, load<u64>(frame, IP + 24), 16);
      store<u64>(key, load<u64>(frame, IP + 32), 24);
      store<u64>(key, ports | TAIL6, 32);
    }
    waitForHash6(columns, row, frame + IP + 8, ports);
  } else {
    return false;
  }
  store<u64>(columns + (row << 3), timeNs, COLUMN_TIME);
  store<u32>(columns + (row << 2), bytes, COLUMN_LENGTH);
  store<u8>(columns + row, 0, COLUMN_OTHER);
  return true;
}

/** 16 bits in network byte order. */
function field(at: usize): u32 {
  return <u32>bswap<u16>(load<u16>(at));
}

/** One branch for all that must be so: each alone is nearly always true. */
function isIpv4(frame: usize, end: usize): bool {
  if (frame + PORTS4 + PORTS_BYTES > end) return false;
  const isPlain = (field(frame + ETHERTYPE) == ETHERTYPE_IPV4) & (<u32>load<u8>(frame, IP) == VERSION4_PLAIN);
  const isFirst = (field(frame + IP + 6) & FRAGMENT_OFFSET_MASK) == 0;
  const totalBytes = field(frame + IP + 2);
  const holdsPorts = totalBytes >= <u32>(PORTS4 - IP) + PORTS_BYTES;
  return isPlain & isFirst & holdsPorts & hasPorts(load<u8>(frame, IP + 9));
}

function isIpv6(frame: usize, end: usize): bool {
  if (frame + PORTS6 + PORTS_BYTES > end) return false;
  const isPlain = (field(frame + ETHERTYPE) == ETHERTYPE_IPV6) & ((<u32>load<u8>(frame, IP)) >>> 4 == 6);
  const holdsPorts = field(frame + IP + 4) >= PORTS_BYTES;
  return isPlain & holdsPorts & hasPorts(load<u8>(frame, IP + 6));
}

function hasPorts(protocol: u32): bool {
  return (protocol == PROTOCOL_TCP) | (protocol == PROTOCOL_UDP);
}
