/** A capture written again by color: packets pass, are marked, or are left out. */
import {
  BATCH,
  COLUMN_CAPTURED,
  COLUMN_COLOR,
  COLUMN_FRAME_AT,
  COLUMN_LENGTH,
  COLUMN_NETWORK_AT,
  COLUMN_RECORD_BYTES,
  COLUMN_RECORD_OFFSET,
  COLUMN_TAG_AT,
} from "../abi";
import {
  COUNT_CHANGED,
  COUNT_DROPPED_BYTES,
  COUNT_DROPPED_PACKETS,
  COUNT_NOT_ECT_BYTES,
  COUNT_NOT_ECT_PACKETS,
  MARK_DROP,
} from "../abi/rewrite";
import { completeUpTo } from "../capture/source";
import { sourceAt } from "../capture/sources";
import { actionOf } from "./action";
import { markPacket, PACKET_CHANGED, PACKET_NOT_ECT } from "./mark";
import { count } from "./results";
import { beginStretches, endStretches, keepUpTo, leaveOut } from "./stretch";

/**
 * Acts on the first `packets` rows of the batch, just metered, and decides on all bytes of the one capture up to the
 * last record handed out; REWRITE_* says what to write. Needs CONFIG_FRAMES. With 0 before each feed of the window,
 * too: blocks that are not frames leave it as well.
 */
export function rewrite(packets: u32): void {
  const source = sourceAt(0);
  const complete = completeUpTo(source);
  beginStretches(source);
  for (let row: u32 = 0; row < packets; row++) {
    if (passes(row)) continue;
    const offset = load<u64>(row << 3, BATCH + COLUMN_RECORD_OFFSET);
    leaveOut(source, offset, load<u32>(row << 2, BATCH + COLUMN_RECORD_BYTES));
  }
  keepUpTo(source, complete);
  endStretches(source, complete);
}

/** Marks the packet of a row as its color says. False when it is left out. */
function passes(row: u32): bool {
  const color: u32 = load<u8>(row, BATCH + COLUMN_COLOR);
  const action = actionOf(color);
  if (action.marks == 0) return true;
  const at = row << 2;
  const bytes = load<u32>(at, BATCH + COLUMN_LENGTH);
  if ((action.marks & MARK_DROP) != 0) {
    count(color, COUNT_DROPPED_PACKETS, 1);
    count(color, COUNT_DROPPED_BYTES, bytes);
    return false;
  }
  const end = load<u32>(at, BATCH + COLUMN_FRAME_AT) + load<u32>(at, BATCH + COLUMN_CAPTURED);
  const network = load<u32>(at, BATCH + COLUMN_NETWORK_AT);
  const outcome = markPacket(action, color, network, load<u32>(at, BATCH + COLUMN_TAG_AT), end);
  if (outcome == PACKET_CHANGED) count(color, COUNT_CHANGED, 1);
  if (outcome != PACKET_NOT_ECT) return true;
  count(color, COUNT_NOT_ECT_PACKETS, 1);
  count(color, COUNT_NOT_ECT_BYTES, bytes);
  return false;
}
