/** What an encapsulation carries: the EtherType of its payload, or one of the pseudo types below. */

import { be16, holds } from "../net/bytes";

export const NOT_IP: usize = 0;

/** Values of 802.3's length field, 0 to 1500, are taken as: an LLC header follows. */
export const TYPE_LLC: u32 = 0;
export const TYPE_LENGTH_MAX: u32 = 1500;

// Pseudo types, above all EtherTypes.
/** IP whose version the first nibble tells. */
export const TYPE_IP: u32 = 0x10000;
/** A whole Ethernet frame. */
export const TYPE_ETHERNET: u32 = 0x10001;
/** A SNAP header without the LLC header before it. */
export const TYPE_SNAP: u32 = 0x10002;
/** A PPP protocol field. */
export const TYPE_PPP: u32 = 0x10003;

/** Type of the payload that the last `unwrap*` found. */
export let innerType: u32 = 0;

/** The payload at `at` is of this type. */
export function inner(type: u32, at: usize): usize {
  innerType = type;
  return at;
}

/** A header that ends in an EtherType, which stands at `offset`. */
export function typeAt(at: usize, offset: u32, end: usize): usize {
  return holds(at, offset + 2, end) ? inner(be16(at + offset, end), at + offset + 2) : NOT_IP;
}
