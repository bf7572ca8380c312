/** The records of one kind as JSON objects, one a line, as many as fit into TEXT at a time. Names: src/report/records.ts. */
import {
  ENTRY_NAME,
  ENTRY_NAME_BYTES,
  LABEL_BYTES,
  LABEL_KIND,
  LABEL_NODE,
  LABEL_TEXT,
  LABEL_TEXT_BYTES,
  RECORD_BYTE_COUNTS,
  RECORD_FIRST,
  RECORD_LAST,
  STAT_RECORDS,
} from "../abi";
import { entryAddress } from "../path/classes";
import { entryOf, isFreeRecord, keyAt, recordAt } from "../records";
import { getStat } from "../stats";
import { writeFlow } from "./flow";
import { beginText, COMMA, endRow, hasRoom, textBytes, writeByte, writeDecimal, writeName, writeWord } from "./writer";

const QUOTE: u8 = 0x22;
const COLON: u8 = 0x3a;
const BRACE_OPEN: u8 = 0x7b;
const BRACE_CLOSE: u8 = 0x7d;
// Words as little-endian character codes.
const WORD_FLOW: u64 = 0x776f6c66;
const WORD_PACKETS: u64 = 0x7374656b636170;
const WORD_BYTES: u64 = 0x7365747962;
const WORD_GREEN: u64 = 0x6e65657267;
const WORD_YELLOW: u64 = 0x776f6c6c6579;
const WORD_RED: u64 = 0x646572;
const WORD_FIRST_NS: u64 = 0x734e7473726966;
const WORD_LAST_NS: u64 = 0x734e7473616c;
const WORD_CLASS: u64 = 0x7373616c63;
const WORD_NODE: u64 = 0x65646f6e;
/** 2^53 - 1: a reader that knows 64-bit floats only would round what is larger, so that is written as text. */
const EXACT_MAX: u64 = 9_007_199_254_740_991;

/**
 * Objects of the records from `first` on, as `writeFlowRows` chooses them; each but the file's first (`isBegun` false)
 * behind a comma and a line's end. Answers the record that comes next.
 */
export function writeFlowObjects(first: u32, labels: usize, kind: u32, isBegun: bool): u32 {
  beginText();
  const end = <u32>getStat(STAT_RECORDS);
  let index = first;
  for (; index < end && hasRoom(); index++) {
    if (isFreeRecord(index)) continue;
    const label = labels == 0 ? 0 : labels + entryOf(index) * LABEL_BYTES;
    if (label != 0 && load<u32>(label, LABEL_KIND) != kind) continue;
    if (isBegun || textBytes() > 0) {
      writeByte(COMMA);
      endRow();
    }
    writeObject(index, label);
  }
  return index;
}

function writeObject(index: u32, label: usize): void {
  writeByte(BRACE_OPEN);
  writeKey(WORD_FLOW);
  writeByte(QUOTE);
  const text: usize = label == 0 ? 0 : load<u32>(label, LABEL_TEXT);
  if (text == 0) writeFlow(keyAt(index));
  else writeName(text, load<u32>(label, LABEL_TEXT_BYTES));
  writeByte(QUOTE);
  writeTotals(recordAt(index));
  if (label != 0) {
    const entry = entryAddress(entryOf(index));
    writeNext(load<u32>(label, LABEL_KIND) == <u32>LABEL_NODE ? WORD_NODE : WORD_CLASS);
    writeByte(QUOTE);
    writeName(load<u32>(entry, ENTRY_NAME), load<u32>(entry, ENTRY_NAME_BYTES));
    writeByte(QUOTE);
  }
  writeByte(BRACE_CLOSE);
}

function writeTotals(record: usize): void {
  const bytes = record + RECORD_BYTE_COUNTS;
  writeByte(COMMA);
  writeCount(
    load<u64>(record) + load<u64>(record, 8) + load<u64>(record, 16),
    load<u64>(bytes) + load<u64>(bytes, 8) + load<u64>(bytes, 16),
  );
  writeColor(WORD_GREEN, load<u64>(record), load<u64>(bytes));
  writeColor(WORD_YELLOW, load<u64>(record, 8), load<u64>(bytes, 8));
  writeColor(WORD_RED, load<u64>(record, 16), load<u64>(bytes, 16));
  writeNext(WORD_FIRST_NS);
  writeExact(load<u64>(record, RECORD_FIRST));
  writeNext(WORD_LAST_NS);
  writeExact(load<u64>(record, RECORD_LAST));
}

function writeColor(color: u64, packets: u64, bytes: u64): void {
  writeNext(color);
  writeByte(BRACE_OPEN);
  writeCount(packets, bytes);
  writeByte(BRACE_CLOSE);
}

function writeCount(packets: u64, bytes: u64): void {
  writeKey(WORD_PACKETS);
  writeExact(packets);
  writeNext(WORD_BYTES);
  writeExact(bytes);
}

function writeNext(word: u64): void {
  writeByte(COMMA);
  writeKey(word);
}

function writeKey(word: u64): void {
  writeByte(QUOTE);
  writeWord(word);
  writeByte(QUOTE);
  writeByte(COLON);
}

function writeExact(value: u64): void {
  const isExact = value <= EXACT_MAX;
  if (!isExact) writeByte(QUOTE);
  writeDecimal(value);
  if (!isExact) writeByte(QUOTE);
}
