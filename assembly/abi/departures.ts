/** Constants of the departure queue and the captures it writes, shared with the host; portable as abi.ts is. */

// Columns that decoding fills with the frame positions. They lie where COLUMN_USER_KEY does, which captures do not use.
export const COLUMN_ORIGINAL = 131328; // u32, the frame's length on the wire
export const COLUMN_FACE = 147776; // u32, number of its interface: see FACE_*

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
export const QUEUE_HELD_FRAMES = 0; // now
export const QUEUE_HELD_BYTES = 1; // captured bytes, now
export const QUEUE_MOST_FRAMES = 2; // at once
export const QUEUE_MOST_BYTES = 3;
export const QUEUE_WRITTEN_FRAMES = 4;
export const QUEUE_DROPPED_FRAMES = 5; // written as dropped
export const QUEUE_CUT_FRAMES = 6; // longer than the window: written with their first bytes
export const QUEUE_LATE_FRAMES = 7; // written to a pcap with its last time, 2^32 s, for it has no later one
export const QUEUE_MEMORY_BYTES = 8; // taken for frames that wait
export const QUEUE_WORDS = 9;
