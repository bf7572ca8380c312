/**
 * Where the flows of a block have their slots, found before its first packet is metered. A flow that is neither in its
 * home line nor in the one behind it (3 % at the usual load), or new, would hold the loop up for a whole miss, 5 ns a
 * packet at a million flows; now all of them are looked for together, behind the others, and the line where most of
 * them are is on its way meanwhile: 0.87 of the time a packet. The loops that meter have their registers for themselves.
 *
 * New flows are admitted ahead of their packets, which moves no other flow, as long as there is room. Where one would
 * have to make room, packets are metered in their turn: who may be dropped depends on who was metered before.
 */
import { BATCH, COLUMN_CLOCK, COLUMN_HASH, CONFIG_FLOWS_MAX, LINE_BYTES, PROFILE, STAT_FLOWS } from "../abi";
import { placeFlow, SINGLE_ENTRY } from "../admission/place";
import { setting } from "../config";
import { getStat } from "../stats";
import { TOUCH_BYTE } from "../table/slot";
import { findSlot, tableBase } from "../table/table";
import { BLOCK_PACKETS, isFar, Locate, notedLine, refuseUntracked, slotInTurn, touchLines } from "./locate";

/** The line behind the two that `Locate.near` looks at. */
const THIRD_LINE: usize = 2 * LINE_BYTES;

/** One 32-bit address a packet, by the last bits of its row. */
const places = memory.data(256 * 4, 64);
/** Rows of the packets whose flows are not near, and a place for one that is written and does not count. */
const awayRows = memory.data(257 * 4, 64);
if (BLOCK_PACKETS != 256) ERROR("places must hold a block");

export class Places {
  /** The slot of packet `i`, which was found. */
  @inline static of(i: u32): usize {
    return load<u32>(places + ((i % BLOCK_PACKETS) << 2));
  }

  /** Packet `i` has its slot there. */
  @inline static put(i: u32, slot: usize): void {
    store<u32>(places + ((i % BLOCK_PACKETS) << 2), <u32>slot);
  }
}

/**
 * Finds the slots of packets [first, end) of one block, whose lines have been touched; new flows are admitted. False:
 * not all are found, and each packet is to be located in its turn.
 */
export function findPlaces(first: u32, end: u32): bool {
  const away = findNear(first, end);
  return away == 0 || findAway(away, first, end);
}

/** Locates packet `i` in its turn. False: there is no room for its flow, and it is refused. */
export function placeInTurn(i: u32): bool {
  const slot = slotInTurn(i);
  if (slot == 0) refuseUntracked(i);
  else Places.put(i, slot);
  return slot != 0;
}

/** Answers how many are not near. One flow in eight lies behind its home line, which no processor predicts: no branch. */
function findNear(first: u32, end: u32): u32 {
  let away: u32 = 0;
  for (let i = first; i < end; i++) {
    const slot = Locate.near(i);
    Places.put(i, slot);
    store<u32>(awayRows + (away << 2), i);
    away += <u32>(slot == 0);
  }
  if (isFar) touchThirdLines(away);
  return away;
}

function touchThirdLines(away: u32): void {
  for (let k: u32 = 0; k < away; k++) store<u8>(notedLine(awayRow(k)), 0, THIRD_LINE + TOUCH_BYTE);
}

/** Row of the `k`th packet whose flow is not near. */
function awayRow(k: u32): u32 {
  return load<u32>(awayRows + (k << 2));
}

function findAway(count: u32, first: u32, end: u32): bool {
  const hasRoom = getStat(STAT_FLOWS) + count <= setting(CONFIG_FLOWS_MAX);
  const base = tableBase;
  for (let k: u32 = 0; k < count; k++) {
    const i = awayRow(k);
    const hash = load<u64>(i << 3, BATCH + COLUMN_HASH);
    let slot = findSlot(hash);
    if (slot == 0 && hasRoom) {
      slot = placeFlow(hash, i, load<u64>(i << 3, BATCH + COLUMN_CLOCK), PROFILE, SINGLE_ENTRY);
    }
    // A table that was moved at once, since 63 lines in a row were full.
    if (base != tableBase) touchLines(BATCH + COLUMN_HASH, first, end);
    if (slot == 0 || base != tableBase) return false;
    Places.put(i, slot);
  }
  return true;
}
