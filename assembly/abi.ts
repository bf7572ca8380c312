/**
 * Constants shared by the core (asc) and the TypeScript around it (tsc). This file must stay portable:
 * no types, no imports, and every integer literal below 2^31 (asc reads larger ones as negative, silently).
 */

/** Raised whenever anything below changes meaning; compared when a module is instantiated. */
export const ABI_VERSION = 5;

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

/**
 * The batch columns, COLUMN_* is the offset of each. What one thread hands another lies together: hashes and lengths,
 * before them times or behind them clocks (src/threads/columns.ts).
 */
export const BATCH = 81920;
export const COLUMN_TIME = 0; // u64, the packet's own time in ns
export const COLUMN_HASH = 32832; // u64, keyed hash of the flow key
export const COLUMN_LENGTH = 65664; // u32, metered length in bytes
export const COLUMN_CLOCK = 82112; // u64, newest time up to and including this packet
export const COLUMN_DELAY = 114944; // u64 out, ns until conformance, all ones = never
export const COLUMN_USER_KEY = 147776; // u64, the caller's key when batches come from memory
export const COLUMN_FLOW = 180608; // u32 out, index of the flow's record
export const COLUMN_FRAME = 197056; // u32, frame number less the batch's first frame number
export const COLUMN_COLOR = 213504; // u8 out
export const COLUMN_OTHER = 217664; // u8, OTHER_* that hold for the frame
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

// What a frame may lack: bits.
export const OTHER_NO_IP = 1; // an outermost IP header
export const OTHER_NO_TIME = 2; // a time of its own

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
/** Slots of a line where CONFIG_COMPACT is set; otherwise it holds two of SLOT_BYTES. */
export const COMPACT_SLOTS = 4;
/** Level steps of a compact slot stay below 2^COMPACT_LEVEL_BITS, since the epoch or of the bucket; twice that fits a word. */
export const COMPACT_LEVEL_BITS = 62;
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
/** More than so many times the flows that a table is for are expected: it grows at once, while there is little to move. */
export const EARLY_GROWTH = 8;
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
export const REASON_QUEUE_FULL = 12; // dropped: its class's queue held what it may
export const REASON_LINK_FULL = 13; // dropped: all queues of the link together did
export const REASON_MEMORY_FULL = 14; // dropped: there was no room for one more packet that waits
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
export const CONFIG_TRUSTED_KEYS = 22; // 1: integer keys are not chosen by an adversary: the cheap hash (mixhash.ts)
export const CONFIG_COUNTS = 23; // 1: flows of one bucket without records count their packets (countsAt)
export const CONFIG_ROWLESS = 25; // 1: nobody asks for single packets or flows: keys need not be written
export const CONFIG_COMPACT = 26; // 1: four flows a line, of a meter of one bucket, with nothing but their level
export const CONFIG_CLOCKLESS = 27; // 1: another core meters what is decoded, compares times and numbers frames (meterTimed)
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
export const STAT_MOVED_LINES = 26; // lines moved into larger tables: counted work, which is equal on every machine
export const STAT_WORDS = 27;

// ---- Captures ------------------------------------------------------------------------------------------------------
/** Input window of one capture: larger gains nothing (the read is 10 % of the work), smaller costs more calls. */
export const WINDOW_BYTES = 262144;

// What `decodeBatch` answers besides the index of a capture that needs more input.
export const DECODE_READY = -1; // the batch is full
export const DECODE_DONE = -2; // every capture has ended; the batch may hold a last part
export const DECODE_LIMIT = -3; // the next record begins at or behind the capture's limit; likewise

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
