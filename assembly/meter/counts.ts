/**
 * What a flow of a meter of one bucket has sent, counted in its slot, whose last field is free where no records are kept:
 * packets above refused ones, which are among them, 32 bits each. At 2^32 - 1 packets both stop, rather than begin anew.
 */
import { Slot } from "../table/slot";

const ONE_PACKET: u64 = 1 << 32;
const COUNTS_END: u64 = (<u64>u32.MAX_VALUE) << 32;

export class Counts {
  @inline static add(slot: Slot, isRefused: bool): void {
    const counts = slot.second;
    slot.second = counts + select<u64>(ONE_PACKET + <u64>isRefused, 0, counts < COUNTS_END);
  }
}
