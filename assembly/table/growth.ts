/**
 * Growth without a pause: a larger table (room.ts) is filled a few lines a batch. Lines are in hash order, so a
 * prefix of the hashes has moved and the rest has not; one comparison tells where a flow lives.
 */
import { LINE_BYTES, PROBE_LINES_MAX, STAT_MOVED_LINES, STAT_TABLE_LINES } from "../abi";
import { release } from "../arena";
import { addStat, setStat } from "../stats";
import { copyState, isFull, slotsBytes, slotStep } from "./line";
import { nextLineBits, takeNext } from "./room";
import { copySide } from "./side";
import { LOW_HASH_MASK, Slot, TOUCH_BYTE } from "./slot";
import {
  allTableBytes,
  beginMove,
  endMove,
  movedUpTo,
  nextBase,
  nextShift,
  tableBase,
  tableLines,
  tableShift,
  takeSlotFrom,
} from "./table";

/**
 * Lines moved for each entry of the table that a batch may bring. All its packets may be of new flows, so the part that
 * has not moved yet goes from a load of one half to 0.62 at most. (With 2 lines it reached 0.75, where runs of 63 full
 * lines do occur, and the rest had to be moved at once: pauses of 1 to 2 s at 10 and 20 million flows.)
 */
const LINES_PER_ENTRY: u32 = 4;

let movedLines: u32 = 0;

export function isGrowing(): bool {
  return nextBase != 0;
}

/**
 * Starts to double the table, or to make it as large as expected flows ask for. False when it has 2^lineBitsMax lines
 * already, or memory its end.
 */
export function startGrowth(lineBitsMax: u32): bool {
  const base = takeNext(lineBitsMax);
  if (base == 0) return false;
  beginMove(base, nextLineBits());
  movedLines = 0;
  return true;
}

/** Moves the next few lines, before packets that may take up to `entries` entries of the table. */
export function continueGrowth(entries: u32): void {
  moveLines(LINES_PER_ENTRY * entries);
}

/** Moves all that is left. */
export function finishGrowth(): void {
  moveLines(u32.MAX_VALUE);
}

/**
 * Moves whole lines, then on to the first line with an empty slot: no key is displaced across such a line, so all keys
 * at home up to it have moved and none behind it has.
 */
function moveLines(atLeast: u32): void {
  const lines = tableLines();
  const allLines = lines + PROBE_LINES_MAX - 1;
  let moved: u32 = 0;
  while (movedLines < allLines) {
    const line = tableBase + <usize>movedLines * LINE_BYTES;
    const clean = !isFull(line);
    for (let slot = line; slot < line + slotsBytes; slot += slotStep) moveSlot(slot, movedLines);
    movedLines++;
    if (++moved >= atLeast && clean && movedLines < lines) {
      movedUpTo((<u64>movedLines) << tableShift);
      break;
    }
  }
  addStat(STAT_MOVED_LINES, moved);
  if (movedLines < allLines) return;
  release(tableBase, allTableBytes());
  endMove();
  setStat(STAT_TABLE_LINES, tableLines());
}

function moveSlot(address: usize, lineIndex: u32): void {
  const slot = changetype<Slot>(address);
  if (slot.isEmpty()) return;
  const home = <u64>(lineIndex - slot.displacement());
  const hash = (home << tableShift) | (slot.word & LOW_HASH_MASK);
  const line = nextBase + ((<usize>(hash >>> nextShift)) << 6);
  // A page that is read first is taken twice: as the page of zeros that all share, and for good.
  store<u8>(line, 0, TOUCH_BYTE);
  const target = takeSlotFrom(line, hash);
  // At a quarter of the load a run of 63 full lines has a chance below 1e-40; a lost flow must not go unnoticed.
  if (target == 0) unreachable();
  copyState(address, target);
  copySide(address, target);
}
