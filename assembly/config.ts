/** The settings that the host wrote before `initialize`. */
import { CONFIG } from "./abi";

/** Setting CONFIG_*. */
export function setting(index: u32): u64 {
  return load<u64>(CONFIG + (index << 3));
}

/** True when the setting is on. */
export function isSet(index: u32): bool {
  return setting(index) != 0;
}
