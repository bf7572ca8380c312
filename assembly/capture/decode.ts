/** Captures to the batch columns: one capture straight into them, several merged by time. */
import {
  BATCH,
  BATCH_PACKETS_MAX,
  CAPTURE_OPEN,
  COLUMN_CLOCK,
  COLUMN_FRAME,
  COLUMN_LENGTH,
  COLUMN_OTHER,
  COLUMN_TIME,
  CONFIG_CLOCKLESS,
  CONFIG_FRAMES,
  CONFIG_ROWLESS,
  CONFIG_SKIP_OTHER,
  DECODE_DONE,
  DECODE_LIMIT,
  DECODE_READY,
  FORMAT_PCAP,
  STAT_FRAMES,
  STAT_OTHER_BYTES,
  STAT_OTHER_PACKETS,
  STAT_SKIPPED_FRAMES,
} from "../abi";
import { CONFIG_CLASSIFIER } from "../abi/classifier";
import { CONFIG_PASSED_CLOCK } from "../abi/rewrite";
import { isSet, setting } from "../config";
import { meterBatch, meterFrames, prepareFrames } from "../batch";
import { settle } from "../classify/classify";
import { advanceClock, clockRows } from "../clock";
import { noteLeftOut } from "../rewrite/clock";
import { addStat, getStat, setStat } from "../stats";
import { copyFrame, isOther } from "./frame";
import { readPcap } from "./pcap";
import { readPcapng } from "./pcapng";
import { openCapture } from "./sniff";
import { HELD_FRAME, Source, STEP_END, STEP_FRAME, STEP_LIMIT, STEP_NEEDS_INPUT } from "./source";
import { sourceAt, sourceCount } from "./sources";
import { readWholeRecords } from "./wholerecords";

const FRAMES_IN_BATCH_MAX: u64 = 0x7fffffff;

let batchCount: u32 = 0;
/** Why the last `readFrames` stopped. */
let lastStep: i32 = STEP_FRAME;
/** Number of the batch's first frame, from 1. */
let batchFrame: u64 = 1;

/** Number that the batch's frame column counts from. */
export function batchFirstFrame(): u64 {
  return batchFrame;
}

/**
 * Fills the batch. Answers the index of a capture that needs input first, DECODE_READY when the batch is full, or
 * DECODE_DONE when all captures have ended (the batch may hold a last part); DECODE_LIMIT where the only capture comes to
 * its limit, likewise. With CONFIG_FRAMES it asks for input only when the batch is empty, so that no row points into a
 * window that is being fed.
 */
export function decodeBatch(): i32 {
  return sourceCount == 1 ? decodeOne(sourceAt(0)) : mergeSources();
}

/** Meters what `decodeBatch` has gathered and begins the next batch. Answers the number of packets. */
export function meterDecoded(): u32 {
  const count = batchCount;
  meterFrames(count);
  batchCount = 0;
  return count;
}

/**
 * Hashes what `decodeBatch` has gathered, for another core to meter (`meterHashed`), and begins the next batch: the
 * columns hold until it is decoded. Answers the number of packets.
 */
export function hashDecoded(): u32 {
  const count = batchCount;
  prepareFrames(count);
  batchCount = 0;
  return count;
}

/** Meters `count` packets whose columns another core has decoded and hashed; `firstFrame` is its `batchFirstFrame`. */
export function meterHashed(count: u32, firstFrame: u64): void {
  batchFrame = firstFrame;
  meterBatch(count);
}

/**
 * Meters `count` packets whose columns another core has decoded and hashed, and whose times it has not compared: they are
 * the next frames, all of them, in the order of the file.
 */
export function meterTimed(count: u32): void {
  const frames = getStat(STAT_FRAMES);
  batchFrame = frames + 1;
  clockRows(0, count);
  if (!isSet(CONFIG_ROWLESS)) numberFrames(0, count, 0);
  setStat(STAT_FRAMES, frames + count);
  meterBatch(count);
}

function decodeOne(source: Source): i32 {
  while (hasRoom()) {
    placeFrames(readFrames(source, BATCH, batchCount, BATCH_PACKETS_MAX));
    if (lastStep == STEP_NEEDS_INPUT) return inputFor(0);
    if (lastStep == STEP_END) return DECODE_DONE;
    if (lastStep == STEP_LIMIT) return DECODE_LIMIT;
  }
  return DECODE_READY;
}

/** A capture needs input: first the batch is metered, should its rows point into windows. */
function inputFor(index: u32): i32 {
  return batchCount > 0 && isSet(CONFIG_FRAMES) ? DECODE_READY : index;
}

/** Frame numbers within a batch have 32 bits; a long run of skipped frames ends a batch early. */
function hasRoom(): bool {
  if (batchCount == 0) return true;
  return batchCount < <u32>BATCH_PACKETS_MAX && getStat(STAT_FRAMES) - batchFrame < FRAMES_IN_BATCH_MAX;
}

/** Frames of a capture into rows `row` to `rowEnd`. Answers the row behind the last; `lastStep` tells why it is. */
function readFrames(source: Source, columns: usize, row: u32, rowEnd: u32): u32 {
  const next = readRows(source, columns, row, rowEnd);
  const classifier = <usize>setting(CONFIG_CLASSIFIER);
  if (classifier != 0) settle(classifier);
  return next;
}

function readRows(source: Source, columns: usize, row: u32, rowEnd: u32): u32 {
  let next = row;
  lastStep = STEP_FRAME;
  while (next < rowEnd) {
    next = readWholeRecords(source, columns, next, rowEnd);
    if (next == rowEnd) return next;
    lastStep = readFrame(source, columns, next);
    if (lastStep != STEP_FRAME) return next;
    next++;
  }
  return next;
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

/** Takes the rows behind the batch, up to `end`, into it: frame number, clock; or leaves them out (--skip-other). */
function placeFrames(end: u32): void {
  const first = batchCount;
  const frames = getStat(STAT_FRAMES);
  if (first == 0) batchFrame = frames + 1;
  if (hasOther(first, end)) return placeEach(end);
  if (!isSet(CONFIG_CLOCKLESS)) {
    clockRows(first, end);
    if (!isSet(CONFIG_ROWLESS)) numberFrames(first, end, <u32>(frames + 1 - batchFrame) - first);
  }
  batchCount = end;
  setStat(STAT_FRAMES, frames + (end - first));
}

/** Row 0 of the batch is frame `number` of those that its frame column counts. */
function numberFrames(first: u32, end: u32, number: u32): void {
  for (let i = first; i < end; i++) store<u32>(i << 2, number + i, BATCH + COLUMN_FRAME);
}

/** True when a frame without an IP header is among rows [first, end) of the batch, which are looked at by eight. */
function hasOther(first: u32, end: u32): bool {
  let row = first;
  for (; row + 8 <= end; row += 8) {
    if (load<u64>(row, BATCH + COLUMN_OTHER) != 0) return true;
  }
  for (; row < end; row++) {
    if (isOther(BATCH, row)) return true;
  }
  return false;
}

/** Row by row: others are counted, or left out. */
function placeEach(end: u32): void {
  let frames = getStat(STAT_FRAMES);
  for (let row = batchCount; row < end; row++) {
    frames++;
    const nowNs = advanceClock(load<u64>(row << 3, BATCH + COLUMN_TIME));
    if (isOther(BATCH, row) && !takesOther(row)) continue;
    const i = batchCount++;
    if (i != row) copyFrame(BATCH, row, BATCH, i);
    store<u64>(i << 3, nowNs, BATCH + COLUMN_CLOCK);
    store<u32>(i << 2, <u32>(frames - batchFrame), BATCH + COLUMN_FRAME);
  }
  setStat(STAT_FRAMES, frames);
}

/** Counts a frame without an IP header. False when such frames are left out. */
function takesOther(row: u32): bool {
  if (isSet(CONFIG_SKIP_OTHER)) {
    addStat(STAT_SKIPPED_FRAMES, 1);
    if (isSet(CONFIG_PASSED_CLOCK)) noteLeftOut(row, batchCount);
    return false;
  }
  addStat(STAT_OTHER_PACKETS, 1);
  addStat(STAT_OTHER_BYTES, load<u32>(row << 2, BATCH + COLUMN_LENGTH));
  return true;
}

/** Takes the earliest head among the captures, again and again; at equal times the capture given first. */
function mergeSources(): i32 {
  while (hasRoom()) {
    let earliest: Source | null = null;
    let earliestNs: u64 = 0;
    for (let index: u32 = 0; index < sourceCount; index++) {
      const source = sourceAt(index);
      if (source.columnNext == source.columnCount) {
        const step = refill(source);
        if (step == STEP_NEEDS_INPUT) return inputFor(index);
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
    placeFrames(batchCount + 1);
  }
  return DECODE_READY;
}

/** Reads a capture's next frames into its own columns. STEP_FRAME when there is at least one. */
function refill(source: Source): i32 {
  source.columnNext = 0;
  source.columnCount = readFrames(source, source.columns, 0, HELD_FRAME);
  return source.columnCount > 0 ? STEP_FRAME : lastStep;
}
