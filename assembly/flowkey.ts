/** Flow keys as records of KEY_BYTES (abi.ts). Plain stores: a bulk copy of 40 bytes is a call out of the core. */
import { KEY_BYTES, KEY_KIND, KEY_LENGTH, KIND_INTEGER } from "./abi";

const INTEGER_BYTES: u8 = 8;

export function copyKey(from: usize, to: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
  store<u64>(to, load<u64>(from, 16), 16);
  store<u64>(to, load<u64>(from, 24), 24);
  store<u64>(to, load<u64>(from, 32), 32);
}

export function clearKey(key: usize): void {
  for (let offset: usize = 0; offset < <usize>KEY_BYTES; offset += 8) store<u64>(key + offset, 0);
}

/** The key record of a caller's integer key. */
export function writeIntegerKey(key: usize, value: u64): void {
  clearKey(key);
  store<u64>(key, value);
  store<u8>(key, KIND_INTEGER, KEY_KIND);
  store<u8>(key, INTEGER_BYTES, KEY_LENGTH);
}
