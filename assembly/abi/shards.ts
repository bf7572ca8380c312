/** Constants of the part of a batch that one of several cores meters; as portable as assembly/abi.ts. */

/** Most packets of a batch that several cores share: one hand-over for as many as still lie in an L2 cache of 2 MiB. */
export const SHARED_PACKETS_MAX = 16384;

// The columns of that batch, from the address that `createInbox` answers: filled by the host.
export const INBOX_TIME = 0; // u64
export const INBOX_KEY = 131264; // u64, the caller's key
export const INBOX_LENGTH = 262528; // u32
export const INBOX_COLOR_IN = 328256; // u8
// What is this core's of it: written by `selectRows`.
export const INBOX_ROWS = 344832; // u16, index of the packet in the batch
export const INBOX_CLOCK = 377856; // u64, newest time up to and including the packet, of all cores' packets
export const INBOX_BYTES = 509184;
