/** Captures written again by color (assembly/rewrite). Portable, like abi.ts. */

/** 1: only packets that pass carry the clock. Needs CONFIG_FRAMES, and a policy in which refused ones leave no trace. */
export const CONFIG_PASSED_CLOCK = 24;

// What is done with the packets of a color: bits, and the values that go with them.
export const MARK_DROP = 1;
export const MARK_DSCP = 2; // sets the code point
export const MARK_AF = 4; // raises the drop precedence within the packet's own assured forwarding class
export const MARK_ECN = 8; // congestion experienced; what is not ECN-capable is dropped
export const MARK_PCP = 16; // priority of the outermost VLAN tag
export const MARK_DEI = 32; // drop eligible indicator of the outermost VLAN tag

// What `rewrite` answers, and what it counts: 64-bit words at `rewriteAt()`, REWRITE_* is the index of each.
// To be written, in this order: the long record, zeros, bytes of the window.
export const REWRITE_LONG = 0; // LONG_*: what became of a record longer than the window
export const REWRITE_HEAD_AT = 1; // its first bytes
export const REWRITE_HEAD_BYTES = 2;
export const REWRITE_ZEROS = 3; // zero bytes
export const REWRITE_OUT_AT = 4; // bytes of the window
export const REWRITE_OUT_BYTES = 5;
export const REWRITE_HELD_AT = 6; // bytes of a long record that leave the window with the next input: the host keeps them
export const REWRITE_HELD_BYTES = 7;
export const REWRITE_EARLIER = 8; // packets metered before the newest time of all, which a dropped packet had
export const REWRITE_COUNTS = 9; // COUNT_WORDS for each color

export const LONG_NONE = 0;
export const LONG_KEPT = 1; // its head, then what the host has kept of it
export const LONG_DROPPED = 2;

export const COUNT_DROPPED_PACKETS = 0; // by the action drop
export const COUNT_DROPPED_BYTES = 1;
export const COUNT_NOT_ECT_PACKETS = 2; // dropped, for they are not ECN-capable
export const COUNT_NOT_ECT_BYTES = 3;
export const COUNT_CHANGED = 4; // packets passed with some byte changed
export const COUNT_DSCP = 5; // packets whose code point was changed
export const COUNT_CE = 6; // packets that now say congestion experienced
export const COUNT_TAG = 7; // packets whose VLAN tag was changed
// Packets that were to be marked and could not be.
export const COUNT_NO_IP = 8; // no IP header
export const COUNT_CUT = 9; // the snap length cut off what would change
export const COUNT_NOT_AF = 10; // no assured forwarding class
export const COUNT_NO_TAG = 11; // no VLAN tag
export const COUNT_WORDS = 12;
