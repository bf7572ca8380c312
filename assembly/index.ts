/** The exports of the core, and nothing else. */
import {
  ABI_VERSION,
  CONFIG_FLOWS_EXPECTED,
  CONFIG_FLOWS_MAX,
  CONFIG_RECORDS,
  LINE_BITS_GROWABLE,
  LINE_BITS_MAX,
  LINE_BITS_MIN,
  STAT_TABLE_LINES,
} from "./abi";
import { isSet, setting } from "./config";
import { setLineBitsMax } from "./admission";
import { meterBatch, prepareBatch } from "./batch";
import { batchFirstFrame, decodeBatch, meterDecoded } from "./capture/decode";
import { makeSpace } from "./capture/source";
import { addSource, sourceAt } from "./capture/sources";
import { startClock } from "./clock";
import { createRecords, isFreeRecord, keyAt, recordAt } from "./records";
import { setStat } from "./stats";
import { createTable, tableLines } from "./table/table";
import { writeFlowName, writeFlowRows, writePacketRows } from "./text/rows";
import { textBytes } from "./text/writer";

export function abiVersion(): u32 {
  return ABI_VERSION;
}

/** Makes table and records from the settings at CONFIG. False when memory does not suffice. */
export function initialize(): bool {
  const mostBits = lineBitsFor(setting(CONFIG_FLOWS_MAX));
  setLineBitsMax(mostBits);
  const growsFrom: u32 = LINE_BITS_GROWABLE;
  const firstBits = mostBits <= growsFrom ? mostBits : max(growsFrom, lineBitsFor(setting(CONFIG_FLOWS_EXPECTED)));
  if (!createTable(firstBits)) return false;
  setStat(STAT_TABLE_LINES, tableLines());
  startClock();
  return !isSet(CONFIG_RECORDS) || createRecords();
}

/** Index bits of a table that holds `flows` at one flow a line: half of its slots. */
function lineBitsFor(flows: u64): u32 {
  const most: u32 = LINE_BITS_MAX;
  let bits: u32 = LINE_BITS_MIN;
  for (let lines: u64 = 1 << LINE_BITS_MIN; bits < most && lines < flows; lines <<= 1) bits++;
  return bits;
}

/** Meters the first `count` packets of the batch columns: time, length and integer key are the caller's. */
export function run(count: u32): void {
  prepareBatch(count);
  meterBatch(count);
}

/** Address in the window of capture `index` where up to `spaceFor` bytes may be written. */
export function spaceFor(index: u32): u32 {
  return makeSpace(sourceAt(index));
}

export function spaceAt(index: u32): usize {
  return sourceAt(index).end();
}

/** Tells that `bytes` more have been written to the window of capture `index`, or, with 0, that its input has ended. */
export function feed(index: u32, bytes: u32): void {
  const source = sourceAt(index);
  source.filled += bytes;
  if (bytes == 0) source.isEnded = true;
}

export { textBytes, writeFlowName, writeFlowRows, writePacketRows };
export { addSource, batchFirstFrame, decodeBatch, meterDecoded, recordAt, keyAt, isFreeRecord };
