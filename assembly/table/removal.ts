/** Taking a flow out of the table. */
import { LINE_BYTES, PROBE_LINES_MAX } from "../abi";
import { clearSlot, copyState, isFull, slotsBytes, slotStep } from "./line";
import { copySide } from "./side";
import { DISPLACEMENT_ONE, Slot } from "./slot";
import { endOfLines, noteMovedSlots } from "./table";

/** Empties a slot; keys that had to pass its line move back so that each stays reachable. */
export function removeSlot(slot: usize): void {
  noteMovedSlots();
  let hole = slot;
  let wasFull = isFull(lineOf(hole));
  clearSlot(hole);
  while (wasFull) {
    const mover = findMover(hole);
    if (mover == 0) return;
    const lines = (lineOf(mover) - lineOf(hole)) / LINE_BYTES;
    wasFull = isFull(lineOf(mover));
    copyState(mover, hole);
    copySide(mover, hole);
    store<u64>(hole, load<u64>(mover) - <u64>lines * DISPLACEMENT_ONE);
    clearSlot(mover);
    hole = mover;
  }
}

/** The nearest slot behind `hole` whose flow is at home at the hole's line or before it, or 0. */
function findMover(hole: usize): usize {
  const end = endOfLines(hole);
  let line = lineOf(hole);
  for (let distance: u32 = 1; distance < <u32>PROBE_LINES_MAX; distance++) {
    line += LINE_BYTES;
    if (line == end) return 0;
    for (let slot = line; slot < line + slotsBytes; slot += slotStep) {
      const candidate = changetype<Slot>(slot);
      if (!candidate.isEmpty() && candidate.displacement() >= distance) return slot;
    }
    if (!isFull(line)) return 0;
  }
  return 0;
}

function lineOf(slot: usize): usize {
  return slot & ~(LINE_BYTES - 1);
}
