/**
 * Where a row's frame lies (CONFIG_FRAMES): its captured bytes, its outermost IP header, its outermost VLAN tag; and
 * what a capture that is written says of it: length on the wire, interface, where in the file its record lies.
 * Positions hold until the capture's window is fed again; a batch therefore ends before a capture needs input, and a
 * frame longer than the window is read from a copy of its beginning, which stays (`Source.head`).
 */
import {
  COLUMN_CAPTURED,
  COLUMN_FRAME_AT,
  COLUMN_NETWORK_AT,
  COLUMN_RECORD_BYTES,
  COLUMN_RECORD_OFFSET,
  COLUMN_TAG_AT,
} from "../abi";
import { COLUMN_FACE, COLUMN_ORIGINAL, FACE_CUT } from "../abi/departures";

/** Writes the positions of the frame at `frame`, captured up to `end`; `network` and `tag` are 0 where there is none. */
export function writePosition(columns: usize, row: u32, frame: usize, end: usize, network: usize, tag: usize): void {
  const at = columns + (row << 2);
  store<u32>(at, <u32>frame, COLUMN_FRAME_AT);
  store<u32>(at, <u32>(end - frame), COLUMN_CAPTURED);
  store<u32>(at, <u32>network, COLUMN_NETWORK_AT);
  store<u32>(at, <u32>tag, COLUMN_TAG_AT);
}

/** Writes where in the file the frame's record or block lies, and how long it is. */
export function writeRecordPlace(columns: usize, row: u32, offset: u64, bytes: u32): void {
  store<u64>(columns + (row << 3), offset, COLUMN_RECORD_OFFSET);
  store<u32>(columns + (row << 2), bytes, COLUMN_RECORD_BYTES);
}

/** Writes length on the wire and interface. */
export function writeOrigin(columns: usize, row: u32, original: u32, face: u32): void {
  const at = columns + (row << 2);
  store<u32>(at, original, COLUMN_ORIGINAL);
  store<u32>(at, face, COLUMN_FACE);
}

/** Of the row's captured bytes some are not there. */
export function markCut(columns: usize, row: u32): void {
  const at = columns + (row << 2);
  store<u32>(at, load<u32>(at, COLUMN_FACE) | FACE_CUT, COLUMN_FACE);
}

/** Copies all of that. */
export function copyPosition(from: usize, fromRow: u32, to: usize, toRow: u32): void {
  const source = from + (fromRow << 2);
  const target = to + (toRow << 2);
  store<u32>(target, load<u32>(source, COLUMN_FRAME_AT), COLUMN_FRAME_AT);
  store<u32>(target, load<u32>(source, COLUMN_CAPTURED), COLUMN_CAPTURED);
  store<u32>(target, load<u32>(source, COLUMN_NETWORK_AT), COLUMN_NETWORK_AT);
  store<u32>(target, load<u32>(source, COLUMN_TAG_AT), COLUMN_TAG_AT);
  store<u32>(target, load<u32>(source, COLUMN_ORIGINAL), COLUMN_ORIGINAL);
  store<u32>(target, load<u32>(source, COLUMN_FACE), COLUMN_FACE);
  const offset = load<u64>(from + (fromRow << 3), COLUMN_RECORD_OFFSET);
  writeRecordPlace(to, toRow, offset, load<u32>(source, COLUMN_RECORD_BYTES));
}
