/** Where only packets that pass carry the clock (CONFIG_PASSED_CLOCK) it may go back behind a refused one, which then leaves no trace. */
import { SLOT_BYTES } from "../abi";
import { copyFields } from "../table/slot";

const saved = memory.data(SLOT_BYTES, 8);

/** Keeps the slot at hand as it is before the packet. */
export function saveSlot(address: usize): void {
  copyFields(address, saved);
}

/** The slot as it was, should its packet be refused. Without a branch on that, which cannot be predicted. */
export function forgetRefused(address: usize, isRefused: bool): void {
  copyFields(select<usize>(saved, address, isRefused), address);
}
