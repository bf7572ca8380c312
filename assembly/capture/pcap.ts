/**
 * pcap files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, and its dialects (dialect.ts).
 * A record: seconds 4, fraction 4, captured length 4, original length 4, perhaps more; then the captured bytes.
 */
import { CAPTURE_ENDED, CAPTURE_TRUNCATED, CAPTURE_UNKNOWN, CONFIG_FRAMES, FORMAT_PCAP } from "../abi";
import { isSet } from "../config";
import { chooseRecordHeader, lengthOrder, LENGTHS_BY_SIZE, LENGTHS_SWAPPED, RECORD_UNDECIDED } from "./dialect";
import { addFace } from "./faces";
import { copyFrame, writeFrame } from "./frame";
import { MAGIC_NANO } from "./magic";
import { markCut, writeRecordPlace } from "./position";
import {
  abandon,
  awaitRecord,
  beginLongRecord,
  completeUpTo,
  HELD_FRAME,
  isWhole,
  longRecordAt,
  Source,
  STEP_END,
  STEP_FRAME,
  STEP_LIMIT,
  STEP_NEEDS_INPUT,
  stop,
} from "./source";
import { NS_PER_SEC } from "./time";

const PCAP_HEADER_BYTES: u32 = 24;
const FRACTIONS_PER_SEC_MICRO: u32 = 1_000_000;
/** The upper half of the link-type word holds the FCS length and flags. */
const LINK_MASK: u32 = 0xffff;
const VERSION_MAJOR: u32 = 2;
/** Written by an old AIX tcpdump. */
const VERSION_MAJOR_AIX: u32 = 543;

/** Reads the file header at the window's start. False: more input is needed first. */
export function openPcap(source: Source, magic: u32): bool {
  if (source.left() < PCAP_HEADER_BYTES) {
    if (source.isEnded) stop(source, CAPTURE_TRUNCATED);
    return source.isEnded;
  }
  const header = source.at();
  source.format = FORMAT_PCAP;
  const major = source.u16At(header + 4);
  if (major != VERSION_MAJOR && major != VERSION_MAJOR_AIX) {
    stop(source, CAPTURE_UNKNOWN);
    return true;
  }
  source.snapBytes = source.u32At(header + 16);
  source.link = source.u32At(header + 20) & LINK_MASK;
  source.nsPerFraction = magic == MAGIC_NANO ? 1 : 1000;
  source.clockPerSecond = magic == MAGIC_NANO ? NS_PER_SEC : FRACTIONS_PER_SEC_MICRO;
  source.lengthOrder = lengthOrder(major, source.u16At(header + 6));
  const recordHeaderBytes = chooseRecordHeader(source, magic, header + PCAP_HEADER_BYTES);
  if (recordHeaderBytes == RECORD_UNDECIDED) return false;
  source.recordHeaderBytes = recordHeaderBytes;
  source.face = addFace(source, source.u32At(header + 20), source.snapBytes, 0, 0);
  source.cursor += PCAP_HEADER_BYTES;
  source.framingBytes += PCAP_HEADER_BYTES;
  return true;
}

/** The next frame, into row `row` of `columns`. */
export function readPcap(source: Source, columns: usize, row: u32): i32 {
  if (source.skip != 0 || source.isHeld) return finishHeld(source, columns, row);
  if (source.isInZeros || source.zeroRecords != 0) {
    const step = readZeros(source, columns, row);
    if (step >= 0) return step;
  }
  if (source.offset() >= source.limit) return STEP_LIMIT;
  const headerBytes = source.recordHeaderBytes;
  if (source.left() < headerBytes) {
    if (!source.isEnded) return STEP_NEEDS_INPUT;
    return stop(source, source.left() == 0 ? CAPTURE_ENDED : CAPTURE_TRUNCATED);
  }
  const record = source.at();
  if ((load<u64>(record) | load<u64>(record, 8)) == 0 && isZero(record, headerBytes)) {
    source.isInZeros = true;
    return readPcap(source, columns, row);
  }
  return readRecord(source, columns, row, record, headerBytes);
}

function readRecord(source: Source, columns: usize, row: u32, record: usize, headerBytes: u32): i32 {
  const first = source.u32At(record + 8);
  const second = source.u32At(record + 12);
  const order = source.lengthOrder;
  const isSwapped = order == LENGTHS_SWAPPED || (order == LENGTHS_BY_SIZE && first > second);
  const capturedBytes = isSwapped ? second : first;
  const originalBytes = isSwapped ? first : second;
  const recordBytes = <u64>headerBytes + capturedBytes;
  if (isWhole(source, recordBytes)) {
    noteLengths(source, capturedBytes, originalBytes);
    put(source, columns, row, record, capturedBytes, originalBytes);
    notePlace(source, columns, row, <u32>recordBytes);
    source.cursor += <u32>recordBytes;
    source.frames++;
    source.framingBytes += headerBytes;
    source.frameBytes += capturedBytes;
    return STEP_FRAME;
  }
  const step = awaitRecord(source, recordBytes);
  if (step == STEP_END) return stop(source, CAPTURE_TRUNCATED);
  if (step == STEP_NEEDS_INPUT) return step;
  // Longer than the window: what is here holds all headers; the frame counts once its last byte has come.
  noteLengths(source, capturedBytes, originalBytes);
  beginLongRecord(source, recordBytes, source.left());
  put(source, source.columns, HELD_FRAME, longRecordAt(source), source.left() - headerBytes, originalBytes);
  notePlace(source, source.columns, HELD_FRAME, <u32>recordBytes);
  if (isSet(CONFIG_FRAMES)) markCut(source.columns, HELD_FRAME);
  source.isHeld = true;
  source.heldBytes = capturedBytes;
  source.skip = recordBytes - source.left();
  source.cursor = source.filled;
  return STEP_NEEDS_INPUT;
}

function noteLengths(source: Source, capturedBytes: u32, originalBytes: u32): void {
  if (capturedBytes > originalBytes || (source.snapBytes != 0 && capturedBytes > source.snapBytes))
    source.longCaptures++;
}

/** Notes where the record of `bytes` lies that begins at the cursor. */
function notePlace(source: Source, columns: usize, row: u32, bytes: u32): void {
  if (isSet(CONFIG_FRAMES)) writeRecordPlace(columns, row, source.offset(), bytes);
}

/** Writes the row of the record at `record`, of whose frame `readableBytes` are in the window. */
function put(source: Source, columns: usize, row: u32, record: usize, readableBytes: u32, originalBytes: u32): void {
  const fractionNs = <u64>source.u32At(record + 4) * source.nsPerFraction;
  if (fractionNs >= NS_PER_SEC) source.longSubseconds++;
  const timeNs = <u64>source.u32At(record) * NS_PER_SEC + fractionNs;
  const frame = record + source.recordHeaderBytes;
  writeFrame(source, columns, row, source.link, timeNs, frame, frame + readableBytes, originalBytes);
}

/** Passes over the rest of a record longer than the window, then hands out its frame. */
function finishHeld(source: Source, columns: usize, row: u32): i32 {
  const passed = <u32>min<u64>(source.skip, source.left());
  source.cursor += passed;
  source.skip -= passed;
  const headerBytes = source.recordHeaderBytes;
  if (source.skip != 0) {
    if (!source.isEnded) return STEP_NEEDS_INPUT;
    return abandon(source, CAPTURE_TRUNCATED, <u64>headerBytes + source.heldBytes - source.skip);
  }
  source.isHeld = false;
  copyFrame(source.columns, HELD_FRAME, columns, row);
  source.frames++;
  source.framingBytes += headerBytes;
  source.frameBytes += source.heldBytes;
  return STEP_FRAME;
}

/**
 * Records of nothing but zeros. At the end of a file that was allocated ahead of its use they are no frames; when
 * something else follows, each was an empty frame at time 0. Below 0: no zero record is due, read on.
 */
function readZeros(source: Source, columns: usize, row: u32): i32 {
  const headerBytes = source.recordHeaderBytes;
  while (source.isInZeros) {
    if (source.left() >= headerBytes && isZero(source.at(), headerBytes)) {
      source.cursor += headerBytes;
      source.zeroRecords++;
    } else if (source.left() < headerBytes && isZero(source.at(), source.left())) {
      if (!source.isEnded) return STEP_NEEDS_INPUT;
      source.trailingBytes += source.zeroRecords * headerBytes;
      source.zeroRecords = 0;
      source.isInZeros = false;
      return stop(source, CAPTURE_ENDED);
    } else {
      source.isInZeros = false;
    }
  }
  if (source.zeroRecords == 0) return -1;
  if (isSet(CONFIG_FRAMES)) writeRecordPlace(columns, row, completeUpTo(source), headerBytes);
  source.zeroRecords--;
  source.framingBytes += headerBytes;
  source.frames++;
  writeFrame(source, columns, row, source.link, 0, source.at(), source.at(), 0);
  return STEP_FRAME;
}

function isZero(at: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    if (load<u8>(at + i) != 0) return false;
  }
  return true;
}
