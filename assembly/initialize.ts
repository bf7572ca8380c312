/** Brings a core to life once its settings are written. */
import {
  CONFIG_CLASSES,
  CONFIG_COMPACT,
  CONFIG_FLOWS_EXPECTED,
  CONFIG_FLOWS_MAX,
  CONFIG_GROUPS,
  CONFIG_RECORDS,
  KERNEL_ONE_BUCKET,
  LINE_BITS_GROWABLE,
  PROFILE,
  PROFILE_KERNEL,
  STAT_TABLE_LINES,
} from "./abi";
import { KERNEL_FLUID_SHAPER, KERNEL_TWO_RATE_SHAPER } from "./abi/shaper";
import { CONFIG_LINK } from "./abi/link";
import { setLineBitsMax } from "./admission/place";
import { startClock } from "./clock";
import { isSet, setting } from "./config";
import { createGroups } from "./weighted/group";
import { createPathColumns } from "./path/columns";
import { bytesOfRecords, createRecords } from "./records";
import { createLink } from "./schedule/schedule";
import { setStat } from "./stats";
import { layCompact } from "./table/line";
import { SIDE_OF_CLASSES, SIDE_OF_QUEUE, SIDE_OF_RECORD } from "./table/side";
import { foreseeFrom, setBytesBeside, touchPages } from "./table/room";
import { allTableBytes, createTable, lineBitsFor, tableBase, tableLines } from "./table/table";

/** Makes table and records from the settings at CONFIG. False when memory does not suffice. */
export function initialize(): bool {
  if (isSet(CONFIG_COMPACT)) layCompact();
  const mostBits = lineBitsFor(setting(CONFIG_FLOWS_MAX));
  setLineBitsMax(mostBits);
  const growsFrom: u32 = LINE_BITS_GROWABLE;
  const firstBits = mostBits <= growsFrom ? mostBits : max(growsFrom, lineBitsFor(setting(CONFIG_FLOWS_EXPECTED)));
  if (!createTable(firstBits, sideBytes())) return false;
  if (firstBits > growsFrom) touchPages(tableBase, tableBase + allTableBytes());
  if (isSet(CONFIG_RECORDS)) setBytesBeside(bytesOfRecords(setting(CONFIG_FLOWS_MAX)));
  if (firstBits > growsFrom) foreseeFrom(firstBits + 1, mostBits);
  setStat(STAT_TABLE_LINES, tableLines());
  startClock();
  if (isSet(CONFIG_LINK)) createLink();
  if (setting(CONFIG_CLASSES) != 0 && !createPaths()) return false;
  return !isSet(CONFIG_RECORDS) || createRecords();
}

function createPaths(): bool {
  const groups = <u32>setting(CONFIG_GROUPS);
  return createPathColumns() && (groups == 0 || createGroups(groups));
}

/** A slot of one bucket has room for its record; any other has not, and slots of classes do not tell their meter. */
function sideBytes(): u32 {
  if (setting(CONFIG_CLASSES) != 0) return SIDE_OF_CLASSES;
  const kernel = <u32>load<u64>(PROFILE, PROFILE_KERNEL);
  if (kernel == KERNEL_TWO_RATE_SHAPER) return SIDE_OF_QUEUE;
  const isFull = kernel != KERNEL_ONE_BUCKET && kernel != KERNEL_FLUID_SHAPER;
  return isFull && isSet(CONFIG_RECORDS) ? SIDE_OF_RECORD : 0;
}
