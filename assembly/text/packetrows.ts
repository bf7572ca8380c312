/** CSV rows of packets, as many as fit into TEXT at a time. Column names: src/report/columns.ts. */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_YELLOW,
  COLUMN_CLASS,
  COLUMN_COLOR,
  COLUMN_DELAY,
  COLUMN_DEPARTURE,
  COLUMN_FRAME,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_LEVEL0,
  COLUMN_LEVEL1,
  COLUMN_REASON,
  COLUMN_TIME,
  CONFIG_CLASSES,
  CONFIG_LEVELS,
  ENTRY_BY,
  ENTRY_PREFIX,
  KERNEL_TWO_BUCKETS,
  KEY_BYTES,
  PROFILE,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_KERNEL,
  REASON_UNTRACKED,
} from "../abi";
import { batchFirstFrame } from "../capture/decode";
import { isSet, setting } from "../config";
import { DELAY_NEVER } from "../meter/bucket";
import { deriveKey } from "../net/derive";
import { classOf, entriesOf, slotsOf } from "../path/classes";
import { DEPARTS_NEVER } from "../shape/departure";
import { hasQueue, isShaper } from "../shape/kernels";
import { writeFlow } from "./flow";
import { writeLevel } from "./level";
import { writeReason } from "./reason";
import { beginText, endRow, hasRoom, writeByte, writeDecimal, writeField, writeWord, COMMA } from "./writer";

// Words as little-endian character codes.
const WORD_GREEN: u64 = 0x6e65657267;
const WORD_YELLOW: u64 = 0x776f6c6c6579;
const WORD_RED: u64 = 0x646572;
const WORD_NEVER: u64 = 0x726576656e;

/** The key of the leaf of the packet at hand. */
const leaf = memory.data(KEY_BYTES, 8);

/** Rows of the metered batch from packet `first` on, up to `count`. Answers the packet that comes next. */
export function writePacketRows(first: u32, count: u32): u32 {
  beginText();
  const hasLevels = isSet(CONFIG_LEVELS);
  const hasDepartures = setting(CONFIG_CLASSES) == 0 && isShaper(PROFILE);
  let i = first;
  for (; i < count && hasRoom(); i++) {
    writeField(batchFirstFrame() + load<u32>(i << 2, BATCH + COLUMN_FRAME));
    writeField(load<u64>(i << 3, BATCH + COLUMN_TIME));
    writeFlow(flowKeyOf(i));
    writeByte(COMMA);
    writeField(load<u32>(i << 2, BATCH + COLUMN_LENGTH));
    const color = <i32>load<u8>(i, BATCH + COLUMN_COLOR);
    writeWord(color == COLOR_GREEN ? WORD_GREEN : color == COLOR_YELLOW ? WORD_YELLOW : WORD_RED);
    writeByte(COMMA);
    writeDelay(load<u64>(i << 3, BATCH + COLUMN_DELAY));
    writeByte(COMMA);
    if (color != COLOR_GREEN) writeReason(load<u8>(i, BATCH + COLUMN_REASON), load<u16>(i << 1, BATCH + COLUMN_CLASS));
    if (hasDepartures) writeDeparture(load<u64>(i << 3, BATCH + COLUMN_DEPARTURE));
    if (hasLevels) writeLevels(i);
    endRow();
  }
  return i;
}

/** The key of the flow that the packet belongs to: under classes that of its leaf, or the 5-tuple if it has none. */
export function flowKeyOf(i: u32): usize {
  const key = BATCH + COLUMN_KEY + i * KEY_BYTES;
  if (setting(CONFIG_CLASSES) == 0) return key;
  const packetClass = classOf(i);
  if (slotsOf(packetClass) == 0) return key;
  const entry = entriesOf(packetClass);
  deriveKey(key, leaf, load<u32>(entry, ENTRY_BY), load<u32>(entry, ENTRY_PREFIX));
  return leaf;
}

function writeDelay(delayNs: u64): void {
  if (delayNs == DELAY_NEVER) writeWord(WORD_NEVER);
  else writeDecimal(delayNs);
}

/** Empty for a packet that was dropped. */
function writeDeparture(departureNs: u64): void {
  writeByte(COMMA);
  if (departureNs != DEPARTS_NEVER) writeDecimal(departureNs);
}

/** Two columns; empty where there is no bucket. Of a queue of whole packets the second is what waits in it. */
function writeLevels(i: u32): void {
  const isTracked = load<u8>(i, BATCH + COLUMN_REASON) != <u8>REASON_UNTRACKED;
  writeByte(COMMA);
  if (isTracked) writeLevel(load<u64>(i << 3, BATCH + COLUMN_LEVEL0), PROFILE + PROFILE_BUCKET0);
  writeByte(COMMA);
  if (!isTracked) return;
  if (hasQueue(PROFILE)) writeDecimal(load<u64>(i << 3, BATCH + COLUMN_LEVEL1));
  if (load<u64>(PROFILE, PROFILE_KERNEL) == <u64>KERNEL_TWO_BUCKETS)
    writeLevel(load<u64>(i << 3, BATCH + COLUMN_LEVEL1), PROFILE + PROFILE_BUCKET1);
}
