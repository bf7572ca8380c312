/**
 * Constants shared by the core (asc) and the TypeScript around it (tsc). This file must stay portable:
 * no types, no imports, and every integer literal below 2^31 (asc reads larger ones as negative, silently).
 */

/** Raised whenever anything below changes meaning; compared when a module is instantiated. */
export const ABI_VERSION = 2;

// Colors (RFC 2697): the result of metering one packet.
export const COLOR_GREEN = 0;
export const COLOR_YELLOW = 1;
export const COLOR_RED = 2;

/** Most packets in one batch: its columns (about 330 kB) stay in a 2 MB L2 cache beside the table lines in flight. */
export const BATCH_PACKETS_MAX = 4096;

// ---- Fixed addresses -------------------------------------------------------------------------------------------
// Everything the batch loop touches besides the table sits at constant addresses, so that loads fold them into one
// addressing mode. Bases differ modulo 4096: columns read at the same index must not alias in the L1 cache.

/** Below this lie the compiler's static data (assertion texts of the debug build). */
export const FIXED_BASE = 65536;

/** 64-bit counters, STAT_* is the index of each. */
export const STATS = 65536;
/** Core settings written once before `initialize`: 64-bit words, CONFIG_* is the index of each. */
export const CONFIG = 67584;
/** Profile of a policy of one meter in one slot, PROFILE_BYTES long: PROFILE_* and BUCKET_* are byte offsets. */
export const PROFILE = 68608;
/** Chunk directories of the flow records and of their keys: one 32-bit address a chunk. */
export const RECORD_CHUNKS = 69632;
export const KEY_CHUNKS = 73728;
/** Free regions of the arena: pairs of 32-bit address and size. */
export const FREE_REGIONS = 78080;

/** The batch columns, COLUMN_* is the offset of each. */
export const BATCH = 81920;
export const COLUMN_TIME = 0; // u64, the packet's own time in ns
export const COLUMN_CLOCK = 32832; // u64, newest time up to and including this packet
export const COLUMN_HASH = 65664; // u64, keyed hash of the flow key
export const COLUMN_DELAY = 98496; // u64 out, ns until conformance, all ones = never
export const COLUMN_USER_KEY = 131328; // u64, the caller's key when batches come from memory
export const COLUMN_LENGTH = 164160; // u32, metered length in bytes
export const COLUMN_FLOW = 180608; // u32 out, index of the flow's record
export const COLUMN_FRAME = 197056; // u32, frame number less the batch's first frame number
export const COLUMN_COLOR = 213504; // u8 out
export const COLUMN_OTHER = 217664; // u8, 1: the frame has no outermost IP header
export const COLUMN_KEY = 221824; // KEY_BYTES each: the full flow key
export const COLUMN_COLOR_IN = 385792; // u8, color of arrival; above 2 counts as red
export const COLUMN_CLASS = 390016; // u16, index of the packet's class
// Where the frame's bytes lie in its capture's window; filled when CONFIG_FRAMES is set.
export const COLUMN_FRAME_AT = 398336; // u32, address of the captured bytes
export const COLUMN_CAPTURED = 414784; // u32, captured bytes
export const COLUMN_NETWORK_AT = 431232; // u32, address of the outermost IP header, 0: none
export const COLUMN_TAG_AT = 447680; // u32, address of the outermost VLAN tag's control word, 0: none
export const COLUMN_RECORD_OFFSET = 464128; // u64, offset in the file of the record or block that holds the frame
export const COLUMN_RECORD_BYTES = 496960; // u32, its bytes, all of them
/** Bytes of one whole set of columns; a capture that waits to be merged has a set of its own. */
export const COLUMNS_BYTES = 513408;
// Out columns exist once; no capture has a set of its own.
export const COLUMN_REASON = 513472; // u8 out, REASON_*
export const COLUMN_LEVEL0 = 517696; // u64 out, level steps of the first bucket after the packet
export const COLUMN_LEVEL1 = 550528; // u64 out, of the second bucket
export const COLUMN_DEPARTURE = 583360; // u64 out, shapers: ns at which the last byte has left, rounded up; all ones = dropped
export const COLUMN_DEPARTURE_REST = 616192; // u64 out: parts of a ns by which the exact instant lies before COLUMN_DEPARTURE

/** Output of the text formatters. */
export const TEXT = 730944;
export const TEXT_BYTES = 262144;

/** First address the arena hands out. */
export const ARENA_BASE = 993152;

// ---- Flow keys ---------------------------------------------------------------------------------------------------
// Canonical key bytes first (network byte order), then prefix length, kind and canonical length.
export const KEY_BYTES = 40;
export const KEY_PREFIX = 37;
export const KEY_KIND = 38;
export const KEY_LENGTH = 39;

export const KIND_OTHER = 0;
export const KIND_ALL = 1;
export const KIND_FIVE4 = 2; // source 4, destination 4, source port 2, destination port 2, protocol 1
export const KIND_FIVE6 = 3; // source 16, destination 16, ports 2 + 2, protocol 1
export const KIND_ADDRESS4 = 4;
export const KIND_ADDRESS6 = 5;
export const KIND_PAIR4 = 6;
export const KIND_PAIR6 = 7;
export const KIND_PREFIX4 = 8;
export const KIND_PREFIX6 = 9;
export const KIND_INTEGER = 10;

/** `--by`: what makes packets one flow. */
export const BY_FIVE_TUPLE = 0;
export const BY_SOURCE = 1;
export const BY_DESTINATION = 2;
export const BY_PAIR = 3;
export const BY_ALL = 4;
/** Stands for a prefix length where the whole address is the key, and is written without one. */
export const WHOLE_ADDRESS = 255;

// ---- Flow table and records --------------------------------------------------------------------------------------
export const SLOT_BYTES = 32;
export const LINE_BYTES = 64;
/** Lines a key may lie away from its home line, home included; displacement 1..63 fits 6 bits, 0 means empty. */
export const PROBE_LINES_MAX = 63;
/** Smallest table. */
export const LINE_BITS_MIN = 6;
/**
 * Smallest table that can grow: 14 index bits and the 50 hash bits in each slot make up the 64-bit hash, from which
 * the slot's place in a larger table follows. Smaller tables have their final size from the start.
 */
export const LINE_BITS_GROWABLE = 14;
/** Largest table: 2^25 lines = 2 GiB, half of what linear memory can address. */
export const LINE_BITS_MAX = 25;

export const RECORD_BYTES = 64;
export const RECORD_PACKETS = 0; // three u64, by color
export const RECORD_BYTE_COUNTS = 24; // three u64, by color
export const RECORD_FIRST = 48; // u64 ns
export const RECORD_LAST = 56; // u64 ns
/** Records a chunk: chunks are found through a directory, so records never move. */
export const CHUNK_RECORDS_BITS = 16;
export const CHUNKS_MAX = 1024;
/** Record 0 gathers packets that no slot could be found for. */
export const RECORD_UNTRACKED = 0;

// ---- Profile (u64 each unless said) --------------------------------------------------------------------------------
export const PROFILE_BYTES = 256;
export const PROFILE_KERNEL = 0; // KERNEL_*
export const PROFILE_RULES = 8; // twelve bytes, at color in * 4 + 2 if bucket 0 fits + 1 if bucket 1 fits: RULE_*
export const PROFILE_CAP = 24; // turner, event counter: level steps
export const PROFILE_CLEAR = 32; // event counter: level steps
export const PROFILE_COUPLED = 40; // all ones: bucket 0 passes on what it cannot hold to bucket 1; or 0
export const PROFILE_BUCKET0 = 48;
export const PROFILE_BUCKET1 = 128;
export const PROFILE_GROUP = 208; // weighted: index of the group
export const PROFILE_WEIGHT = 216;
export const PROFILE_TICKS_PER_UNIT = 224;
export const PROFILE_TICKS_PER_LEVEL = 232;

// One bucket, from PROFILE_BUCKET0 or PROFILE_BUCKET1.
export const BUCKET_DRAIN = 0; // level steps a ns
export const BUCKET_UNIT = 8; // level steps a unit
export const BUCKET_TEST = 16; // a packet fits up to this level
export const BUCKET_UNITS_MAX = 24; // larger costs can never fit
export const BUCKET_DRAINED_AFTER = 32; // ns after which any level is 0
export const BUCKET_OWN_SIZE_MASK = 40; // all ones: own cost takes part in the test (post); 0: it does not (pre)
export const BUCKET_LENGTH_MASK = 48; // all ones: bytes cost; 0: packets cost
export const BUCKET_OVERHEAD = 56; // i64 units added to each masked length
export const BUCKET_UNITS_MIN = 64; // i64, at least 0
export const BUCKET_INITIAL = 72; // level steps of a new flow

export const KERNEL_ONE_BUCKET = 0;
export const KERNEL_TWO_BUCKETS = 1;
export const KERNEL_TURNER = 2;
export const KERNEL_EVENT_COUNTER = 3;
export const KERNEL_WEIGHTED = 4;

// A marking rule in one byte.
export const RULE_COLOR_MASK = 3;
export const RULE_CHARGES0 = 4; // bit: bucket 0 is charged
export const RULE_CHARGES1 = 8; // bit: bucket 1 is charged
export const RULE_REASON_SHIFT = 4; // from here on: 0 none, 1 bucket 0, 2 bucket 1, 3 color in

// ---- Classes and paths ------------------------------------------------------------------------------------------------
/** One class of packets: 32-bit fields, then its counters. */
export const CLASS_BYTES = 256;
export const CLASS_ACTION = 0; // ACTION_*
export const CLASS_SLOTS = 4; // slots on its path
export const CLASS_ENTRY = 8; // index of its first path entry, leaf first
export const CLASS_IS_PLAIN = 12; // 1: one bucket a node, all or none, no delays asked for
export const CLASS_CHARGE = 16; // CHARGE_*
export const CLASS_PACKETS = 64; // three u64, by color
export const CLASS_BYTE_COUNTS = 88; // three u64, by color
export const CLASS_OVERSIZE = 112; // packets, bytes
export const CLASS_UNTRACKED = 128; // packets, bytes
export const CLASS_REFUSED = 144; // packets, bytes of each node of the path, leaf first
/** Nodes on the path of one class. */
export const PATH_NODES_MAX = 4;

export const ACTION_METER = 0;
export const ACTION_PASS = 1;
export const ACTION_BLOCK = 2;

/** One slot on the path of a class: 32-bit fields, then what the core remembers of its last packet. */
export const ENTRY_BYTES = 64;
export const ENTRY_PROFILE = 0; // address
export const ENTRY_SALT = 4; // 16 bits, goes into the hash: slots of other nodes have another one
export const ENTRY_NODE_INDEX = 8; // index of its node on the path
export const ENTRY_IS_FIRST = 12; // 1: the first slot of its node, which has the record
export const ENTRY_BY = 16; // BY_*, of captures
export const ENTRY_PREFIX = 20;
export const ENTRY_NAME = 24; // address of the node's name
export const ENTRY_NAME_BYTES = 28;
export const ENTRY_LAST_KEY = 32; // u64: an integer key
export const ENTRY_LAST_HASH = 40; // u64: its hash, or that of the only key there is
export const ENTRY_HAS_LAST = 48;
export const ENTRY_IS_KEPT = 52; // 1: flows of its node do not begin drained, so none is ever dropped
/** Entries are numbered in 16 bits beside the records. */
export const ENTRIES_MAX = 65536;
/** Names longer than this are cut where they are written: 64 characters of UTF-8, "/" and the name of a bucket. */
export const NAME_BYTES_MAX = 288;

// How the records of one path entry are reported: 32-bit fields, a table that the host makes (src/trace/labels.ts).
export const LABEL_BYTES = 12;
export const LABEL_KIND = 0; // LABEL_FLOW or LABEL_NODE
export const LABEL_TEXT = 4; // address of the text that stands for the key, 0: the key itself
export const LABEL_TEXT_BYTES = 8;

export const LABEL_FLOW = 0; // flows of a class's own meter
export const LABEL_NODE = 1; // instances of a node that classes share

export const CHARGE_ALL_OR_NONE = 0;
export const CHARGE_SERIES = 1;
export const CHARGE_BORROW = 2;
export const CHARGE_ALONE = 3; // the only slot of its path: as its rule says, refused packets too

// ---- Why a packet is not green --------------------------------------------------------------------------------------
export const REASON_NONE = 0;
export const REASON_OVERSIZE = 1; // can never be other than red
export const REASON_UNTRACKED = 2; // the table was full
export const REASON_COLOR_IN = 3; // it arrived with this color
export const REASON_BLOCKED = 4; // its class is blocked
/** From here on: the bucket at fault, REASON_BUCKET + 2 * slot of the path (leaf first) + bucket in the slot. */
export const REASON_BUCKET = 16;
/** Slots of the flow table that one packet may go through: nodes of its path, and two buckets a slot in each. */
export const PATH_SLOTS_MAX = 8;

// ---- Config words --------------------------------------------------------------------------------------------------
export const CONFIG_SECRET0 = 0;
export const CONFIG_SECRET1 = 1;
export const CONFIG_FLOWS_MAX = 2;
export const CONFIG_FLOWS_EXPECTED = 3;
export const CONFIG_RECORDS = 4; // 1: keep per-flow records and keys
export const CONFIG_DELAYS = 5; // 1: fill the delay column
export const CONFIG_BY = 6;
export const CONFIG_PREFIX = 7; // prefix length of --by src/N and dst/N, or WHOLE_ADDRESS
export const CONFIG_SKIP_OTHER = 8;
export const CONFIG_LENGTH_IP = 9; // 1: meter the outermost IP length instead of the frame's
export const CONFIG_INTEGER_KEYS = 10; // 1: keys come from COLUMN_USER_KEY
export const CONFIG_LEVELS = 11; // 1: fill the level columns
export const CONFIG_DSCP_COLORS = 12; // 1: the color of arrival is that of the DSCP
// 13 is CONFIG_CLASSIFIER
export const CONFIG_REASON_NAMES = 14; // address of the buckets' names: 2 * PATH_SLOTS_MAX of address and length a class
export const CONFIG_CLASSES = 15; // address of the classes; 0: a policy of one meter in one slot
export const CONFIG_CLASS_COUNT = 16;
export const CONFIG_ENTRIES = 17; // address of the path entries
export const CONFIG_PATH_SLOTS = 18; // slots of the longest path
export const CONFIG_GROUPS = 19; // number of weighted groups
export const CONFIG_FRAMES = 20; // 1: fill the columns that say where a frame's bytes lie

// ---- Counters ------------------------------------------------------------------------------------------------------
export const STAT_PACKETS = 0; // three, by color
export const STAT_BYTES = 3; // three, by color
export const STAT_OVERSIZE_PACKETS = 6;
export const STAT_OVERSIZE_BYTES = 7;
export const STAT_UNTRACKED_PACKETS = 8;
export const STAT_UNTRACKED_BYTES = 9;
export const STAT_OTHER_PACKETS = 10;
export const STAT_OTHER_BYTES = 11;
export const STAT_REGRESSIONS = 12;
export const STAT_NEWEST = 13; // the clock: newest time so far
export const STAT_EARLIEST = 14; // earliest time so far
export const STAT_FLOWS = 15; // tracked now
export const STAT_EVICTED_FLOWS = 16;
export const STAT_EVICTED_PACKETS = 17;
export const STAT_EVICTED_BYTES = 18;
export const STAT_RECORDS = 19; // records in use, record 0 included
export const STAT_TABLE_LINES = 20;
export const STAT_FRAMES = 21; // frames read, metered or skipped
export const STAT_SKIPPED_FRAMES = 22; // left out by --skip-other
export const STAT_SHORT_KEYS = 23; // frames whose key was cut by the snap length: missing parts are 0
export const STAT_WORDS = 26;

// ---- Shapers -----------------------------------------------------------------------------------------------------------
export const KERNEL_FLUID_SHAPER = 5;
export const KERNEL_QUEUE_SHAPER = 6;
export const KERNEL_TWO_RATE_SHAPER = 7;
export const KERNEL_TICK_SHAPER = 8;

// Where meters of two buckets or of weighted groups have what shapers do not need.
export const PROFILE_WAIT_MAX = 208; // fluid: a packet may find this level
export const PROFILE_DEPTH0 = 208; // level steps of bucket 0 that leave at once
export const PROFILE_DEPTH1 = 216;
export const PROFILE_TICK = 208; // ns
export const PROFILE_QUANTUM = 216; // units a tick
export const PROFILE_TICK_MODE = 224; // TICK_*
export const PROFILE_QUEUE_LIMIT = 232; // what may wait, in units or packets
export const PROFILE_QUEUE_MASK = 240; // all ones: packets count by their units; 0: each counts 1

export const TICK_CARRIES = 1; // bit: what is left of a quantum is carried on
export const TICK_IMMEDIATE = 2; // bit: what is left of a tick serves who finds the queue empty

// Dropped with REASON_MEMORY_FULL: as many packets waited as there is room for.
export const STAT_UNQUEUED_PACKETS = 24;
export const STAT_UNQUEUED_BYTES = 25;
/** Most packets that wait at once. */
export const CONFIG_QUEUED_MAX = 21;
/** Unless something else is asked for: 256 MiB of them. */
export const QUEUED_PACKETS_DEFAULT = 16777216;

// ---- Captures ------------------------------------------------------------------------------------------------------
/** Input window of one capture: larger gains nothing (the read is 10 % of the work), smaller costs more calls. */
export const WINDOW_BYTES = 262144;

// What `decodeBatch` answers besides the index of a capture that needs more input.
export const DECODE_READY = -1; // the batch is full
export const DECODE_DONE = -2; // every capture has ended; the batch may hold a last part

// How a capture stands.
export const CAPTURE_OPEN = 0;
export const CAPTURE_ENDED = 1; // at a record's end
export const CAPTURE_TRUNCATED = 2; // inside a record or header
export const CAPTURE_DAMAGED = 3; // a length or type that cannot be
export const CAPTURE_UNKNOWN = 4; // not a capture at all
export const CAPTURE_SNOOP = 5;
export const CAPTURE_ERF = 6;

// Counters of one capture: 64-bit words at its address, SOURCE_* is the index of each.
export const SOURCE_FRAMES = 0;
export const SOURCE_FRAMING_BYTES = 1; // file, section, record and block headers, padding, options
export const SOURCE_FRAME_BYTES = 2; // captured bytes of frames
export const SOURCE_SKIPPED_BYTES = 3; // blocks that are not frames
export const SOURCE_TRAILING_BYTES = 4; // zeros of a preallocated file; what follows damage; a cut record
export const SOURCE_TIMELESS_FRAMES = 5; // simple packet blocks: they take the newest time
export const SOURCE_LONG_SUBSECONDS = 6; // sub-second field of a second or more
export const SOURCE_LONG_CAPTURES = 7; // captured length above the snap length or the original length
export const SOURCE_UNKNOWN_LINK_FRAMES = 8;
export const SOURCE_UNKNOWN_LINK = 9; // the last such link type
export const SOURCE_TIME_LIMITED = 10; // times outside 0 .. 2^64-1 ns, taken as the nearest end
export const SOURCE_STATUS = 11; // CAPTURE_*
export const SOURCE_FORMAT = 12; // FORMAT_*
export const SOURCE_DAMAGE_OFFSET = 13; // where in the file reading stopped
export const SOURCE_CLOCK_PER_SECOND = 14; // pcap: units a second; pcapng: 0
export const SOURCE_WORDS = 15;

export const FORMAT_UNKNOWN = 0;
export const FORMAT_PCAP = 1;
export const FORMAT_PCAPNG = 2;

/** Interfaces one pcapng section may have. */
export const INTERFACES_MAX = 4096;
/** Captures that can be merged in one run. */
export const SOURCES_MAX = 1024;

// ---- Captures written again by color (assembly/rewrite) ------------------------------------------------------------
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
export const REWRITE_COUNTS = 8; // COUNT_WORDS for each color

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

// ---- Classifier ------------------------------------------------------------------------------------------------------
// One region of memory that the host builds (src/core/classifier) and the core reads (assembly/classify). All offsets
// are in bytes from its start and multiples of 8; 0 stands for a part that no rule needs.

/** Config word: address of the classifier, or 0 without one. */
export const CONFIG_CLASSIFIER = 13;
/** Rules that one classifier may have. */
export const RULES_MAX = 16384;

// An item says what is known of a packet by one of its fields: the rank of the first rule that needs no other field
// and holds, and above it, from ITEM_SET_SHIFT on, the number of the set of rules with several fields that may hold.
export const ITEM_RANK_MASK = 32767;
export const ITEM_SET_SHIFT = 15;
/** Sets of one field that an item can name. */
export const ITEM_SETS_MAX = 32768;
/** Rank of no rule at all, above all others; also the item of a field that a packet does not have. */
export const RANK_NONE = 16384;

// The head: u32 offsets unless said.
export const CLASSIFIER_SOURCES4 = 0; // search tree of 32-bit values
export const CLASSIFIER_SOURCES6 = 4; // search tree of the upper 64 bits
export const CLASSIFIER_DESTINATIONS4 = 8;
export const CLASSIFIER_DESTINATIONS6 = 12;
export const CLASSIFIER_SOURCE_PORTS = 16; // u32 items by value, and one of packets without the field
export const CLASSIFIER_DESTINATION_PORTS = 20;
export const CLASSIFIER_PROTOCOLS = 24;
export const CLASSIFIER_DSCPS = 28;
export const CLASSIFIER_VLANS = 32;
export const CLASSIFIER_CLASSES = 36; // u16 classes by rank
export const CLASSIFIER_MEMO = 40; // MEMO_ENTRIES of MEMO_ENTRY_BYTES; 0: no rule has several fields
export const CLASSIFIER_RANKS = 44; // u16 ranks by place: 64 * word + bit
export const CLASSIFIER_BLOCK_WORDS = 48; // u32, 64-bit words a block
export const CLASSIFIER_FIELD_COUNT = 52; // u32, fields that rules with several fields use
export const CLASSIFIER_USES = 56; // u32, bit FIELD_*: some rule uses the field
export const CLASSIFIER_FIELDS = 64; // FIELD_BYTES each
export const CLASSIFIER_HEAD_BYTES = 176;

// One field of the rules with several fields.
export const FIELD_BYTES = 16;
export const FIELD_NUMBER = 0; // FIELD_*: its place in a memo's key
export const FIELD_OTHERS = 4; // set, with all blocks, of the rules that do not use the field: any value will do
export const FIELD_SETS = 8; // u32 offset of each set

export const FIELD_SOURCE = 0;
export const FIELD_DESTINATION = 1;
export const FIELD_SOURCE_PORT = 2;
export const FIELD_DESTINATION_PORT = 3;
export const FIELD_PROTOCOL = 4;
export const FIELD_DSCP = 5;
export const FIELD_VLAN = 6;

/** Blocks that the rules with several fields lie in, at most. */
export const BLOCKS_MAX = 64;
/** A set: u64 with a bit a block that is not 0, then the words of those blocks. */
export const SET_BLOCKS = 8;

/** A memo's entry is four set numbers of 16 bits, three more, and 1 + the rank of the first rule that holds. */
export const MEMO_ENTRIES = 65536;
export const MEMO_ENTRY_BYTES = 16;

// A search tree: u32 offset of its intervals, then the root node. An interval is its last value and its item: u32 and
// u32, or u64 and u32 for 64-bit values.
export const TREE_INTERVALS = 0;
export const TREE_ROOT = 8;
export const INTERVAL_BYTES4 = 8;
export const INTERVAL_BYTES6 = 16;
/** Bit 31 of an item of the upper 64 bits: the rest is the offset / 8 of a tree of the lower 64 bits. */
export const ITEM_LOWER_TREE_SHIFT = 31;
export const ITEM_LOWER_TREE_MASK = 2147483647;
// A node: u64 first value of its second interval, u32 shift, u32 last cell, then a u32 entry a cell.
export const NODE_LOW = 0;
export const NODE_SHIFT = 8;
export const NODE_LAST_CELL = 12;
export const NODE_CELLS = 16;
// An entry: with bit 31 a node's offset / 8; without, a window: its first interval, and how often WINDOW_INTERVALS is
// doubled.
export const ENTRY_NODE_SHIFT = 31;
export const ENTRY_OFFSET_MASK = 2147483647;
export const WINDOW_DOUBLINGS_SHIFT = 26;
export const WINDOW_START_MASK = 67108863;
export const WINDOW_INTERVALS = 4;
/** Nodes on the way to an item; what they do not part is left to windows. */
export const TREE_NODES_MAX = 4;

// ---- Schedulers -------------------------------------------------------------------------------------------------------
// One link: the host writes its head and a class record for each class, zeroed otherwise (assembly/schedule/link.ts).

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

// Why a packet was dropped, besides REASON_OVERSIZE.
export const REASON_QUEUE_FULL = 12; // its class held what it may
export const REASON_LINK_FULL = 13; // all classes together did
export const REASON_MEMORY_FULL = 14; // there was no room for one more packet that waits
