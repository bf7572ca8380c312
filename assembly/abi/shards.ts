/**
 * Constants of batches that several cores meter together; as portable as assembly/abi.ts. The cores take up to
 * ROUND_PACKETS_MAX packets of a batch in one round. Each core has a piece of the round's rows, and sorts it into runs:
 * run `n` of a piece are its packets whose flows are core `n`'s, in the order of their rows.
 */

/** Two cores' columns of a round lie in L2 caches of 2 MiB beside the table lines in flight. */
export const ROUND_PACKETS_MAX = 16384;
/** Cores that may share a batch. */
export const SHARDS_MAX = 64;
/** Rows of a piece, and room for a run in the columns of runs, are rounded up to this. */
export const PIECE_ROWS_STEP = 16;

// The columns of a piece, from the address that `createShard` answers: filled by the host, results by `scatter*`.
export const PIECE_TIME = 0; // u64
export const PIECE_KEY = 65728; // u64, the caller's key
export const PIECE_HASH = 131456; // u64, written by `sortPiece`
export const PIECE_LENGTH = 197184; // u32
export const PIECE_COLOR_IN = 230144; // u8
export const PIECE_COLOR = 238528; // u8 out
export const PIECE_REASON = 246912; // u8 out
export const PIECE_DELAY = 255296; // u64 out
export const PIECE_LEVEL0 = 321024; // u64 out
export const PIECE_LEVEL1 = 386752; // u64 out
// The columns of its runs, one run behind the other, each with room for the rows of a piece. `sortPiece` writes
// clocks, hashes, lengths and rows; the rest, if it is asked for, `gather*`, and the host what comes out.
export const RUN_CLOCK = 452480; // u64, newest time up to and including the packet in its piece
export const RUN_HASH = 591936; // u64
export const RUN_LENGTH = 731392; // u32
export const RUN_ROW = 801216; // u16, row in the piece
export const RUN_TIME = 836224; // u64
export const RUN_KEY = 975680; // u64
export const RUN_COLOR_IN = 1115136; // u8
export const RUN_COLOR = 1132736; // u8 out
export const RUN_REASON = 1150336; // u8 out
export const RUN_DELAY = 1167936; // u64 out
export const RUN_LEVEL0 = 1307392; // u64 out
export const RUN_LEVEL1 = 1446848; // u64 out
/** What each core tells the others of its piece: that of core 0 first. */
export const HEADS = 1586304;
export const SHARD_BYTES = 1606784;

export const HEAD_BYTES = 320;
export const HEAD_NEWEST = 0; // u64, newest time in the piece
export const HEAD_COUNTS = 8; // u32 packets of each of its runs
