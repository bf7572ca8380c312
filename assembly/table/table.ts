/**
 * The flow table: hash to slot. Lines of two slots or four (line.ts), linear probing by lines, at most PROBE_LINES_MAX of them, in the
 * order of the hash (line index = top bits), so that growth is one sequential pass. Invariants:
 *   - no key lies beyond the first line after its home that has an empty slot; removal keeps this (removal.ts);
 *   - at most half of the slots are taken, PROBE_LINES_MAX - 1 spare lines at the end stand in for wrapping round.
 */
import { LINE_BITS_MAX, LINE_BITS_MIN, LINE_BYTES, PROBE_LINES_MAX, SLOT_BYTES } from "../abi";
import { allocateZeroed } from "../arena";
import { emptyIn, flowsPerLineBits, Four, isCompact, isFull } from "./line";
import { DISPLACEMENT_ONE, LOW_HASH_MASK } from "./slot";

/** First line of the table in use, and the shift that turns a hash into a line index. */
export let tableBase: usize = 0;
export let tableShift: u64 = 63;
/** Bytes of its lines; the side entries follow, if there are any. */
export let tableLineBytes: usize = 0;
/** While growing: hashes below this have moved to the next table. 0 when not growing. */
let movedBelow: u64 = 0;
export let nextBase: usize = 0;
export let nextShift: u64 = 0;
export let nextLineBytes: usize = 0;
/** Bytes of side entries a line: 0, 8, 16 or 32, and the shift from slots to them (side.ts); 0: there are none. */
let sideBytesPerLine: u32 = 0;
export let sideShift: usize = 0;

/** Changes whenever flows may have left their slots: who remembers slots compares. */
export let slotsMoved: u32 = 0;

export function noteMovedSlots(): void {
  slotsMoved++;
}

export function tableBits(): u32 {
  return <u32>(64 - tableShift);
}

/** True when flows have side entries. */
export function hasSide(): bool {
  return sideShift != 0;
}

export function tableLines(): u32 {
  return 1 << tableBits();
}

/** Flows that the table holds when half of its slots are taken, which is the usual load. */
export function usualFlows(): u64 {
  return (<u64>tableLines()) << flowsPerLineBits();
}

/** Index bits of a table that holds `flows` in half of its slots. */
export function lineBitsFor(flows: u64): u32 {
  const most: u32 = LINE_BITS_MAX;
  let bits: u32 = LINE_BITS_MIN;
  for (let held: u64 = (1 << LINE_BITS_MIN) << flowsPerLineBits(); bits < most && held < flows; held <<= 1) bits++;
  return bits;
}

/** Bytes of 2^lineBits lines and the spare lines behind them. */
function lineBytesOf(lineBits: u32): u32 {
  return ((1 << lineBits) + PROBE_LINES_MAX - 1) * LINE_BYTES;
}

/** Bytes of a table with 2^lineBits lines, side entries included. */
export function tableBytes(lineBits: u32): u32 {
  return lineBytesOf(lineBits) + ((1 << lineBits) + PROBE_LINES_MAX - 1) * sideBytesPerLine;
}

/** Bytes of the table in use. */
export function allTableBytes(): u32 {
  return tableBytes(tableBits());
}

/** Makes the first table, with 2^lineBits lines and so many side bytes a slot. False when memory does not suffice. */
export function createTable(lineBits: u32, sideBytes: u32): bool {
  sideBytesPerLine = sideBytes * (LINE_BYTES / SLOT_BYTES);
  sideShift = sideBytes == 0 ? 0 : ctz<u32>(SLOT_BYTES / sideBytes);
  const base = allocateZeroed(tableBytes(lineBits));
  if (base == 0) return false;
  tableBase = base;
  tableShift = 64 - lineBits;
  tableLineBytes = lineBytesOf(lineBits);
  movedBelow = 0;
  return true;
}

/** Begins to move into a table at `base` with 2^lineBits lines. */
export function beginMove(base: usize, lineBits: u32): void {
  nextBase = base;
  nextShift = 64 - lineBits;
  nextLineBytes = lineBytesOf(lineBits);
  movedBelow = 0;
}

/** Hashes below `hash` are now found in the next table. */
export function movedUpTo(hash: u64): void {
  movedBelow = hash;
}

/** The next table takes over. */
export function endMove(): void {
  noteMovedSlots();
  tableBase = nextBase;
  tableShift = nextShift;
  tableLineBytes = nextLineBytes;
  movedBelow = 0;
  nextBase = 0;
  nextLineBytes = 0;
}

/** Address of the line where a hash is at home, in whichever table it lives now. */
export function homeLine(hash: u64): usize {
  if (hash < movedBelow) return nextBase + ((<usize>(hash >>> nextShift)) << 6);
  return tableBase + ((<usize>(hash >>> tableShift)) << 6);
}

/** The line behind `line` in the order of hashes, from one table to the other while growing, and round at the end. */
export function lineBehind(line: usize): usize {
  const behind = line + LINE_BYTES;
  if (behind == tableBase + tableLineBytes) return movedBelow == 0 ? tableBase : nextBase;
  const isFrontier = movedBelow != 0 && behind == nextBase + ((<usize>(movedBelow >>> nextShift)) << 6);
  return isFrontier ? homeLine(movedBelow) : behind;
}

/** End of the lines of the table that `line` lies in. */
export function endOfLines(line: usize): usize {
  return line - nextBase < nextLineBytes ? nextBase + nextLineBytes : tableBase + tableLineBytes;
}

/** True while some hashes have moved to the next table: until then, one base and one shift tell every home line. */
export function isSplit(): bool {
  return movedBelow != 0;
}

export class Home {
  /** The slot of a hash if it is in its home line, else 0. */
  @inline static slot(hash: u64): usize {
    return Home.slotIn(homeLine(hash), hash);
  }

  /** What a slot of its home line holds. */
  @inline static word(hash: u64): u64 {
    return (hash & LOW_HASH_MASK) + DISPLACEMENT_ONE;
  }

  /** The slot with the home line given: both slots compared without a branch, then one for both. */
  @inline static slotIn(line: usize, hash: u64): usize {
    const word = Home.word(hash);
    const first = load<u64>(line) == word;
    const second = load<u64>(line, SLOT_BYTES) == word;
    return (<u32>first) | (<u32>second) ? line + ((<usize>second) << 5) : 0;
  }

  /** The same of a compact line. */
  @inline static slotOfFour(line: usize, hash: u64): usize {
    return Four.withWord(line, Home.word(hash));
  }

  @inline static behindFour(line: usize, hash: u64): usize {
    return Four.withWord(line + LINE_BYTES, (hash & LOW_HASH_MASK) + 2 * DISPLACEMENT_ONE);
  }

  @inline static behind(line: usize, hash: u64): usize {
    const displaced = (hash & LOW_HASH_MASK) + 2 * DISPLACEMENT_ONE;
    const third = <u32>(load<u64>(line, LINE_BYTES) == displaced);
    const fourth = <u32>(load<u64>(line, LINE_BYTES + SLOT_BYTES) == displaced);
    return third | fourth ? line + LINE_BYTES + ((<usize>fourth) << 5) : 0;
  }
}

/** The slot of a hash, or null. Bounded by PROBE_LINES_MAX lines. */
export function findSlot(hash: u64): usize {
  let line = homeLine(hash);
  let word = Home.word(hash);
  for (let probe = 0; probe < PROBE_LINES_MAX; probe++) {
    const slot = slotWith(line, word);
    if (slot != 0) return slot;
    if (!isFull(line)) return 0;
    line += LINE_BYTES;
    word += DISPLACEMENT_ONE;
  }
  return 0;
}

/** An empty slot for a hash that is not in the table, its word set and nothing else; 0 when PROBE_LINES_MAX lines are full. */
export function takeSlot(hash: u64): usize {
  return takeSlotFrom(homeLine(hash), hash);
}

/** `takeSlot` with the home line given. */
export function takeSlotFrom(homeLine: usize, hash: u64): usize {
  let line = homeLine;
  let word = Home.word(hash);
  for (let probe = 0; probe < PROBE_LINES_MAX; probe++) {
    const slot = emptyIn(line);
    if (slot != 0) {
      store<u64>(slot, word);
      return slot;
    }
    line += LINE_BYTES;
    word += DISPLACEMENT_ONE;
  }
  return 0;
}

/** The slot of a line that has this word, or 0. */
function slotWith(line: usize, word: u64): usize {
  if (isCompact) return Four.withWord(line, word);
  if (load<u64>(line) == word) return line;
  return load<u64>(line, SLOT_BYTES) == word ? line + SLOT_BYTES : 0;
}
