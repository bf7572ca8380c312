/** Captures to the batch columns: one capture straight into them, several merged by time. */
import {
  BATCH,
  BATCH_PACKETS_MAX,
  CAPTURE_OPEN,
  COLUMN_CLOCK,
  COLUMN_FRAME,
  COLUMN_HASH,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_TIME,
  CONFIG_SKIP_OTHER,
  DECODE_DONE,
  DECODE_READY,
  FORMAT_PCAP,
  FORMAT_UNKNOWN,
  KEY_BYTES,
  KEY_KIND,
  KEY_LENGTH,
  STAT_FRAMES,
  STAT_OTHER_BYTES,
  STAT_OTHER_PACKETS,
  STAT_SKIPPED_FRAMES,
} from "../abi";
import { isSet } from "../config";
import { meterBatch } from "../batch";
import { advanceClock } from "../clock";
import { siphash } from "../siphash";
import { addStat, getStat } from "../stats";
import { copyFrame, isOther } from "./frame";
import { readPcap } from "./pcap";
import { readPcapng } from "./pcapng";
import { openCapture } from "./sniff";
import { HELD_FRAME, Source, STEP_END, STEP_FRAME, STEP_NEEDS_INPUT } from "./source";
import { sourceAt, sourceCount } from "./sources";

let batchCount: u32 = 0;
/** Number of the batch's first frame, from 1. */
let batchFrame: u64 = 1;

/** Number that the batch's frame column counts from. */
export function batchFirstFrame(): u64 {
  return batchFrame;
}

/**
 * Fills the batch. Answers the index of a capture that needs input first, DECODE_READY when the batch is full, or
 * DECODE_DONE when all captures have ended (the batch may hold a last part).
 */
export function decodeBatch(): i32 {
  return sourceCount == 1 ? decodeOne(sourceAt(0)) : mergeSources();
}

/** Meters what `decodeBatch` has gathered and begins the next batch. Answers the number of packets. */
export function meterDecoded(): u32 {
  const count = batchCount;
  for (let i: u32 = 0; i < count; i++) {
    const key = BATCH + COLUMN_KEY + i * KEY_BYTES;
    store<u64>(i << 3, siphash(key, load<u8>(key, KEY_LENGTH)), BATCH + COLUMN_HASH);
  }
  meterBatch(count);
  batchCount = 0;
  return count;
}

function decodeOne(source: Source): i32 {
  while (batchCount < <u32>BATCH_PACKETS_MAX) {
    const step = readFrame(source, BATCH, batchCount);
    if (step == STEP_FRAME) placeFrame();
    else return step == STEP_NEEDS_INPUT ? 0 : DECODE_DONE;
  }
  return DECODE_READY;
}

/** The next frame of a capture, into row `row` of `columns`. */
function readFrame(source: Source, columns: usize, row: u32): i32 {
  if (source.status != CAPTURE_OPEN) return STEP_END;
  if (!source.isOpened) {
    if (!openCapture(source)) return STEP_NEEDS_INPUT;
    source.isOpened = true;
    return readFrame(source, columns, row);
  }
  return source.format == FORMAT_PCAP ? readPcap(source, columns, row) : readPcapng(source, columns, row);
}

/** Takes the frame in the row behind the batch into it: frame number, clock; or leaves it out (--skip-other). */
function placeFrame(): void {
  const i = batchCount;
  // Numbered from the batch's first row; a long run of skipped frames must not pass 32 bits within one batch.
  if (i == 0) batchFrame = getStat(STAT_FRAMES) + 1;
  addStat(STAT_FRAMES, 1);
  const nowNs = advanceClock(load<u64>(i << 3, BATCH + COLUMN_TIME));
  if (isOther(BATCH, i)) {
    if (isSet(CONFIG_SKIP_OTHER)) {
      addStat(STAT_SKIPPED_FRAMES, 1);
      return;
    }
    addStat(STAT_OTHER_PACKETS, 1);
    addStat(STAT_OTHER_BYTES, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
  }
  store<u64>(i << 3, nowNs, BATCH + COLUMN_CLOCK);
  store<u32>(i << 2, <u32>(getStat(STAT_FRAMES) - batchFrame), BATCH + COLUMN_FRAME);
  batchCount = i + 1;
}

/** Takes the earliest head among the captures, again and again; at equal times the capture given first. */
function mergeSources(): i32 {
  while (batchCount < <u32>BATCH_PACKETS_MAX) {
    let earliest: Source | null = null;
    let earliestNs: u64 = 0;
    for (let index: u32 = 0; index < sourceCount; index++) {
      const source = sourceAt(index);
      if (source.columnNext == source.columnCount) {
        const step = refill(source);
        if (step == STEP_NEEDS_INPUT) return index;
        if (step == STEP_END) continue;
      }
      const timeNs = load<u64>(source.columns + (source.columnNext << 3), COLUMN_TIME);
      if (earliest === null || timeNs < earliestNs) {
        earliest = source;
        earliestNs = timeNs;
      }
    }
    if (earliest === null) return DECODE_DONE;
    copyFrame(earliest.columns, earliest.columnNext, BATCH, batchCount);
    earliest.columnNext++;
    placeFrame();
  }
  return DECODE_READY;
}

/** Reads a capture's next frames into its own columns. STEP_FRAME when there is at least one. */
function refill(source: Source): i32 {
  source.columnNext = 0;
  source.columnCount = 0;
  while (source.columnCount < HELD_FRAME) {
    const step = readFrame(source, source.columns, source.columnCount);
    if (step == STEP_FRAME) source.columnCount++;
    else return source.columnCount > 0 ? STEP_FRAME : step;
  }
  return STEP_FRAME;
}
