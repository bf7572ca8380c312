/** Room for tables: how large the next one will be, and where it lies. */
import { CONFIG_FLOWS_EXPECTED } from "../abi";
import { allocateZeroed, foresee } from "../arena";
import { setting } from "../config";
import { lineBitsFor, tableBits, tableBytes } from "./table";

const PAGE_BYTES: usize = 4096;
/**
 * From tables of 2^17 lines on (65,536 flows have come), linear memory grows once for all that may come. Not before: that
 * one growth takes 4 to 27 ms, by what maxFlows asks for, which most engines never need.
 */
const FORESEEN_LINE_BITS: u32 = 17;

/** What flows take beside the table, at most. */
let bytesBeside: u64 = 0;
let isForeseen: bool = false;
/** Memory has come to its end: no larger table will ever be had. */
let isRefused: bool = false;
let takenLineBits: u32 = 0;

/** Says what all flows will take beside the table, at most. */
export function setBytesBeside(bytes: u64): void {
  bytesBeside = bytes;
}

/** Linear memory for tables of 2^lineBits to 2^lineBitsMax lines, and for what lies beside them, once that is due. */
export function foreseeFrom(lineBits: u32, lineBitsMax: u32): void {
  if (isForeseen || lineBits < FORESEEN_LINE_BITS) return;
  isForeseen = true;
  let bytes = bytesBeside;
  for (let bits = lineBits; bits <= lineBitsMax; bits++) bytes += tableBytes(bits);
  foresee(bytes);
}

/**
 * Zeroed memory for the next table, the caller's from now on; 0 when there is none. It has twice the lines, or as many as
 * the flows that are expected by now ask for where memory has room for that.
 */
export function takeNext(lineBitsMax: u32): usize {
  if (isRefused || tableBits() >= lineBitsMax) return 0;
  const twice = tableBits() + 1;
  const expected = min(lineBitsMax, lineBitsFor(setting(CONFIG_FLOWS_EXPECTED)));
  foreseeFrom(max(twice, expected), lineBitsMax);
  let base: usize = expected > twice ? take(expected) : 0;
  if (base == 0) base = take(twice);
  isRefused = base == 0;
  return base;
}

function take(lineBits: u32): usize {
  takenLineBits = lineBits;
  return allocateZeroed(tableBytes(lineBits));
}

/** Index bits of the table that `takeNext` answered. */
export function nextLineBits(): u32 {
  return takenLineBits;
}

/** Touches all pages of fresh memory, so that no packet has to wait for them. */
export function touchPages(from: usize, to: usize): void {
  for (let page = from; page < to; page += PAGE_BYTES) store<u8>(page, 0);
}
