/**
 * Constants of batches that several cores meter together; as portable as assembly/abi.ts. The cores take up to
 * ROUND_PACKETS_MAX packets of a batch in one round. Each core has a piece of the round's rows, and sorts it into runs:
 * run `n` of a piece are its packets whose flows are core `n`'s, in the order of their rows.
 */

/**
 * Two cores' columns of a round lie in L2 caches of 2 MiB beside the table lines in flight. Not quite 2^14: the runs of two
 * cores are a quarter of it each, more or less by chance (3968, standard deviation 45), and one above 4096 packets takes
 * two batches of a core.
 */
export const ROUND_PACKETS_MAX = 15872;
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
// clocks, hashes and lengths; the rest, if it is asked for, `gather*`.
export const RUN_CLOCK = 452480; // u64, newest time up to and including the packet in its piece
export const RUN_HASH = 591936; // u64
export const RUN_LENGTH = 731392; // u32
export const RUN_TIME = 801216; // u64
export const RUN_KEY = 940672; // u64
export const RUN_COLOR_IN = 1080128; // u8
// What a round leaves for the next, whose own has its place ROUND_BYTES behind: packets of the next round are sorted
// before the results of this one are all there.
/** What each core tells the others of its piece, that of core 0 first. */
export const HEADS = 1097728;
export const RUN_ROW = 1118208; // u16, row in the piece
export const RUN_COLOR = 1153216; // u8 out
export const RUN_REASON = 1170816; // u8 out
export const RUN_DELAY = 1188416; // u64 out
export const RUN_LEVEL0 = 1327872; // u64 out
export const RUN_LEVEL1 = 1467328; // u64 out
export const ROUND_BYTES = 509056;
export const SHARD_BYTES = 2115840;

export const HEAD_BYTES = 320;
export const HEAD_NEWEST = 0; // u64, newest time in the piece
export const HEAD_COUNTS = 8; // u32 packets of each of its runs
