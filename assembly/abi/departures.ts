/** Constants of the departure queue and the captures it writes, shared with the host; portable as abi.ts is. */

// Columns that decoding fills with the frame positions. They lie where COLUMN_USER_KEY does, which captures do not use.
export const COLUMN_ORIGINAL = 147776; // u32, the frame's length on the wire
export const COLUMN_FACE = 164224; // u32, number of its interface: see FACE_*

// Config words.
export const CONFIG_HOLD_BYTES = 48; // most memory for frames that wait
export const CONFIG_OUTPUT_FORMAT = 49; // FORMAT_PCAP or FORMAT_PCAPNG
export const CONFIG_DROPPED_FORMAT = 50; // the same of dropped frames; FORMAT_UNKNOWN: they are not written

/** An interface that frames came from: 32-bit fields. */
export const FACE_BYTES = 16;
export const FACE_LINK = 0; // link type and flags, as the header of a pcap has them
export const FACE_SNAP = 4; // snap length, 0: none
export const FACE_OPTIONS = 8; // address of its options in pcapng, 0: none
export const FACE_OPTION_BYTES = 12;
/** Interfaces of one run, all captures together. */
export const FACES_MAX = 4096;
/** Bit beside the number in COLUMN_FACE: the window did not hold all of the captured bytes. */
export const FACE_CUT = 32768;
/** Frames of any further interface: they cannot be written. */
export const FACE_NONE = 4096;

// Why `holdFrames` or `releaseFrames` stopped before its end.
export const HOLD_GOES_ON = 0;
export const HOLD_OUTPUT_FULL = 1; // the host has to take what is written first
export const HOLD_MEMORY_FULL = 2; // CONFIG_HOLD_BYTES do not suffice
export const HOLD_LINKS_DIFFER = 3; // a pcap has one link type, and this frame another
export const HOLD_FACES_FULL = 4; // more than FACES_MAX interfaces

// Counters of the queue: 64-bit words, QUEUE_* is the index of each.
export const QUEUE_MOST_FRAMES = 0; // that waited at once
export const QUEUE_MOST_BYTES = 1; // captured bytes of them
export const QUEUE_WRITTEN_FRAMES = 2;
export const QUEUE_DROPPED_FRAMES = 3; // written as dropped
export const QUEUE_CUT_FRAMES = 4; // longer than the window: written with their first bytes
export const QUEUE_LATE_FRAMES = 5; // written to a pcap with its last time, 2^32 s, for it has no later one
export const QUEUE_MEMORY_BYTES = 6; // taken for frames that wait
export const QUEUE_WORDS = 7;

// ---- What a shaper did to its traffic -----------------------------------------------------------------------------------
export const CONFIG_MEASURES = 51; // 1: fill the measures; needs records
// The line that a flow's output is compared with: drain in level steps a ns, level steps a unit.
export const CONFIG_LINE_DRAIN = 52;
export const CONFIG_LINE_UNIT = 53;
export const CONFIG_BACKLOG = 54; // BACKLOG_*: how what waits is known

export const BACKLOG_FLUID = 0; // from the departure: a leaky bucket sends one packet after the other
export const BACKLOG_QUEUE = 1; // from COLUMN_LEVEL1

// 64-bit words, MEASURE_* is the index of each. Times in ns, departures rounded up.
export const MEASURE_PACKETS = 0; // that depart
export const MEASURE_BYTES = 1;
export const MEASURE_FIRST_NS = 2; // departure of the frame that departs first
export const MEASURE_FIRST_BYTES = 3; // its length
export const MEASURE_LAST_NS = 4; // latest departure
export const MEASURE_DELAY_LEAST_NS = 5; // departure - arrival
export const MEASURE_DELAY_MOST_NS = 6;
export const MEASURE_JITTER_LOW = 7; // sum over flows of |difference of the delays of packets that follow each other|
export const MEASURE_JITTER_HIGH = 8; // its upper 64 bits
export const MEASURE_JITTER_PAIRS = 9; // differences summed up
export const MEASURE_WAIT_LEVEL = 10; // leaky bucket: greatest level that a packet which departs found
export const MEASURE_WAIT_UNITS = 11; // cost of that packet
export const MEASURE_FINISH_LEVEL = 12; // leaky bucket: greatest level that a packet which departs left
export const MEASURE_BURST_LEVEL = 13; // greatest level of a bucket of the line that a flow's output fills
export const MEASURE_BURST_PACKETS = 14; // packets since it was last empty, when it first came within a ns of that
export const MEASURE_BURST_NS = 15; // time since then
export const MEASURE_BACKLOG = 16; // most that waited in one flow: level steps of the line, or as COLUMN_LEVEL1 has it
export const MEASURE_BACKLOG_NS = 17; // when
export const MEASURE_WAITING_NS = 18; // time in which any packet waited
export const MEASURE_WORDS = 19;
/** Behind the words: three flows, each its record and its key. */
export const MEASURE_FLOWS = 152;
export const MEASURE_FLOW_BYTES = 48;
export const MEASURE_FLOW_KEY = 8;
export const WORST_DELAY = 0;
export const WORST_BURST = 1;
export const WORST_BACKLOG = 2;
/** Behind them: 64-bit counts of delays, 2^DELAY_BIN_BITS bins each time they double, exact below that number. */
export const MEASURE_DELAYS = 296;
export const DELAY_BIN_BITS = 7;
export const DELAY_BINS = 7424;
/** Behind them: what is measured of each class of a link. */
export const MEASURE_CLASSES = 59688;
export const MEASURE_CLASS_BYTES = 40;
export const MEASURE_CLASS_MOST = 32; // longest delay, ns
export const MEASURE_REGION_BYTES = 62248;
