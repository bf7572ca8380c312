/**
 * Per-flow totals and full keys, kept beside the table and found by record index. A record is one line of 64 bytes
 * (packets and bytes by color, first and last time); it never moves, so its index names the flow for reports.
 */
import {
  BATCH,
  CHUNK_RECORDS_BITS,
  CHUNKS_MAX,
  CONFIG_CLASSES,
  CONFIG_GROUPS,
  CONFIG_PATH_SLOTS,
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
import { CONFIG_MEASURES } from "./abi/departures";
import { allocate } from "./arena";
import { isSet, setting } from "./config";
import { clearMeasure, FLOW_MEASURE_BYTES, measurePacket, touchMeasure } from "./measure/flow";
import { recordColumn } from "./path/columns";
import { addStat } from "./stats";
import { TOUCH_BYTE } from "./table/slot";

const CHUNK_RECORDS: u32 = 1 << CHUNK_RECORDS_BITS;
/** The keys of a chunk, and a cache line more: the hash reads up to 7 bytes past a key. */
const KEYS_BYTES: u32 = CHUNK_RECORDS * KEY_BYTES + 64;
const ENTRIES_BYTES: u32 = CHUNK_RECORDS * 2;
const WEIGHTED_BYTES: u32 = 16;

/** Packets whose records are touched together: of blocks of 64 and 256, 256 took 0.93 of the time (table/search.ts). */
const BLOCK_PACKETS: u32 = 256;

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
  return keyChunk(index) + (index & (CHUNK_RECORDS - 1)) * KEY_BYTES;
}

/** Path entry of a record: what kind of node it is. Policies of classes only. */
export function entryOf(index: u32): u32 {
  return load<u16>(entryAt(index));
}

export function setEntryOf(index: u32, entry: u32): void {
  store<u16>(entryAt(index), entry);
}

function entryAt(index: u32): usize {
  return keyChunk(index) + KEYS_BYTES + ((index & (CHUNK_RECORDS - 1)) << 1);
}

/** Where a record's flow stands in its weighted group (weighted.ts). Policies with groups only. */
export function weightedAt(index: u32): usize {
  return keyChunk(index) + KEYS_BYTES + ENTRIES_BYTES + ((index & (CHUNK_RECORDS - 1)) << 4);
}

function keyChunk(index: u32): usize {
  return load<u32>(KEY_CHUNKS + ((index >>> CHUNK_RECORDS_BITS) << 2));
}

/** What a shaper did to a record's flow (measure/flow.ts). With CONFIG_MEASURES only. */
function measureAt(index: u32): usize {
  return keyChunk(index) + measuresOffset() + (index & (CHUNK_RECORDS - 1)) * FLOW_MEASURE_BYTES;
}

/** Keys, then what other parts of the policy need, then measures. */
function keyChunkBytes(): u32 {
  return measuresOffset() + (isSet(CONFIG_MEASURES) ? CHUNK_RECORDS * FLOW_MEASURE_BYTES : 0);
}

/** Keys, then path entries and places in groups where the policy needs them. */
function measuresOffset(): u32 {
  if (setting(CONFIG_CLASSES) == 0) return KEYS_BYTES;
  return KEYS_BYTES + ENTRIES_BYTES + (setting(CONFIG_GROUPS) == 0 ? 0 : CHUNK_RECORDS * WEIGHTED_BYTES);
}

/** Bytes that the records of so many flows take with all that lies beside them, record 0 included. */
export function bytesOfRecords(flows: u64): u64 {
  const chunks = min<u64>((flows >>> CHUNK_RECORDS_BITS) + 1, CHUNKS_MAX);
  return chunks * (CHUNK_RECORDS * RECORD_BYTES + keyChunkBytes());
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
  if (isSet(CONFIG_MEASURES)) clearMeasure(measureAt(index));
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
  const keys = allocate(keyChunkBytes());
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

/** Begins a batch. */
export function beginAccounts(): void {
  accounted = 0;
}

/**
 * Adds the batch's packets before `end` to their records, from where the last call stopped. Called at the end of a
 * batch, and before a record changes hands within one. In blocks: records are touched together, then added to
 * (table/search.ts).
 */
export function accountUpTo(end: u32): void {
  const pathSlots = <u32>setting(CONFIG_PATH_SLOTS);
  const hasMeasures = isSet(CONFIG_MEASURES);
  for (let first = accounted; first < end; first += BLOCK_PACKETS) {
    const blockEnd = min(first + BLOCK_PACKETS, end);
    if (hasMeasures) measureFlows(first, blockEnd);
    if (pathSlots == 0) accountFlows(first, blockEnd);
    else accountPaths(pathSlots, first, blockEnd);
  }
  accounted = end;
}

function accountFlows(first: u32, end: u32): void {
  touchRecords(BATCH + COLUMN_FLOW, first, end);
  for (let i = first; i < end; i++) addPacket(load<u32>(i << 2, BATCH + COLUMN_FLOW), i);
}

function measureFlows(first: u32, end: u32): void {
  for (let i = first; i < end; i++) touchMeasure(measureAt(load<u32>(i << 2, BATCH + COLUMN_FLOW)));
  for (let i = first; i < end; i++) {
    const index = load<u32>(i << 2, BATCH + COLUMN_FLOW);
    measurePacket(measureAt(index), index, keyAt(index), i);
  }
}

/**
 * The leaf takes every packet, untracked and blocked ones too; nodes above it those that they have a record for. Packet
 * by packet: a node may stand at several places of paths, and its last time is that of its last packet.
 */
function accountPaths(pathSlots: u32, first: u32, end: u32): void {
  for (let k: u32 = 0; k < pathSlots; k++) touchRecords(recordColumn(k), first, end);
  for (let i = first; i < end; i++) {
    addPacket(load<u32>(recordColumn(0) + (i << 2)), i);
    for (let k: u32 = 1; k < pathSlots; k++) {
      const index = load<u32>(recordColumn(k) + (i << 2));
      if (index != RECORD_UNTRACKED) addPacket(index, i);
    }
  }
}

function touchRecords(column: usize, first: u32, end: u32): void {
  for (let i = first; i < end; i++) store<u8>(recordAt(load<u32>(column + (i << 2))) + TOUCH_BYTE, 0);
}

/** Adds packet `i` to a record. */
function addPacket(index: u32, i: u32): void {
  const record = recordAt(index);
  const color = (<usize>load<u8>(i, BATCH + COLUMN_COLOR)) << 3;
  store<u64>(record + color, load<u64>(record + color) + 1);
  store<u64>(
    record + color,
    load<u64>(record + color, RECORD_BYTE_COUNTS) + load<u32>(i << 2, BATCH + COLUMN_LENGTH),
    RECORD_BYTE_COUNTS,
  );
  store<u64>(record, load<u64>(i << 3, BATCH + COLUMN_TIME), RECORD_LAST);
}

export function countEviction(): void {
  addStat(STAT_EVICTED_FLOWS, 1);
}
