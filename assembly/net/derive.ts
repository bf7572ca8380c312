/** Keys of other kinds out of the key record of a 5-tuple: what a node of a path is kept by. */
import {
  BY_ALL,
  BY_DESTINATION,
  BY_FIVE_TUPLE,
  BY_PAIR,
  KEY_KIND,
  KEY_LENGTH,
  KEY_PREFIX,
  KIND_ADDRESS4,
  KIND_ADDRESS6,
  KIND_ALL,
  KIND_FIVE4,
  KIND_FIVE6,
  KIND_PAIR4,
  KIND_PAIR6,
  KIND_PREFIX4,
  KIND_PREFIX6,
  WHOLE_ADDRESS,
} from "../abi";
import { clearKey, copyKey } from "../flowkey";
import { prefixMask } from "./key";

const IPV4_BYTES: usize = 4;
const IPV6_BYTES: usize = 16;
const IPV4_BITS: u32 = 32;

/** Writes to `key` what `by` and `prefix` (BY_*, as in `--by`) make of the 5-tuple at `tuple`. A key without IP stays. */
export function deriveKey(tuple: usize, key: usize, by: u32, prefix: u32): void {
  const kind = load<u8>(tuple, KEY_KIND);
  if (by == BY_ALL) {
    clearKey(key);
    store<u8>(key, KIND_ALL, KEY_KIND);
  } else if (by == BY_FIVE_TUPLE || (kind != KIND_FIVE4 && kind != KIND_FIVE6)) {
    copyKey(tuple, key);
  } else if (kind == KIND_FIVE4) {
    deriveIpv4(tuple, key, by, prefix);
  } else {
    deriveIpv6(tuple, key, by, prefix);
  }
}

function deriveIpv4(tuple: usize, key: usize, by: u32, prefix: u32): void {
  clearKey(key);
  if (by == BY_PAIR) {
    store<u64>(key, load<u64>(tuple));
    return setKind(key, KIND_PAIR4, 2 * IPV4_BYTES);
  }
  const bits = min(prefix, IPV4_BITS);
  const address = load<u32>(tuple + (by == BY_DESTINATION ? IPV4_BYTES : 0));
  store<u32>(key, address & (<u32>prefixMask(bits, IPV4_BITS)));
  if (prefix == WHOLE_ADDRESS) return setKind(key, KIND_ADDRESS4, IPV4_BYTES);
  store<u8>(key, bits, KEY_PREFIX);
  setKind(key, KIND_PREFIX4, IPV4_BYTES);
}

function deriveIpv6(tuple: usize, key: usize, by: u32, prefix: u32): void {
  clearKey(key);
  const from = tuple + (by == BY_DESTINATION ? IPV6_BYTES : 0);
  const high = load<u64>(from);
  const low = load<u64>(from, 8);
  if (by == BY_PAIR || prefix == WHOLE_ADDRESS) {
    store<u64>(key, high);
    store<u64>(key, low, 8);
    if (by != BY_PAIR) return setKind(key, KIND_ADDRESS6, IPV6_BYTES);
    store<u64>(key, load<u64>(tuple, 16), 16);
    store<u64>(key, load<u64>(tuple, 24), 24);
    return setKind(key, KIND_PAIR6, 2 * IPV6_BYTES);
  }
  store<u64>(key, high & prefixMask(min<u32>(prefix, 64), 64));
  store<u64>(key, low & prefixMask(prefix > 64 ? prefix - 64 : 0, 64), 8);
  store<u8>(key, prefix, KEY_PREFIX);
  setKind(key, KIND_PREFIX6, IPV6_BYTES);
}

function setKind(key: usize, kind: u32, canonicalBytes: usize): void {
  store<u8>(key, kind, KEY_KIND);
  store<u8>(key, <u8>canonicalBytes, KEY_LENGTH);
}
