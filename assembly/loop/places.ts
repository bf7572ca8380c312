/**
 * Where the flows of a block have their slots, found before its first packet is metered: those that are near by
 * table/search.ts, then one by one those that are not (3 % at the usual load, or new), whose lines are on their way by
 * then. Looked for when their packets come they would hold the loop up for a whole miss each, 5 ns a packet at a million
 * flows. The loops that meter have their registers for themselves.
 *
 * New flows are admitted ahead of their packets, which moves no other flow, as long as there is room. Where one would
 * have to make room, packets are metered in their turn: who may be dropped depends on who was metered before.
 */
import { BATCH, COLUMN_CLOCK, COLUMN_HASH, CONFIG_FLOWS_MAX, CONFIG_RECORDS, PROFILE, STAT_FLOWS } from "../abi";
import { slotFor } from "../admission/admit";
import { Bare, beginBare, endBare } from "../admission/bare";
import { placeFlow, SINGLE_ENTRY } from "../admission/place";
import { isSet, setting } from "../config";
import { hasHeldBeside } from "../shape/held";
import { getStat } from "../stats";
import { isCompact } from "../table/line";
import { SIDE_TOUCH_BYTE, sideOf } from "../table/side";
import { awayRow, findNear, SEARCH_MAX, touchHomes } from "../table/search";
import { findSlot, hasSide, Home, tableBase } from "../table/table";
import { refuseUntracked } from "./outcome";

/** Packets whose slots are found together: blocks end at its multiples. */
const BLOCK_PACKETS: u32 = SEARCH_MAX;
const PLACE_BYTES: usize = 4;
/** One 32-bit address a packet, by the last bits of its row. */
const places = memory.data(256 * 4, 64);
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

/** End of the block that begins at packet `first` of a batch of `count`. */
export function endOfBlock(first: u32, count: u32): u32 {
  return min((first | (BLOCK_PACKETS - 1)) + 1, count);
}

/**
 * Finds the slots of packets [first, end) of one block; new flows are admitted. False: not all are found, and each packet
 * is to be located in its turn.
 */
export function findPlaces(first: u32, end: u32): bool {
  const hashes = BATCH + COLUMN_HASH + (first << 3);
  touchHomes(hashes, end - first);
  const away = findNear(hashes, end - first, places + (first % BLOCK_PACKETS) * PLACE_BYTES, PLACE_BYTES);
  if (away != 0 && !findAway(away, first)) return false;
  if (isSideRead()) for (let i = first; i < end; i++) touchSide(Places.of(i));
  return true;
}

/** Locates packet `i` in its turn. False: there is no room for its flow, and it is refused. */
export function placeInTurn(i: u32): bool {
  const hash = load<u64>(i << 3, BATCH + COLUMN_HASH);
  const near = isCompact ? 0 : Home.slot(hash);
  const slot = near != 0 ? near : slotFor(hash, i, load<u64>(i << 3, BATCH + COLUMN_CLOCK));
  if (slot == 0) refuseUntracked(i);
  else Places.put(i, slot);
  return slot != 0;
}

/** True when what lies beside a slot is read for each packet. */
export function isSideRead(): bool {
  return hasSide() && (isSet(CONFIG_RECORDS) || hasHeldBeside(PROFILE));
}

export function touchSide(slot: usize): void {
  store<u8>(sideOf(slot) + SIDE_TOUCH_BYTE, 0);
}

function findAway(count: u32, first: u32): bool {
  const hasRoom = getStat(STAT_FLOWS) + count <= setting(CONFIG_FLOWS_MAX);
  return hasRoom && beginBare() ? findOrAdmitBare(count, first) : findOrAdmit(count, first, hasRoom);
}

function findOrAdmitBare(count: u32, first: u32): bool {
  for (let k: u32 = 0; k < count; k++) {
    const i = first + awayRow(k);
    const slot = Bare.slotFor(load<u64>(i << 3, BATCH + COLUMN_HASH));
    if (slot == 0) {
      endBare();
      return false;
    }
    Places.put(i, slot);
  }
  endBare();
  return true;
}

function findOrAdmit(count: u32, first: u32, hasRoom: bool): bool {
  const base = tableBase;
  for (let k: u32 = 0; k < count; k++) {
    const i = first + awayRow(k);
    const hash = load<u64>(i << 3, BATCH + COLUMN_HASH);
    let slot = findSlot(hash);
    if (slot == 0 && hasRoom) {
      slot = placeFlow(hash, i, load<u64>(i << 3, BATCH + COLUMN_CLOCK), PROFILE, SINGLE_ENTRY);
    }
    // Or the table was moved at once, since 63 lines in a row were full.
    if (slot == 0 || base != tableBase) return false;
    Places.put(i, slot);
  }
  return true;
}
