/** VLAN tags, IEEE 802.1Q: priority, one bit, 12 bits of id; then the type of what the tag holds. */
import { be16, holds } from "../net/bytes";
import { typeAt } from "./inner";

/** A VLAN id that no tag has. */
export const NO_VLAN: u32 = 4096;
const VLAN_ID_MASK: u32 = 0xfff;

/** VLAN id of the outermost tag since `forgetVlan`, or NO_VLAN; and where its control word stands, or 0. */
export let outermostVlan: u32 = NO_VLAN;
export let outermostTag: usize = 0;

export function forgetVlan(): void {
  outermostVlan = NO_VLAN;
  outermostTag = 0;
}

export function unwrapVlan(at: usize, end: usize): usize {
  if (outermostVlan == NO_VLAN && holds(at, 2, end)) {
    outermostVlan = be16(at, end) & VLAN_ID_MASK;
    outermostTag = at;
  }
  return typeAt(at, 2, end);
}
