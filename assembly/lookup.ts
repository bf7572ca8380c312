/** A flow of an integer key, asked for outside of batches. */
import { hashIntegers } from "./batch";
import { SLOT_SECOND } from "./table/slot";
import { findSlot } from "./table/table";

/** Room for as many as `hashIntegers` takes at once. */
const keys = memory.data(48, 16);
const hashes = memory.data(48, 16);

/** Address of the flow's refused packets and its packets, 32 bits each (CONFIG_COUNTS); 0: it is not in the table. */
export function countsAt(low: u32, high: u32): usize {
  store<u32>(keys, low);
  store<u32>(keys, high, 4);
  hashIntegers(keys, hashes, 1);
  const slot = findSlot(load<u64>(hashes));
  return slot == 0 ? 0 : slot + SLOT_SECOND;
}
