/**
 * Flows as texts for files of columns: one behind the other at TEXT, each behind its length in 32 bits (as Parquet has
 * them) or all bare (as Arrow has them), and the lengths beside them. At most a batch at a time.
 */
import { BATCH_PACKETS_MAX, LABEL_BYTES, LABEL_KIND, LABEL_TEXT, LABEL_TEXT_BYTES, STAT_RECORDS } from "../abi";
import { entryOf, isFreeRecord, keyAt } from "../records";
import { getStat } from "../stats";
import { writeFlow } from "./flow";
import { flowKeyOf } from "./packetrows";
import { beginText, hasRoom, LENGTH_BYTES, passOver, textBytes, writeLengthAt, writeName } from "./writer";

const lengths = memory.data(BATCH_PACKETS_MAX * 4, 8);
const records = memory.data(BATCH_PACKETS_MAX * 4, 8);
let textCount: u32 = 0;

/** Texts written last: how many, where their lengths are, 32 bits each, and the records of those that are of records. */
export function flowTextCount(): u32 {
  return textCount;
}

export function flowTextLengths(): usize {
  return lengths;
}

export function flowTextRecords(): usize {
  return records;
}

/** Flows of the metered batch's packets from `first` on, up to `count`. Answers the packet that comes next. */
export function writePacketFlows(first: u32, count: u32, hasLengths: bool): u32 {
  beginText();
  textCount = 0;
  let i = first;
  for (; i < count && hasRoom(); i++) {
    const start = beginFlow(hasLengths);
    writeFlow(flowKeyOf(i));
    endFlow(start, hasLengths);
  }
  return i;
}

/** Flows of the records from `first` on; with a table at `labels`, of those of one `kind`. Answers the next record. */
export function writeRecordFlows(first: u32, labels: usize, kind: u32, hasLengths: bool): u32 {
  beginText();
  textCount = 0;
  const end = <u32>getStat(STAT_RECORDS);
  const most: u32 = BATCH_PACKETS_MAX;
  let index = first;
  for (; index < end && textCount < most && hasRoom(); index++) {
    if (isFreeRecord(index)) continue;
    const label = labels == 0 ? 0 : labels + entryOf(index) * LABEL_BYTES;
    if (label != 0 && load<u32>(label, LABEL_KIND) != kind) continue;
    store<u32>(records + (textCount << 2), index);
    const start = beginFlow(hasLengths);
    const text: usize = label == 0 ? 0 : load<u32>(label, LABEL_TEXT);
    if (text == 0) writeFlow(keyAt(index));
    else writeName(text, load<u32>(label, LABEL_TEXT_BYTES));
    endFlow(start, hasLengths);
  }
  return index;
}

/** Answers where the flow's text begins, in bytes from TEXT on. */
function beginFlow(hasLengths: bool): u32 {
  if (hasLengths) passOver(LENGTH_BYTES);
  return textBytes();
}

function endFlow(start: u32, hasLengths: bool): void {
  const bytes = textBytes() - start;
  if (hasLengths) writeLengthAt(start - LENGTH_BYTES, bytes);
  store<u32>(lengths + (textCount++ << 2), bytes);
}
