/**
 * The flow key of a frame: canonical bytes in network order, then prefix length, kind and canonical length. What the
 * snap length cut off is 0. Layouts: KIND_* in abi.ts. Bytes not set are 0, so that equal keys are equal records.
 */
import {
  BY_ALL,
  BY_DESTINATION,
  BY_FIVE_TUPLE,
  BY_PAIR,
  CONFIG_BY,
  CONFIG_PREFIX,
  KEY_KIND,
  KEY_LENGTH,
  KEY_PREFIX,
  KIND_ADDRESS4,
  KIND_ADDRESS6,
  KIND_ALL,
  KIND_FIVE4,
  KIND_FIVE6,
  KIND_OTHER,
  KIND_PAIR4,
  KIND_PAIR6,
  KIND_PREFIX4,
  KIND_PREFIX6,
  WHOLE_ADDRESS,
} from "../abi";
import { setting } from "../config";
import { clearKey } from "../flowkey";
import { holds, raw32, raw64 } from "./bytes";
import { IpHeader } from "./ip";
import { portsAt } from "./ports";

const IPV4_SOURCE: usize = 12;
const IPV6_SOURCE: usize = 8;
const IPV4_BITS: u32 = 32;

/** Writes the key record at `key` for the header read into `ip`, or for a frame without one. */
export function writeKey(key: usize, ip: IpHeader, end: usize): void {
  const by = <u32>setting(CONFIG_BY);
  clearKey(key);
  if (by == BY_ALL) setKind(key, KIND_ALL, 0);
  else if (ip.version == 0) setKind(key, KIND_OTHER, 0);
  else if (ip.version == 4) writeIpv4(key, ip, end, by);
  else writeIpv6(key, ip, end, by);
}

function setKind(key: usize, kind: u32, canonicalBytes: u32): void {
  store<u8>(key, kind, KEY_KIND);
  store<u8>(key, canonicalBytes, KEY_LENGTH);
}

function writeIpv4(key: usize, ip: IpHeader, end: usize, by: u32): void {
  const addresses = ip.at + IPV4_SOURCE;
  const source = holds(addresses, 4, end) ? raw32(addresses, end) : 0;
  const destination = holds(addresses, 8, end) ? raw32(addresses + 4, end) : 0;
  if (by == BY_FIVE_TUPLE || by == BY_PAIR) {
    store<u32>(key, source);
    store<u32>(key, destination, 4);
    if (by == BY_PAIR) return setKind(key, KIND_PAIR4, 8);
    store<u32>(key, portsOf(ip, end), 8);
    store<u8>(key, ip.protocol, 12);
    return setKind(key, KIND_FIVE4, 13);
  }
  const wanted = <u32>setting(CONFIG_PREFIX);
  const prefix = min(wanted, IPV4_BITS);
  store<u32>(key, (by == BY_DESTINATION ? destination : source) & (<u32>prefixMask(prefix, 32)));
  if (wanted == WHOLE_ADDRESS) return setKind(key, KIND_ADDRESS4, 4);
  store<u8>(key, prefix, KEY_PREFIX);
  setKind(key, KIND_PREFIX4, 4);
}

function writeIpv6(key: usize, ip: IpHeader, end: usize, by: u32): void {
  const source = ip.at + IPV6_SOURCE;
  const destination = source + 16;
  if (by == BY_FIVE_TUPLE || by == BY_PAIR) {
    copyAddress(key, source, end);
    copyAddress(key + 16, destination, end);
    if (by == BY_PAIR) return setKind(key, KIND_PAIR6, 32);
    store<u32>(key, portsOf(ip, end), 32);
    store<u8>(key, ip.protocol, 36);
    return setKind(key, KIND_FIVE6, 37);
  }
  copyAddress(key, by == BY_DESTINATION ? destination : source, end);
  const prefix = <u32>setting(CONFIG_PREFIX);
  if (prefix == WHOLE_ADDRESS) return setKind(key, KIND_ADDRESS6, 16);
  store<u64>(key, load<u64>(key) & prefixMask(min<u32>(prefix, 64), 64));
  store<u64>(key, load<u64>(key, 8) & prefixMask(prefix > 64 ? prefix - 64 : 0, 64), 8);
  store<u8>(key, prefix, KEY_PREFIX);
  setKind(key, KIND_PREFIX6, 16);
}

/** Mask of the first `prefix` bits of a word of `bits` bits that lies in memory in network order. */
export function prefixMask(prefix: u32, bits: u32): u64 {
  if (prefix == 0) return 0;
  const cut: u64 = 64 - prefix;
  const high = u64.MAX_VALUE << cut;
  return bswap<u64>(high) & (bits == 64 ? u64.MAX_VALUE : <u64>u32.MAX_VALUE);
}

function copyAddress(to: usize, from: usize, end: usize): void {
  if (!holds(from, 16, end)) return;
  store<u64>(to, raw64(from, end));
  store<u64>(to, raw64(from + 8, end), 8);
}

/** Both ports as they lie in the header, or 0 where there are none or they were cut off. */
function portsOf(ip: IpHeader, end: usize): u32 {
  const ports = portsAt(ip, end);
  return ports == 0 ? 0 : raw32(ports, end);
}
