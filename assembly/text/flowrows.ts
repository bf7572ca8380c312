/** CSV rows of records: flows, or instances of nodes; as many as fit into TEXT at a time. Names: src/report/columns.ts. */
import {
  ENTRY_NAME,
  ENTRY_NAME_BYTES,
  LABEL_BYTES,
  LABEL_KIND,
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
import { beginText, COMMA, endRow, hasRoom, writeByte, writeDecimal, writeField, writeName } from "./writer";

/**
 * Rows from record `first` on: of all records, or with a table at `labels` (LABEL_*, one for each path entry) of those
 * of one `kind`, the name of the entry in the last column. Answers the record that comes next.
 */
export function writeFlowRows(first: u32, labels: usize, kind: u32): u32 {
  beginText();
  const end = <u32>getStat(STAT_RECORDS);
  let index = first;
  for (; index < end && hasRoom(); index++) {
    if (isFreeRecord(index)) continue;
    if (labels == 0) {
      writeFlow(keyAt(index));
      writeTotals(recordAt(index));
    } else if (!writeLabeled(index, labels, kind)) {
      continue;
    }
    endRow();
  }
  return index;
}

function writeLabeled(index: u32, labels: usize, kind: u32): bool {
  const entry = entryOf(index);
  const label = labels + entry * LABEL_BYTES;
  if (load<u32>(label, LABEL_KIND) != kind) return false;
  const text = load<u32>(label, LABEL_TEXT);
  if (text == 0) writeFlow(keyAt(index));
  else writeName(text, load<u32>(label, LABEL_TEXT_BYTES));
  writeTotals(recordAt(index));
  writeByte(COMMA);
  const address = entryAddress(entry);
  writeName(load<u32>(address, ENTRY_NAME), load<u32>(address, ENTRY_NAME_BYTES));
  return true;
}

/** All columns behind the flow's. */
function writeTotals(record: usize): void {
  const bytes = record + RECORD_BYTE_COUNTS;
  writeByte(COMMA);
  writeField(load<u64>(record) + load<u64>(record, 8) + load<u64>(record, 16));
  writeField(load<u64>(bytes) + load<u64>(bytes, 8) + load<u64>(bytes, 16));
  for (let color: usize = 0; color < 3; color++) {
    writeField(load<u64>(record + (color << 3)));
    writeField(load<u64>(bytes + (color << 3)));
  }
  writeField(load<u64>(record, RECORD_FIRST));
  writeDecimal(load<u64>(record, RECORD_LAST));
}

/** The key of one record. */
export function writeFlowName(index: u32): void {
  beginText();
  writeFlow(keyAt(index));
}
