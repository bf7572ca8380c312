/**
 * The usual frame, read with straight loads: Ethernet, IPv4 without options or IPv6 without extension headers, TCP or
 * UDP, captured and long enough for its ports, where nothing but the 5-tuple is asked for. For such frames it writes
 * what `writeFrame` would; it refuses all others.
 */
import {
  BY_FIVE_TUPLE,
  COLUMN_HASH,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_OTHER,
  COLUMN_TIME,
  CONFIG_BY,
  CONFIG_CLASSES,
  CONFIG_DSCP_COLORS,
  CONFIG_LENGTH_IP,
  KEY_BYTES,
  KIND_FIVE4,
  KIND_FIVE6,
} from "../abi";
import { CONFIG_CLASSIFIER } from "../abi/classifier";
import { CONFIG_LINK } from "../abi/link";
import { isSet, setting } from "../config";
import { LINK_ETHERNET } from "../link/dispatch";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, PROTOCOL_TCP, PROTOCOL_UDP } from "../net/numbers";
import { siphash } from "../siphash";
import { hashTuples, TUPLES_PER_STEP } from "../siphashtuples";

const PORTS_BYTES: u32 = 4;
/** Offsets in the frame: behind the Ethernet header of 14 bytes. */
const ETHERTYPE: usize = 12;
export const IP: usize = 14;
const PORTS4: usize = IP + 20;
const PORTS6: usize = IP + 40;
const VERSION4_PLAIN: u32 = 0x45;
const FRAGMENT_OFFSET_MASK: u32 = 0x1fff;
/** Canonical key bytes, and the last word of a key without its protocol and ports: kind and length (abi.ts). */
const FIVE4_BYTES: u32 = 13;
const FIVE6_BYTES: u32 = 37;
const TAIL4: u64 = ((<u64>FIVE4_BYTES) << 56) | ((<u64>KIND_FIVE4) << 48);
const TAIL6: u64 = ((<u64>FIVE6_BYTES) << 56) | ((<u64>KIND_FIVE6) << 48);
/** The only node of a policy of one meter. */
const NO_SALT: u32 = 0;

/** Rows whose keys wait to be hashed together, by length of key: while their keys are in the nearest cache. */
const WAITING_MAX: u32 = 63;
if (WAITING_MAX % TUPLES_PER_STEP != 0) ERROR("rows that wait must be whole steps");
const waiting4 = memory.data(WAITING_MAX * 4, 4);
const waiting6 = memory.data(WAITING_MAX * 4, 4);
let count4: u32 = 0;
let count6: u32 = 0;

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

/**
 * Writes time, length and key of the frame at `frame` (captured up to `end`) to row `row`; its hash at the latest with
 * `hashWaiting`. False: not a usual one.
 */
export function writeTupleFrame(columns: usize, row: u32, timeNs: u64, frame: usize, end: usize, bytes: u32): bool {
  const key = columns + row * KEY_BYTES + COLUMN_KEY;
  if (isIpv4(frame, end)) {
    store<u64>(key, load<u64>(frame, IP + 12));
    store<u64>(key, (<u64>load<u32>(frame, PORTS4)) | ((<u64>load<u8>(frame, IP + 9)) << 32), 8);
    store<u64>(key, 0, 16);
    store<u64>(key, 0, 24);
    store<u64>(key, TAIL4, 32);
    waitForHash4(columns, row);
  } else if (isIpv6(frame, end)) {
    store<u64>(key, load<u64>(frame, IP + 8));
    store<u64>(key, load<u64>(frame, IP + 16), 8);
    store<u64>(key, load<u64>(frame, IP + 24), 16);
    store<u64>(key, load<u64>(frame, IP + 32), 24);
    store<u64>(key, (<u64>load<u32>(frame, PORTS6)) | ((<u64>load<u8>(frame, IP + 6)) << 32) | TAIL6, 32);
    waitForHash6(columns, row);
  } else {
    return false;
  }
  store<u64>(columns + (row << 3), timeNs, COLUMN_TIME);
  store<u32>(columns + (row << 2), bytes, COLUMN_LENGTH);
  store<u8>(columns + row, 0, COLUMN_OTHER);
  return true;
}

function waitForHash4(columns: usize, row: u32): void {
  store<u32>(waiting4 + (count4 << 2), row);
  count4++;
  if (count4 == WAITING_MAX) hashWaiting4(columns);
}

function waitForHash6(columns: usize, row: u32): void {
  store<u32>(waiting6 + (count6 << 2), row);
  count6++;
  if (count6 == WAITING_MAX) hashWaiting6(columns);
}

/** Hashes all keys that wait; called before `columns` are read. */
export function hashWaiting(columns: usize): void {
  hashWaiting4(columns);
  hashWaiting6(columns);
}

function hashWaiting4(columns: usize): void {
  hashRows(columns, waiting4, count4, FIVE4_BYTES);
  count4 = 0;
}

function hashWaiting6(columns: usize): void {
  hashRows(columns, waiting6, count6, FIVE6_BYTES);
  count6 = 0;
}

/** Rows are taken in whole steps: the last one is filled up with the first row, which gets the same hash again. */
function hashRows(columns: usize, rows: usize, count: u32, bytes: u32): void {
  if (count == 0) return;
  if (ASC_FEATURE_SIMD) {
    let filled = count;
    for (; filled % TUPLES_PER_STEP != 0; filled++) store<u32>(rows + (filled << 2), load<u32>(rows));
    return hashTuples(columns, rows, filled, bytes);
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (i << 2));
    const hash = siphash(columns + row * KEY_BYTES + COLUMN_KEY, bytes, NO_SALT);
    store<u64>(columns + (row << 3), hash, COLUMN_HASH);
  }
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
