/**
 * The cheap hash of trusted integer keys: MurmurHash3's 64-bit finalizer (Appleby) with the instance's secret mixed in
 * before either multiplication. Each step can be undone, so no two keys share a hash. It spreads keys of any pattern
 * over the lines, but whoever chooses keys and sees how long packets take could learn to crowd them (README.md).
 */
import { CONFIG_SECRET0, CONFIG_SECRET1 } from "./abi";
import { setting } from "./config";

/** Hashes `count` 64-bit keys at `keys` to `hashes`. */
export function mixKeys(keys: usize, hashes: usize, count: u32): void {
  const secret0 = setting(CONFIG_SECRET0);
  const secret1 = setting(CONFIG_SECRET1);
  for (let i: u32 = 0; i < count; i++) {
    let hash = load<u64>(keys + (i << 3)) ^ secret0;
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >>> 33) ^ secret1) * 0xc4ceb9fe1a85ec53;
    store<u64>(hashes + (i << 3), hash ^ (hash >>> 33));
  }
}
