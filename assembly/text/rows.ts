/** CSV rows of packets and of flows, as many as fit into TEXT at a time. Column names: src/report/flows.ts. */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_YELLOW,
  COLUMN_COLOR,
  COLUMN_DELAY,
  COLUMN_FLOW,
  COLUMN_FRAME,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_TIME,
  KEY_BYTES,
  RECORD_BYTE_COUNTS,
  RECORD_FIRST,
  RECORD_LAST,
  RECORD_UNTRACKED,
  STAT_RECORDS,
} from "../abi";
import { batchFirstFrame } from "../capture/decode";
import { DELAY_NEVER, isOversize, unitsOf } from "../meter/bucket";
import { isFreeRecord, keyAt, recordAt } from "../records";
import { getStat } from "../stats";
import { writeFlow } from "./flow";
import { beginText, hasRoom, writeByte, writeDecimal, writeWord } from "./writer";

const COMMA: u8 = 0x2c;
const NEWLINE: u8 = 0x0a;
// Words as little-endian character codes.
const WORD_GREEN: u64 = 0x6e65657267;
const WORD_YELLOW: u64 = 0x776f6c6c6579;
const WORD_RED: u64 = 0x646572;
const WORD_NEVER: u64 = 0x726576656e;
const WORD_RATE: u64 = 0x65746172;
const WORD_OVERSIZE: u64 = 0x657a69737265766f;
const WORD_TABLE: u64 = 0x2d656c626174; // "table-"
const WORD_FULL: u64 = 0x6c6c7566;

/** Rows of the metered batch from packet `first` on, up to `count`. Answers the packet that comes next. */
export function writePacketRows(first: u32, count: u32): u32 {
  beginText();
  let i = first;
  for (; i < count && hasRoom(); i++) {
    writeField(batchFirstFrame() + load<u32>(i << 2, BATCH + COLUMN_FRAME));
    writeField(load<u64>(i << 3, BATCH + COLUMN_TIME));
    writeFlow(BATCH + COLUMN_KEY + i * KEY_BYTES);
    writeByte(COMMA);
    const length = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
    writeField(length);
    const color = <i32>load<u8>(i, BATCH + COLUMN_COLOR);
    writeWord(color == COLOR_GREEN ? WORD_GREEN : color == COLOR_YELLOW ? WORD_YELLOW : WORD_RED);
    writeByte(COMMA);
    writeDelay(load<u64>(i << 3, BATCH + COLUMN_DELAY));
    writeByte(COMMA);
    if (color != COLOR_GREEN) writeReason(length, load<u32>(i << 2, BATCH + COLUMN_FLOW));
    writeByte(NEWLINE);
  }
  return i;
}

function writeField(value: u64): void {
  writeDecimal(value);
  writeByte(COMMA);
}

function writeDelay(delayNs: u64): void {
  if (delayNs == DELAY_NEVER) writeWord(WORD_NEVER);
  else writeDecimal(delayNs);
}

function writeReason(lengthBytes: u32, record: u32): void {
  if (record == RECORD_UNTRACKED) {
    writeWord(WORD_TABLE);
    writeWord(WORD_FULL);
  } else {
    writeWord(isOversize(unitsOf(lengthBytes)) ? WORD_OVERSIZE : WORD_RATE);
  }
}

/** Rows of the flows from record `first` on. Answers the record that comes next. */
export function writeFlowRows(first: u32): u32 {
  beginText();
  const end = <u32>getStat(STAT_RECORDS);
  let index = first;
  for (; index < end && hasRoom(); index++) {
    if (isFreeRecord(index)) continue;
    const record = recordAt(index);
    writeFlow(keyAt(index));
    writeByte(COMMA);
    writeField(load<u64>(record) + load<u64>(record, 8) + load<u64>(record, 16));
    const bytes = record + RECORD_BYTE_COUNTS;
    writeField(load<u64>(bytes) + load<u64>(bytes, 8) + load<u64>(bytes, 16));
    for (let color: usize = 0; color < 3; color++) {
      writeField(load<u64>(record + (color << 3)));
      writeField(load<u64>(bytes + (color << 3)));
    }
    writeField(load<u64>(record, RECORD_FIRST));
    writeDecimal(load<u64>(record, RECORD_LAST));
    writeByte(NEWLINE);
  }
  return index;
}

/** The name of one flow. */
export function writeFlowName(index: u32): void {
  beginText();
  writeFlow(keyAt(index));
}
