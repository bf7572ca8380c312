/** The classifier's tables: which class a packet belongs to. Portable, like abi.ts. */

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
