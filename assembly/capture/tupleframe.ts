/**
 * The usual frames, read with straight loads: Ethernet, IPv4 without options or IPv6 without extension headers, TCP or
 * UDP, captured and long enough for its ports, where nothing but the 5-tuple is asked for. For such frames it writes
 * what `writeFrame` would, and leaves all others to that.
 */
import {
  BY_FIVE_TUPLE,
  COLUMN_KEY,
  COLUMN_LENGTH,
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
import { writeFrame } from "./frame";
import { Sorted, sortedCount4, sortedCount6 } from "./sorted";
import { Source } from "./source";
import { FIVE4_BYTES, FIVE6_BYTES, waitForHash4, waitForHash6 } from "./tuplehash";

const PORTS_BYTES: u32 = 4;
/** Offsets in the frame: behind the Ethernet header of 14 bytes. */
export const ETHERTYPE: usize = 12;
export const IP: usize = 14;
const PORTS4: usize = IP + 20;
const PORTS6: usize = IP + 40;
/** Of the first eight bytes of IPv4, as a little-endian load has them: version, header's length and fragment's offset. */
const PLAIN_FIRST_MASK: u64 = 0xff1f_0000_0000_00ff;
const VERSION4_PLAIN: u64 = 0x45;
/** The last word of a key without its protocol and ports: kind and length (abi.ts). */
const TAIL4: u64 = ((<u64>FIVE4_BYTES) << 56) | ((<u64>KIND_FIVE4) << 48);
const TAIL6: u64 = ((<u64>FIVE6_BYTES) << 56) | ((<u64>KIND_FIVE6) << 48);

/** Ethernet types as a little-endian load has them. */
export const TYPE_IPV4: u32 = ((ETHERTYPE_IPV4 & 0xff) << 8) | (ETHERTYPE_IPV4 >>> 8);
export const TYPE_IPV6: u32 = ((ETHERTYPE_IPV6 & 0xff) << 8) | (ETHERTYPE_IPV6 >>> 8);
/** Captured bytes that hold the ports. */
export const USUAL4_BYTES: u32 = <u32>PORTS4 + PORTS_BYTES;
export const USUAL6_BYTES: u32 = <u32>PORTS6 + PORTS_BYTES;

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

/** Writes the keys, where `keepsTuples`, and the hashes of the frames sorted. */
export function writeSorted(source: Source, columns: usize): void {
  const keepsKeys = keepsTuples();
  writeSorted4(source, columns, keepsKeys);
  writeSorted6(source, columns, keepsKeys);
}

function writeSorted4(source: Source, columns: usize, keepsKeys: bool): void {
  const count = sortedCount4;
  for (let k: u32 = 0; k < count; k++) {
    const entry = Sorted.entry4(k);
    const frame = Sorted.frameOf(entry);
    const row = Sorted.rowOf(entry);
    if (!isUsual4(frame)) {
      writeUnusual(source, columns, row, frame);
      continue;
    }
    const addresses = load<u64>(frame, IP + 12);
    const ports = (<u64>load<u32>(frame, PORTS4)) | ((<u64>load<u8>(frame, IP + 9)) << 32);
    if (keepsKeys) {
      const key = columns + row * KEY_BYTES + COLUMN_KEY;
      store<u64>(key, addresses);
      store<u64>(key, ports, 8);
      store<u64>(key, 0, 16);
      store<u64>(key, 0, 24);
      store<u64>(key, TAIL4, 32);
    }
    waitForHash4(columns, row, addresses, ports);
  }
}

function writeSorted6(source: Source, columns: usize, keepsKeys: bool): void {
  const count = sortedCount6;
  for (let k: u32 = 0; k < count; k++) {
    const entry = Sorted.entry6(k);
    const frame = Sorted.frameOf(entry);
    const row = Sorted.rowOf(entry);
    if (!isUsual6(frame)) {
      writeUnusual(source, columns, row, frame);
      continue;
    }
    const ports = (<u64>load<u32>(frame, PORTS6)) | ((<u64>load<u8>(frame, IP + 6)) << 32);
    if (keepsKeys) {
      const key = columns + row * KEY_BYTES + COLUMN_KEY;
      store<u64>(key, load<u64>(frame, IP + 8));
      store<u64>(key, load<u64>(frame, IP + 16), 8);
      store<u64>(key, load<u64>(frame, IP + 24), 16);
      store<u64>(key, load<u64>(frame, IP + 32), 24);
      store<u64>(key, ports | TAIL6, 32);
    }
    waitForHash6(columns, row, frame + IP + 8, ports);
  }
}

/** A frame whose type promised more: its time and length are in their columns. */
function writeUnusual(source: Source, columns: usize, row: u32, frame: usize): void {
  const timeNs = load<u64>(columns + (row << 3), COLUMN_TIME);
  const bytes = load<u32>(columns + (row << 2), COLUMN_LENGTH);
  const capturedBytes = source.u32At(frame - source.recordHeaderBytes + 8);
  writeFrame(source, columns, row, source.link, timeNs, frame, frame + capturedBytes, bytes);
}

/** 16 bits in network byte order. */
function field(at: usize): u32 {
  return <u32>bswap<u16>(load<u16>(at));
}

/** One branch for all that must be so: each alone is nearly always true. */
function isUsual4(frame: usize): bool {
  const isPlainFirst = (load<u64>(frame, IP) & PLAIN_FIRST_MASK) == VERSION4_PLAIN;
  const holdsPorts = field(frame + IP + 2) >= <u32>(PORTS4 - IP) + PORTS_BYTES;
  return isPlainFirst & holdsPorts & hasPorts(load<u8>(frame, IP + 9));
}

function isUsual6(frame: usize): bool {
  const isPlain = (<u32>load<u8>(frame, IP)) >>> 4 == 6;
  const holdsPorts = field(frame + IP + 4) >= PORTS_BYTES;
  return isPlain & holdsPorts & hasPorts(load<u8>(frame, IP + 6));
}

function hasPorts(protocol: u32): bool {
  return (protocol == PROTOCOL_TCP) | (protocol == PROTOCOL_UDP);
}
