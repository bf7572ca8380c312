/**
 * Constants shared by the edge core (asc) and the TypeScript around it (tsc). As portable as assembly/abi.ts: no types,
 * no imports, integer literals below 2^31.
 */

/** Raised whenever anything below changes meaning; compared when a module is instantiated. */
export const EDGE_ABI_VERSION = 1;

// ---- Fixed addresses, behind CONFIG of assembly/abi.ts, whose first two words are the secret ---------------------------
/** 64-bit words, STATE_* is the index of each. */
export const STATE = 69632;
/** Outcome of the last call: 64-bit words, RESULT_* is the index of each. */
export const RESULT = 70144;
/** What a policy runs: POLICY_BYTES each. */
export const POLICIES = 70656;
/** What is added to a key for each slot of it (two 32-bit words): one key's slots lie apart. */
export const TWEAKS = 71680;
/** Counters by policy, COUNTS_BYTES each. */
export const COUNTS = 72704;
/** Round keys of the key's permutation: ROUND_KEYS 32-bit words. */
export const ROUNDS = 76800;
/** One PROFILE_BYTES (assembly/abi.ts) a slot of a policy. */
export const PROFILES = 76928;
/** Bytes of a key that is hashed. */
export const KEY_TEXT = 109696;
export const KEY_TEXT_BYTES_MAX = 16384;
/** What has a size of its own begins here: the batch columns, then the table. The hash reads 7 bytes past a key. */
export const DYNAMIC_BASE = 126144;

export const POLICIES_MAX = 64;
export const SLOTS_MAX = 128;
/** Slots that one call may charge. */
export const CALL_SLOTS_MAX = 8;
export const ROUND_KEYS = 9;

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
export const STATE_WORDS = 14;

// ---- Result words ------------------------------------------------------------------------------------------------------
export const RESULT_REMAINING = 0; // f64, units
export const RESULT_RETRY = 1; // f64, units of the caller's time
export const RESULT_RESET = 2; // f64, units of the caller's time
export const RESULT_KEY = 3; // u64: the identity of a key that was hashed
export const RESULT_WORDS = 4;

// What a call answers: a color (bits 0 and 1) and
export const ANSWER_COLOR_MASK = 3;
export const ANSWER_FULL = 4; // bit: no room for the key, the answer is the meter's `onFull`
export const ANSWER_BLOCKED = 8; // bit: refused because the key is blocked

// What a call is: the policy's index, and from CALL_COLOR_SHIFT on the color of arrival.
export const CALL_POLICY_MASK = 255;
export const CALL_COLOR_SHIFT = 8;

// ---- Policies ----------------------------------------------------------------------------------------------------------
export const POLICY_BYTES = 16;
export const POLICY_SLOTS = 0; // u8, how many slots a call goes through
export const POLICY_FIRST_SLOT = 1; // u8 each, CALL_SLOTS_MAX of them: indexes of profiles

// Counters of one policy: u64 each.
export const COUNTS_BYTES = 64;
export const COUNTS_CALLS = 0; // three, by color
export const COUNTS_UNITS = 24; // three, by color

// Profiles of the edge core hold in the place of PROFILE_GROUP and what follows:
export const PROFILE_DRAIN_PER_UNIT0 = 208; // level steps a unit of the caller's time; all ones where that is beyond 64 bits
export const PROFILE_DRAIN_PER_UNIT1 = 216;
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
export const COLUMN_CLOCK = 10; // u64, the meter's time
export const COLUMN_WORD = 11; // u64, what stands for the key
export const COLUMN_COUNT = 12;
export const COLUMN_WIDE_KEYS = 12; // not an address: 1 where keys are u64
export const COLUMN_NS = 13; // not an address: 1 where times are u64
export const COLUMN_ONE_BUCKET = 14; // not an address: 1 where every policy is one bucket in one slot

// What a batch is run for.
export const RUN_OUTCOMES = 1; // bit: fill the columns of remaining, retry and reset
export const RUN_PEEK = 2; // bit: change nothing

// ---- Table ---------------------------------------------------------------------------------------------------------------
/** Flows a block: their words fill one cache line, their states follow. */
export const BLOCK_SLOTS = 8;
export const BLOCK_WORDS_BYTES = 64;
/** State of a meter of one bucket: last time, level. */
export const STATE_BYTES_ONE = 16;
/** Of any other: a second level, or an alarm. */
export const STATE_BYTES_TWO = 24;
/** Blocks from the home block on that are searched for a flow to drop. */
export const SEARCH_BLOCKS = 16;

export const ON_FULL_EVICT_DRAINED = 0; // drop a drained flow, else refuse
export const ON_FULL_EVICT_OLDEST = 1; // drop a drained flow, else the one used longest ago
export const ON_FULL_DENY = 2; // refuse
export const ON_FULL_ALLOW = 3; // drop a drained flow, else let through untracked
