/** The packet loop of any meter in one slot, with every output: delays, reasons, levels. */
import {
  BATCH,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_DELAY,
  COLUMN_FLOW,
  COLUMN_LENGTH,
  COLUMN_LEVEL0,
  COLUMN_LEVEL1,
  COLUMN_REASON,
  COLOR_RED,
  CONFIG_COUNTS,
  CONFIG_DELAYS,
  CONFIG_LEVELS,
  KERNEL_ONE_BUCKET,
  PROFILE,
  PROFILE_KERNEL,
  REASON_OVERSIZE,
  REASON_UNTRACKED,
  RULE_COLOR_MASK,
} from "../abi";
import { CONFIG_PASSED_CLOCK } from "../abi/rewrite";
import { recordOf } from "../admission/evict";
import { isSet } from "../config";
import { DELAY_NEVER } from "../meter/bucket";
import { Counts } from "../meter/counts";
import { charge, delayOf, judge, reasonOf, refresh } from "../meter/kernels";
import { Slot } from "../table/slot";
import { forgetRefused, saveSlot } from "./forget";
import { countOversize } from "./outcome";
import { endOfBlock, findPlaces, placeInTurn, Places } from "./places";
import { colorOfArrival } from "./twobuckets";

export function meterAny(first: u32, end: u32): void {
  for (let block = first; block < end; block = endOfBlock(block, end)) {
    const blockEnd = endOfBlock(block, end);
    if (findPlaces(block, blockEnd)) {
      meterPlaced(block, blockEnd);
      continue;
    }
    for (let i = block; i < blockEnd; i++) {
      if (placeInTurn(i)) meterPlaced(i, i + 1);
      else putUntracked(i);
    }
  }
}

/** Packets [first, end), whose places were found. */
function meterPlaced(first: u32, end: u32): void {
  const fillsDelays = isSet(CONFIG_DELAYS);
  const fillsLevels = isSet(CONFIG_LEVELS);
  const forgets = isSet(CONFIG_PASSED_CLOCK);
  const counts = isSet(CONFIG_COUNTS);
  for (let i = first; i < end; i++) {
    const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
    const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
    const colorIn = colorOfArrival(i);
    const address = Places.of(i);
    const slot = changetype<Slot>(address);
    store<u32>(i << 2, recordOf(slot), BATCH + COLUMN_FLOW);
    if (forgets) saveSlot(address);
    refresh(PROFILE, slot, nowNs);
    const rule = judge(PROFILE, slot, lengthBytes, colorIn);
    const color = rule & RULE_COLOR_MASK;
    const reason = reasonOf(PROFILE, lengthBytes, colorIn, rule);
    if (reason == REASON_OVERSIZE) countOversize(i);
    const isRefused = color == <u32>COLOR_RED;
    putOutcome(i, reason, fillsDelays && isRefused ? delayOf(PROFILE, slot, lengthBytes, colorIn) : 0);
    charge(PROFILE, slot, lengthBytes, rule);
    store<u8>(i, color, BATCH + COLUMN_COLOR);
    if (fillsLevels) putLevels(i, slot.level, secondLevel(slot));
    if (forgets) forgetRefused(address, isRefused);
    if (counts) Counts.add(slot, isRefused);
  }
}

function putUntracked(i: u32): void {
  putOutcome(i, REASON_UNTRACKED, DELAY_NEVER);
  if (isSet(CONFIG_LEVELS)) putLevels(i, 0, 0);
}

function putOutcome(i: u32, reason: u32, delayNs: u64): void {
  store<u8>(i, reason, BATCH + COLUMN_REASON);
  store<u64>(i << 3, delayNs, BATCH + COLUMN_DELAY);
}

function putLevels(i: u32, level0: u64, level1: u64): void {
  store<u64>(i << 3, level0, BATCH + COLUMN_LEVEL0);
  store<u64>(i << 3, level1, BATCH + COLUMN_LEVEL1);
}

/** A slot of one bucket has its record there. */
function secondLevel(slot: Slot): u64 {
  return load<u64>(PROFILE, PROFILE_KERNEL) == <u64>KERNEL_ONE_BUCKET ? 0 : slot.second;
}
