/**
 * Constants shared by the edge core (asc) and the TypeScript around it (tsc). As portable as assembly/abi.ts: no types,
 * no imports, integer literals below 2^31.
 */

/** Raised whenever anything below changes meaning; compared when a module is instantiated. */
export const EDGE_ABI_VERSION = 4;

// ---- Fixed addresses, behind CONFIG of assembly/abi.ts, whose first two words are the secret ---------------------------
/** 64-bit words, STATE_* is the index of each. */
export const STATE = 69632;
/** Outcome of the last call: 64-bit words, RESULT_* is the index of each. */
export const RESULT = 70144;
/** What a policy runs: POLICY_BYTES each. */
export const POLICIES = 70656;
/** 64 bits to tell the words of one key's slots apart. */
export const TWEAKS = 71680;
/** Counters by policy, COUNTS_BYTES each. */
export const COUNTS = 72704;
/** Multipliers of the keys' permutation: two 64-bit words. */
export const MULTIPLIERS = 76800;
/** One PROFILE_BYTES (assembly/abi.ts) a slot of a policy. */
export const PROFILES = 76928;
/** What the fast way of a call needs of a policy, FAST_BYTES each. */
export const FAST = 109696;
/** Arguments of a call: passed in memory, for a host that calls several instances would box them. */
export const ARGUMENTS = 113792;
export const ARGUMENT_KEY = 113792; // u32 low half, u32 high half
export const ARGUMENT_NOW = 113800; // f64, the caller's time; or u64 ns
/** Bytes of a key that is hashed. */
export const KEY_TEXT = 113856;
export const KEY_TEXT_BYTES_MAX = 16384;
/** What has a size of its own begins here: the batch columns, then the table. The hash reads 7 bytes past a key. */
export const DYNAMIC_BASE = 130304;

export const POLICIES_MAX = 64;
export const SLOTS_MAX = 128;
/** Slots that one call may charge. */
export const CALL_SLOTS_MAX = 8;

// ---- State words -------------------------------------------------------------------------------------------------------
export const STATE_NEWEST = 0; // ns of the meter's clock: newest time so far
export const STATE_OFFSET = 1; // ns added to the caller's time, modulo 2^64
export const STATE_STEP = 2; // ns: a time further back than this means that the caller's clock was set back
export const STATE_FLOWS_MAX = 3;
export const STATE_FLOWS = 4; // slots taken now
export const STATE_INSERTED = 5;
export const STATE_EVICTED = 6; // drained flows dropped to make room
export const STATE_FORGOTTEN = 7; // flows that were not drained, dropped to make room
export const STATE_UNTRACKED = 8; // calls that found no room
export const STATE_REGRESSIONS = 9; // times below the newest
export const STATE_STEPS = 10; // regressions taken as a clock set back
export const STATE_BLOCKED = 11; // calls refused by a block
export const STATE_SATURATED = 12; // charges cut at the most that a level holds
export const STATE_UNIT = 13; // ns a unit of the caller's time
export const STATE_STARTED = 14; // 1 from the first call on
export const STATE_TIME_END = 15; // f64: the caller's times are below this
export const STATE_CLOCK_END = 16; // ns, a power of two: the meter's times are below this, then they begin anew
export const STATE_SWEEP = 17; // index of the block that the next sweep begins with
export const STATE_TOUCHABLE = 18; // 1: no place of the table has anything in its top byte
export const STATE_WORDS = 19;

// ---- Result words ------------------------------------------------------------------------------------------------------
export const RESULT_REMAINING = 0; // f64, units
export const RESULT_RETRY = 1; // f64, units of the caller's time
export const RESULT_RESET = 2; // f64, units of the caller's time
export const RESULT_KEY = 3; // u64: the identity of a key that was hashed
export const RESULT_TALLY = 4; // u64 each: rows of the last batch by color
// A taken slot, from `nextSlot`; its key is at RESULT_KEY.
export const RESULT_SLOT = 7; // u32 each: addresses of its word and of its state
export const RESULT_KIND = 8; // u64: index of its profile
export const RESULT_LEVELS = 9; // u64 each: of its buckets (or 1: its alarm is on), drained to the newest time
export const RESULT_BLOCKED = 11; // u64: ns for which it is blocked, all ones: for ever
export const RESULT_WORDS = 12;

// What a call answers: a color (bits 0 and 1) and
export const ANSWER_COLOR_MASK = 3;
export const ANSWER_FULL = 4; // bit: no room for the key, the answer is the meter's `onFull`
export const ANSWER_BLOCKED = 8; // bit: refused because the key is blocked
/** Of `decide` and `allow`: nothing was done, ask `decideNow`. */
export const UNUSUAL = -1;
/** Of `decide` and `allow`: it does not pass. */
export const REFUSED = -2;

// What a call is: the policy's index, and from CALL_COLOR_SHIFT on the color of arrival.
export const CALL_POLICY_MASK = 255;
export const CALL_COLOR_SHIFT = 8;

// ---- Policies ----------------------------------------------------------------------------------------------------------
export const POLICY_BYTES = 16;
export const POLICY_SLOTS = 0; // u8, how many slots a call goes through
export const POLICY_FIRST_SLOT = 1; // u8 each, CALL_SLOTS_MAX of them: indexes of profiles

// The fast way is for one bucket in a compact table that is tested with the own cost, which is what the call says.
export const FAST_BYTES = 64;
export const FAST_TWEAK = 0; // u64: of the policy's slot
export const FAST_DRAIN = 8; // u64: level steps a ns; 0: the policy has no fast way
export const FAST_UNIT = 16; // u64: level steps a unit of cost
export const FAST_TEST = 24; // u64: the highest level
export const FAST_UNITS_MAX = 32; // u64: the largest cost that ever fits
export const FAST_DRAIN_PER_UNIT = 40; // u64: level steps a unit of the caller's time
export const FAST_LINES = 48; // u32: lines of the table
export const FAST_TABLE = 52; // u32: address of the table
export const FAST_DRAIN_DOUBLE = 56; // f64: FAST_DRAIN_PER_UNIT; 0: levels are not exact in doubles, or limits not in 31 bits

// Counters of one policy: u64 each.
export const COUNTS_BYTES = 64;
export const COUNTS_CALLS = 0; // three, by color
export const COUNTS_UNITS = 24; // three, by color

// Profiles of the edge core hold in the place of PROFILE_GROUP and what follows:
export const PROFILE_LEVEL_MAX0 = 224; // level steps that a charge may bring the bucket to
export const PROFILE_LEVEL_MAX1 = 232;
export const PROFILE_HAS_INITIAL = 240; // 1: new flows do not begin drained
export const PROFILE_CHARGES = 248; // bytes: buckets that an unconditional charge goes to, by color (RULE_CHARGES0, 1)

// ---- Batch ---------------------------------------------------------------------------------------------------------------
// Addresses of the columns: 32-bit words at COLUMNS, COLUMN_* is the index of each.
export const COLUMNS = 70400;
export const COLUMN_KEY = 0; // u32, or u64 where keys are wider
export const COLUMN_TIME = 1; // f64 in the caller's units, or u64 in ns
export const COLUMN_COST = 2; // u32
export const COLUMN_POLICY = 3; // u8
export const COLUMN_COLOR_IN = 4; // u8
export const COLUMN_COLOR = 5; // u8 out
export const COLUMN_FLAGS = 6; // u8 out, ANSWER_FULL and ANSWER_BLOCKED
export const COLUMN_REMAINING = 7; // f64 out
export const COLUMN_RETRY = 8; // f64 out
export const COLUMN_RESET = 9; // f64 out
export const COLUMN_COUNT = 10;
export const COLUMN_WIDE_KEYS = 10; // not an address: 1 where keys are u64
export const COLUMN_NS = 11; // not an address: 1 where times are u64
export const COLUMN_FAST = 12; // not an address: 1 where the table is compact and every policy is one limit
export const COLUMN_POLICIES = 13; // not an address: how many policies there are
export const COLUMN_WORDS = 14;

// What a batch is run for.
export const RUN_OUTCOMES = 1; // bit: fill the columns of remaining, retry and reset
export const RUN_PEEK = 2; // bit: change nothing

// ---- Table ---------------------------------------------------------------------------------------------------------------
// A meter's table has one of two forms, both of blocks that begin with the words of their slots. Compact: lines of four
// words, then four finishes; a finish is the time, in level steps drained since the meter's time 0, at which the only
// bucket is empty.
export const COMPACT_SLOTS = 4;
export const COMPACT_WORDS_BYTES = 32;
export const COMPACT_STATE_BYTES = 8;
/**
 * Steepest drain (level steps a ns) of a compact bucket. Times of a compact meter are below 2^TICK_BITS / its steepest drain
 * (146 years at 1, 19.5 hours at the most), then the table is rebased: with levels up to 2^61, sums fit 63 bits.
 */
export const COMPACT_DRAIN_MAX = 65536;
export const TICK_BITS = 62;
/**
 * Bits of a finish where lines may be touched (STATE_TOUCHABLE), for drains up to TOUCH_DRAIN_MAX: the clock then begins anew
 * after 1.1 years at 1, and 2.4 hours at the steepest. A level above has to be below 2^TOUCH_BITS as well.
 */
export const TOUCH_BITS = 55;
export const TOUCH_DRAIN_MAX = 4096;
/** Where in a compact line the top byte of its last place is. */
export const TOUCH_BYTE = 63;
/** Times of wide meters are below 2^WIDE_CLOCK_BITS. */
export const WIDE_CLOCK_BITS = 63;
// Wide: blocks of eight words that fill a line, then eight states: last time, level, and second level or alarm.
export const WIDE_SLOTS = 8;
export const WIDE_WORDS_BYTES = 64;
export const WIDE_STATE_BYTES = 24;
/** Places of each of the two stretches that are searched for a flow to drop. */
export const SEARCH_PLACES = 128;

export const ON_FULL_EVICT_DRAINED = 0; // drop a drained flow, else refuse
export const ON_FULL_EVICT_OLDEST = 1; // drop a drained flow, else the one used longest ago
export const ON_FULL_DENY = 2; // refuse
export const ON_FULL_ALLOW = 3; // drop a drained flow, else let through untracked
