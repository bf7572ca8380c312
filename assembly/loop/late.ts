/**
 * Packets that are metered behind the others of their block: those of flows that are neither in their home line nor in the
 * one behind it (3 % at the usual load), or new. To look for such a flow at once holds the loop up for a whole miss each
 * time, 5 ns a packet at a million flows; now the line where most of them are is on its way meanwhile (0.88 of the time a
 * packet at one million flows, 0.95 at ten).
 *
 * No verdict changes: a flow has all its packets of a block here or none, since nothing moves in the table before they
 * are metered, and they stay in order. Flows have nothing to do with each other but where the table is full: there each
 * packet is metered in its turn, and who may be dropped is seen to have been metered already (`setLate`).
 */
import { CONFIG_FLOWS_MAX, LINE_BYTES, STAT_FLOWS } from "../abi";
import { setLate } from "../admission/evict";
import { setting } from "../config";
import { getStat } from "../stats";
import { TOUCH_BYTE } from "../table/slot";
import { BLOCK_PACKETS, isFar, notedLine } from "./locate";

/** The line behind the two that `Locate.near` looks at. */
const THIRD_LINE: usize = 2 * LINE_BYTES;

/** Rows, 32 bits each. */
const rows = memory.data(256 * 4, 64);
if (BLOCK_PACKETS != 256) ERROR("late rows must hold a block");
/** Before a block's first packet. False: none may wait, each has to be metered in its turn. */
export function beginLate(): bool {
  const mayWait = getStat(STAT_FLOWS) + BLOCK_PACKETS <= setting(CONFIG_FLOWS_MAX);
  setLate(mayWait);
  return mayWait;
}

/** Behind the block's last packet. */
export function endLate(): void {
  setLate(false);
}

export class Late {
  /** Packet `i` is the `k`th to be metered behind the others. */
  @inline static put(i: u32, k: u32): void {
    store<u32>(rows + (k << 2), i);
    if (isFar) store<u8>(notedLine(i), 0, THIRD_LINE + TOUCH_BYTE);
  }

  /** All packets of a block are, where none may wait. Answers their number. */
  static putAll(first: u32, end: u32): u32 {
    for (let i = first; i < end; i++) store<u32>(rows + ((i - first) << 2), i);
    return end - first;
  }

  /** The `k`th of them. */
  @inline static row(k: u32): u32 {
    return load<u32>(rows + (k << 2));
  }
}
