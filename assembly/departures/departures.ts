/**
 * Frames between their arrival and their departure, and the captures they are written to: "frame `sequence` departs at
 * d" in any order, and "nothing departs before t any more", upon which all that is earlier is written in the order of
 * (departure, sequence number). Memory is what waits, whatever the length of the input.
 */
import {
  BATCH,
  COLUMN_CAPTURED,
  COLUMN_CLASS,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_DEPARTURE,
  COLUMN_FRAME,
  COLUMN_FRAME_AT,
  COLUMN_LENGTH,
  COLUMN_TIME,
  COLOR_RED,
  FORMAT_UNKNOWN,
} from "../abi";
import {
  COLUMN_FACE,
  COLUMN_ORIGINAL,
  CONFIG_DROPPED_FORMAT,
  CONFIG_MEASURES,
  CONFIG_OUTPUT_FORMAT,
  FACE_CUT,
  HOLD_GOES_ON,
  HOLD_MEMORY_FULL,
  HOLD_OUTPUT_FULL,
  QUEUE_CUT_FRAMES,
  QUEUE_DROPPED_FRAMES,
  QUEUE_MOST_BYTES,
  QUEUE_MOST_FRAMES,
  QUEUE_WRITTEN_FRAMES,
} from "../abi/departures";
import { CONFIG_LINK, LINK_DEPARTED_AT, LINK_DEPARTED_COUNT, LINK_DEPARTED_SEQUENCE } from "../abi/link";
import { batchFirstFrame } from "../capture/decode";
import { sourceAt } from "../capture/sources";
import { isSet, setting } from "../config";
import { measureSent } from "../measure/link";
import {
  copyBytes,
  createCells,
  FRAME_CAPTURED,
  FRAME_FACE,
  FRAME_ORIGINAL,
  reserveFrame,
  storeFrame,
  takeFrame,
  touchFrame,
} from "./cells";
import { addCount, raiseCount } from "./counts";
import { cellOf, KEY_TIME, tieOf } from "./keys";
import { createWheel, dueAt, nextDue, putKey, reserveKeys } from "./wheel";
import {
  addUnsent,
  findUnsent,
  removeUnsent,
  reserveUnsent,
  UNSENT_ARRIVAL,
  UNSENT_CELL,
  UNSENT_CLASS,
  UNSENT_LENGTH,
  unsentCount,
} from "./unsent";
import { beginRecord, createWriter, endRecord, hasRoom, whyNotTaken, Writer } from "./writer";

/** Frames whose stored bytes are asked for together, for they come from anywhere in memory. */
const TOUCHED_TOGETHER: u32 = 32;

let output: Writer | null = null;
let dropped: Writer | null = null;
/** Why the last call stopped, HOLD_*. */
let stop: u32 = HOLD_GOES_ON;
let dueNext: u32 = 0;
let dueCount: u32 = 0;
/** Frame number that COLUMN_FRAME counts from. */
let firstFrame: u64 = 0;
/** Number of the batch's first packet on a link, from 0. */
let firstPacket: u64 = 0;
let isBegun: bool = false;
/** Frames that wait, and their captured bytes. */
let heldFrames: u64 = 0;
let heldBytes: u64 = 0;

/** Makes the queue from the settings, once `initialize` has been called. False when memory does not suffice. */
export function createDepartures(): bool {
  output = createWriter(<u32>setting(CONFIG_OUTPUT_FORMAT));
  if (output === null || !createCells() || !createWheel()) return false;
  const droppedFormat = <u32>setting(CONFIG_DROPPED_FORMAT);
  if (droppedFormat == <u32>FORMAT_UNKNOWN) return true;
  dropped = createWriter(droppedFormat);
  return dropped !== null;
}

/** Why the last `holdFrames` or `releaseFrames` stopped: HOLD_*. */
export function holdStop(): u32 {
  return stop;
}

/**
 * Takes the frames of the batch that was metered, from row `next` to `count`: red ones are written as dropped, should
 * that be asked for, all others wait for COLUMN_DEPARTURE. Answers the row behind the last one taken.
 */
export function holdFrames(next: u32, count: u32): u32 {
  if (!isBegun) begin();
  firstFrame = batchFirstFrame();
  // For all rows at once: a link's frames have no keys yet.
  stop = reserveKeys(unsentCount() + (count - next)) ? HOLD_GOES_ON : HOLD_MEMORY_FULL;
  let row = next;
  while (row < count && stop == <u32>HOLD_GOES_ON) {
    stop = load<u8>(row, BATCH + COLUMN_COLOR) == <u8>COLOR_RED ? writeDropped(row) : hold(row);
    if (stop == <u32>HOLD_GOES_ON) row++;
  }
  raiseCount(QUEUE_MOST_FRAMES, heldFrames);
  raiseCount(QUEUE_MOST_BYTES, heldBytes);
  return row;
}

/** With the first frame all captures, or the only one, have told their byte order. */
function begin(): void {
  isBegun = true;
  output!.isSwapped = sourceAt(0).isSwapped;
  if (dropped !== null) dropped!.isSwapped = sourceAt(0).isSwapped;
}

/** True when what is written has the byte order that is not ours. Known with the first frame. */
export function isOutputSwapped(): bool {
  return output!.isSwapped;
}

function hold(row: u32): u32 {
  const captured = load<u32>(row << 2, BATCH + COLUMN_CAPTURED);
  const face = faceOf(row);
  const why = whyNotTaken(output!, face);
  if (why != <u32>HOLD_GOES_ON) return why;
  if (!reserveFrame(captured)) return HOLD_MEMORY_FULL;
  const onLink = isSet(CONFIG_LINK);
  if (onLink && !reserveUnsent()) return HOLD_MEMORY_FULL;
  const original = load<u32>(row << 2, BATCH + COLUMN_ORIGINAL);
  const cell = storeFrame(load<u32>(row << 2, BATCH + COLUMN_FRAME_AT), captured, original, face);
  if (onLink) holdUnsent(row, cell);
  else putKey(load<u64>(row << 3, BATCH + COLUMN_DEPARTURE), tieOf(sequenceOf(row), cell));
  heldFrames++;
  heldBytes += captured;
  countCut(row);
  return HOLD_GOES_ON;
}

function holdUnsent(row: u32, cell: usize): void {
  const arrivalNs = load<u64>(row << 3, BATCH + COLUMN_CLOCK);
  const lengthBytes = load<u32>(row << 2, BATCH + COLUMN_LENGTH);
  addUnsent(firstPacket + row, arrivalNs, cell, lengthBytes, load<u16>(row << 1, BATCH + COLUMN_CLASS));
}

/**
 * Frames on a link: those that it has begun to send, in its newest run, depart when they have left. `packets` is the
 * number of that run's rows.
 */
export function departFromLink(packets: u32): void {
  const link = <usize>setting(CONFIG_LINK);
  const count = load<u32>(link, LINK_DEPARTED_COUNT);
  const sequences = <usize>load<u32>(link, LINK_DEPARTED_SEQUENCE);
  const times = <usize>load<u32>(link, LINK_DEPARTED_AT);
  const isMeasured = isSet(CONFIG_MEASURES);
  for (let i: u32 = 0; i < count; i++) {
    const index = load<u64>(sequences + (i << 3));
    const entry = findUnsent(index);
    // A frame that there was no memory for.
    if (entry == 0) continue;
    const departureNs = load<u64>(times + (i << 3));
    putKey(departureNs, tieOf(index, load<u32>(entry, UNSENT_CELL)));
    if (isMeasured) {
      const packetClass = load<u32>(entry, UNSENT_CLASS);
      measureSent(packetClass, load<u64>(entry, UNSENT_ARRIVAL), departureNs, load<u32>(entry, UNSENT_LENGTH));
    }
    removeUnsent(entry);
  }
  firstPacket += packets;
}

function writeDropped(row: u32): u32 {
  const writer = dropped;
  if (writer === null) return HOLD_GOES_ON;
  const captured = load<u32>(row << 2, BATCH + COLUMN_CAPTURED);
  const face = faceOf(row);
  const why = whyNotTaken(writer, face);
  if (why != <u32>HOLD_GOES_ON) return why;
  if (!hasRoom(writer, face, captured)) return HOLD_OUTPUT_FULL;
  const timeNs = load<u64>(row << 3, BATCH + COLUMN_TIME);
  const to = beginRecord(writer, timeNs, face, captured, load<u32>(row << 2, BATCH + COLUMN_ORIGINAL));
  copyBytes(load<u32>(row << 2, BATCH + COLUMN_FRAME_AT), to, captured);
  endRecord(writer, captured);
  addCount(QUEUE_DROPPED_FRAMES, 1);
  countCut(row);
  return HOLD_GOES_ON;
}

function faceOf(row: u32): u32 {
  return load<u32>(row << 2, BATCH + COLUMN_FACE) & ~FACE_CUT;
}

function countCut(row: u32): void {
  if ((load<u32>(row << 2, BATCH + COLUMN_FACE) & FACE_CUT) != 0) addCount(QUEUE_CUT_FRAMES, 1);
}

function sequenceOf(row: u32): u64 {
  return firstFrame + load<u32>(row << 2, BATCH + COLUMN_FRAME);
}

/** Writes, in order, the frames that depart before `timeNs`, and no frame may depart before it any more. */
export function releaseFrames(timeNs: u64): void {
  const writer = output!;
  stop = HOLD_GOES_ON;
  while (true) {
    if (dueNext == dueCount) {
      dueCount = nextDue(timeNs);
      dueNext = 0;
      if (dueCount == 0) return;
    }
    const end = min(dueNext + TOUCHED_TOGETHER, dueCount);
    for (let i = dueNext; i < end; i++) touchFrame(cellOf(dueAt(i)));
    while (dueNext < end) {
      if (!writeDue(writer, dueAt(dueNext))) {
        stop = HOLD_OUTPUT_FULL;
        return;
      }
      dueNext++;
    }
  }
}

/** False when there is no room. */
function writeDue(writer: Writer, key: usize): bool {
  const cell = cellOf(key);
  const captured = load<u32>(cell, FRAME_CAPTURED);
  const face = load<u32>(cell, FRAME_FACE);
  if (!hasRoom(writer, face, captured)) return false;
  const to = beginRecord(writer, load<u64>(key, KEY_TIME), face, captured, load<u32>(cell, FRAME_ORIGINAL));
  takeFrame(cell, to);
  endRecord(writer, captured);
  addCount(QUEUE_WRITTEN_FRAMES, 1);
  heldFrames--;
  heldBytes -= captured;
  return true;
}

/** Address of what the calls before have written: 0 the shaped capture, 1 the dropped frames. */
export function outputAt(which: u32): usize {
  return which == 0 ? output!.buffer : dropped!.buffer;
}

/** An interface that the frames written came from, or FACE_NONE when there was no frame. */
export function outputFace(which: u32): u32 {
  return which == 0 ? output!.face : dropped!.face;
}

/** Hands it over: its bytes, which stand until the next frame is held or released. */
export function takeOutput(which: u32): u32 {
  const writer = which == 0 ? output! : dropped!;
  const bytes = writer.used;
  writer.used = 0;
  return bytes;
}
