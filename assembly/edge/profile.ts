/** The profiles and policies that the host wrote. */
import { PROFILE_BYTES } from "../abi";
import { POLICIES, POLICY_BYTES, POLICY_FIRST_SLOT, POLICY_SLOTS, PROFILES } from "./abi";

/** Profile of this index. */
export function profileAt(kind: u32): usize {
  return PROFILES + kind * PROFILE_BYTES;
}

/** Slots that a call under a policy goes through. */
export function slotsOf(policy: u32): u32 {
  return load<u8>(POLICIES + policy * POLICY_BYTES, POLICY_SLOTS);
}

/** Index of the profile of a policy's slot `k`. */
export function kindAt(policy: u32, k: u32): u32 {
  return load<u8>(POLICIES + policy * POLICY_BYTES + k, POLICY_FIRST_SLOT);
}
