/**
 * Constants of links, shared by the core and the TypeScript around it like those of abi.ts, and under the same rules.
 * The host writes a link's head and a record for each class, zeroed otherwise (assembly/schedule/link.ts).
 */

/** Config word: address of the link, or 0: packets are metered. */
export const CONFIG_LINK = 32;
/** Classes of one link: one bit each of a 64-bit word. */
export const LINK_CLASSES_MAX = 64;

// The head: u64 unless said.
export const LINK_SCHEDULER = 0; // u32, SCHEDULER_*
export const LINK_CLASS_COUNT = 4; // u32
export const LINK_PARTS_PER_UNIT = 8; // parts of a ns that sending one unit takes
export const LINK_PARTS_PER_NS = 16; // parts that make one ns
export const LINK_LENGTH_MASK = 24; // all ones: bytes cost; 0: packets cost
export const LINK_OVERHEAD = 32; // i64 units added to each masked length
export const LINK_UNITS_MIN = 40; // i64, at least 0
export const LINK_LIMIT_UNITS = 48; // of all classes together
export const LINK_LIMIT_PACKETS = 56;
export const LINK_NODES = 64; // u32, address of room for the packets that wait, LINK_NODE_BYTES each
export const LINK_NODES_END = 68; // u32
// Columns of the packets whose departure became known in a run: u32 addresses of u64 columns, and the number of rows.
export const LINK_DEPARTED_SEQUENCE = 72; // index of the packet over all runs, from 0
export const LINK_DEPARTED_AT = 76; // ns at which its last byte has left, rounded up
export const LINK_DEPARTED_REST = 80; // parts of a ns by which the exact instant lies before that
export const LINK_DEPARTED_COUNT = 84; // u32
export const LINK_HEAD_BYTES = 256;
export const LINK_NODE_BYTES = 16;

// A class, from LINK_HEAD_BYTES on: u64 each.
export const LINK_CLASS_BYTES = 192;
export const LINK_CLASS_UNITS_MAX = 0; // larger packets can never be taken
export const LINK_CLASS_LIMIT_UNITS = 8;
export const LINK_CLASS_LIMIT_PACKETS = 16;
export const LINK_CLASS_QUANTUM = 24; // drr: units a turn
export const LINK_CLASS_HELD_UNITS = 32; // now, the packet in service included
export const LINK_CLASS_HELD_PACKETS = 40;
export const LINK_CLASS_MOST_UNITS = 48; // the largest so far
export const LINK_CLASS_MOST_PACKETS = 56;
export const LINK_CLASS_TAKEN = 64; // packets, bytes: queued or sent
export const LINK_CLASS_OVERSIZE = 80; // packets, bytes: dropped
export const LINK_CLASS_QUEUE_FULL = 96;
export const LINK_CLASS_LINK_FULL = 112;
export const LINK_CLASS_MEMORY_FULL = 128;
export const LINK_CLASS_INDEX = 144; // u32

export const SCHEDULER_FIFO = 0;
export const SCHEDULER_PRIORITY = 1;
export const SCHEDULER_DRR = 2;
