/**
 * Per-flow totals and full keys, kept beside the table and found by record index. A record is one line of 64 bytes
 * (packets and bytes by color, first and last time); it never moves, so its index names the flow for reports.
 */
import {
  BATCH,
  CHUNK_RECORDS_BITS,
  CHUNKS_MAX,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_LENGTH,
  COLUMN_TIME,
  KEY_BYTES,
  KEY_CHUNKS,
  RECORD_BYTE_COUNTS,
  RECORD_BYTES,
  RECORD_CHUNKS,
  RECORD_FIRST,
  RECORD_LAST,
  RECORD_UNTRACKED,
  STAT_EVICTED_BYTES,
  STAT_EVICTED_FLOWS,
  STAT_EVICTED_PACKETS,
  STAT_RECORDS,
  STATS,
} from "./abi";
import { allocate } from "./arena";
import { addStat } from "./stats";
import { TOUCH_BYTE } from "./table/slot";

const CHUNK_RECORDS: u32 = 1 << CHUNK_RECORDS_BITS;
/** Packets between the touch of a record and its use: the store buffer holds no more (ARCHITECTURE.md). */
const TOUCH_AHEAD: u32 = 16;

let recordCount: u32 = 0;
let freeRecord: u32 = 0;
let accounted: u32 = 0;

/** Makes record 0, which gathers untracked packets. False when memory does not suffice. */
export function createRecords(): bool {
  return takeRecord() == RECORD_UNTRACKED && recordCount == 1;
}

export function recordAt(index: u32): usize {
  return load<u32>(RECORD_CHUNKS + ((index >>> CHUNK_RECORDS_BITS) << 2)) + ((index & (CHUNK_RECORDS - 1)) << 6);
}

export function keyAt(index: u32): usize {
  return load<u32>(KEY_CHUNKS + ((index >>> CHUNK_RECORDS_BITS) << 2)) + (index & (CHUNK_RECORDS - 1)) * KEY_BYTES;
}

/** Index of an empty record, or u32.MAX_VALUE when memory does not suffice. */
export function takeRecord(): u32 {
  let index = freeRecord;
  if (index != 0) {
    freeRecord = load<u32>(recordAt(index), RECORD_FIRST);
  } else {
    index = recordCount;
    if ((index & (CHUNK_RECORDS - 1)) == 0 && !addChunk(index >>> CHUNK_RECORDS_BITS)) return u32.MAX_VALUE;
    recordCount++;
    store<u64>(STATS + (STAT_RECORDS << 3), recordCount);
  }
  clearRecord(recordAt(index));
  return index;
}

/** Plain stores: a bulk fill of 64 bytes is a call out of the core. */
function clearRecord(record: usize): void {
  for (let offset: usize = 0; offset < <usize>RECORD_BYTES; offset += 8) store<u64>(record + offset, 0);
}

function addChunk(chunk: u32): bool {
  if (chunk >= <u32>CHUNKS_MAX) return false;
  const records = allocate(CHUNK_RECORDS * RECORD_BYTES);
  if (records == 0) return false;
  // The hash reads up to 7 bytes past a key.
  const keys = allocate(CHUNK_RECORDS * KEY_BYTES + 8);
  if (keys == 0) return false;
  store<u32>(RECORD_CHUNKS + (chunk << 2), <u32>records);
  store<u32>(KEY_CHUNKS + (chunk << 2), <u32>keys);
  return true;
}

/** Puts the record of an evicted flow on the free list; its totals go to the evicted ones. */
export function retireRecord(index: u32): void {
  const record = recordAt(index);
  for (let color: usize = 0; color < 3; color++) {
    addStat(STAT_EVICTED_PACKETS, load<u64>(record + (color << 3)));
    addStat(STAT_EVICTED_BYTES, load<u64>(record + (color << 3), RECORD_BYTE_COUNTS));
  }
  clearRecord(record);
  store<u32>(record, freeRecord, RECORD_FIRST);
  freeRecord = index;
}

/** True when nothing was metered under this record index: it is on the free list, or the untracked one and unused. */
export function isFreeRecord(index: u32): bool {
  const record = recordAt(index);
  return (load<u64>(record) | load<u64>(record, 8) | load<u64>(record, 16)) == 0;
}

export function beginAccounts(): void {
  accounted = 0;
}

/**
 * Adds the batch's packets before `end` to their records, from where the last call stopped. Called at the end of a
 * batch, and before a record changes hands within one.
 */
export function accountUpTo(end: u32): void {
  for (let i = accounted; i < end; i++) {
    const record = recordAt(load<u32>(i << 2, BATCH + COLUMN_FLOW));
    const color = (<usize>load<u8>(i, BATCH + COLUMN_COLOR)) << 3;
    store<u64>(record + color, load<u64>(record + color) + 1);
    store<u64>(
      record + color,
      load<u64>(record + color, RECORD_BYTE_COUNTS) + load<u32>(i << 2, BATCH + COLUMN_LENGTH),
      RECORD_BYTE_COUNTS,
    );
    store<u64>(record, load<u64>(i << 3, BATCH + COLUMN_TIME), RECORD_LAST);
  }
  accounted = end;
}

export function countEviction(): void {
  addStat(STAT_EVICTED_FLOWS, 1);
}
