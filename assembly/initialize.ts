/** Brings a core to life once its settings are written. */
import {
  CONFIG_FLOWS_EXPECTED,
  CONFIG_FLOWS_MAX,
  CONFIG_RECORDS,
  LINE_BITS_GROWABLE,
  LINE_BITS_MAX,
  LINE_BITS_MIN,
  STAT_TABLE_LINES,
} from "./abi";
import { setLineBitsMax } from "./admission";
import { startClock } from "./clock";
import { isSet, setting } from "./config";
import { createRecords } from "./records";
import { setStat } from "./stats";
import { createTable, tableLines } from "./table/table";

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
