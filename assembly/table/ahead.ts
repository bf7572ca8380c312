/**
 * The memory of the next table, made ready before the move into it begins. The first touch of a page is the dear part
 * of growth (2 us of 4 KiB, against 20 ns a line that is moved), so it is spread over the new flows of the last
 * twelfth before the table is full: a page for every three of them. Begun earlier, more runs that end before the move
 * would touch a table that they never use (at 1 M flows 115 MB, begun at two thirds).
 */
import { CONFIG_FLOWS_EXPECTED, STAT_TOUCHED_PAGES } from "../abi";
import { allocateZeroed, foresee } from "../arena";
import { setting } from "../config";
import { addStat } from "../stats";
import { lineBitsFor, tableBits, tableBytes, tableLines } from "./table";

const PAGE_BYTES: usize = 4096;
/** One flow a line starts the move; this part of the flows before it make its memory ready. */
const LAST_PART: u32 = 12;
/**
 * From tables of 2^17 lines on (65,536 flows have come), linear memory grows once for all that may come. Not before: that
 * one growth takes 4 to 27 ms, by what maxFlows asks for, which most engines never need.
 */
const FORESEEN_LINE_BITS: u32 = 17;

/** The next table's memory, 0 when it is not reserved; up to where it is touched, its end, and what each flow touches. */
let base: usize = 0;
let lineBits: u32 = 0;
let touchedTo: usize = 0;
let end: usize = 0;
let bytesPerFlow: u32 = 0;
/** Memory has come to its end: no larger table will ever be had. */
let isRefused: bool = false;
/** What flows take beside the table, at most. */
let bytesBeside: u64 = 0;
let isForeseen: bool = false;

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

/** Called for each new flow, when there are `flows`: touches its share of the next table's memory once that is due. */
export function prepareNext(flows: u64, lineBitsMax: u32): void {
  const lines = <u64>tableLines();
  if (lines - flows > lines / LAST_PART || flows < setting(CONFIG_FLOWS_EXPECTED) || !reserveNext(lineBitsMax)) return;
  if (touchedTo < end) touchUpTo(min<usize>(touchedTo + bytesPerFlow, end));
}

/** Index bits of the table that `takeNext` has answered. */
export function nextLineBits(): u32 {
  return lineBits;
}

/**
 * Zeroed memory for a table of twice the lines, or of as many as expected flows ask for, the caller's from now on; 0 when
 * there is none.
 */
export function takeNext(lineBitsMax: u32): usize {
  if (!reserveNext(lineBitsMax)) return 0;
  const taken = base;
  base = 0;
  return taken;
}

/** Touches all pages of fresh memory, so that no packet has to wait for them. */
export function touchPages(from: usize, to: usize): void {
  for (let page = from; page < to; page += PAGE_BYTES) store<u8>(page, 0);
}

/** True when the next table has its memory. */
function reserveNext(lineBitsMax: u32): bool {
  if (base != 0) return true;
  if (isRefused || tableBits() >= lineBitsMax) return false;
  lineBits = min(lineBitsMax, max(tableBits() + 1, lineBitsFor(setting(CONFIG_FLOWS_EXPECTED))));
  foreseeFrom(lineBits, lineBitsMax);
  const bytes = tableBytes(lineBits);
  base = allocateZeroed(bytes);
  isRefused = base == 0;
  touchedTo = base;
  end = base + bytes;
  bytesPerFlow = bytes / (tableLines() / LAST_PART) + 1;
  return !isRefused;
}

/** Touches the pages that begin in front of `to` and have not been touched. */
function touchUpTo(to: usize): void {
  const from = (touchedTo + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
  touchPages(from, to);
  if (from < to) addStat(STAT_TOUCHED_PAGES, (to - from + PAGE_BYTES - 1) / PAGE_BYTES);
  touchedTo = to;
}
