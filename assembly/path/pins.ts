/** While room is made for one flow of a path, the packet's other flows must stay, drained though they may be. */
import { LINE_BYTES } from "../abi";
import { LOW_HASH_MASK, Slot } from "../table/slot";
import { homeLine } from "../table/table";
import { hashColumn } from "./columns";

let packet: u32 = 0;
let slots: u32 = 0;

/** Keeps the first `pathSlots` flows of packet `i`'s path; 0 ends it. */
export function pinPath(i: u32, pathSlots: u32): void {
  packet = i;
  slots = pathSlots;
}

/** True when the slot's flow belongs to the pinned path. Told by hash: removals move slots. */
export function isOnPath(address: usize): bool {
  const slot = changetype<Slot>(address);
  for (let k: u32 = 0; k < slots; k++) {
    const hash = load<u64>(hashColumn(k) + (packet << 3));
    const home = (address & ~(LINE_BYTES - 1)) - <usize>slot.displacement() * LINE_BYTES;
    if ((slot.word & LOW_HASH_MASK) == (hash & LOW_HASH_MASK) && home == homeLine(hash)) return true;
  }
  return false;
}
