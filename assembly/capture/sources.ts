/** The captures of this run, in the order given. */
import { SOURCES_MAX } from "../abi";
import { allocateZeroed } from "../arena";
import { findRecord } from "./resync";
import { completeUpTo, createSource, makeSpace, moveTo, Source } from "./source";

const list = allocateZeroed(SOURCES_MAX * 4);
export let sourceCount: u32 = 0;

/** Adds a capture. Its address, or 0 when there are SOURCES_MAX, or memory does not suffice. */
export function addSource(): usize {
  if (sourceCount == <u32>SOURCES_MAX) return 0;
  const source = createSource();
  if (source == null) return 0;
  store<u32>(list + (sourceCount++ << 2), <u32>changetype<usize>(source));
  return changetype<usize>(source);
}

export function sourceAt(index: u32): Source {
  return changetype<Source>(<usize>load<u32>(list + (index << 2)));
}

/** Makes room in the window of capture `index`. Answers how many bytes may be written at `spaceAt`. */
export function spaceFor(index: u32): u32 {
  return makeSpace(sourceAt(index));
}

/** Address where the next bytes of capture `index` go. */
export function spaceAt(index: u32): usize {
  return sourceAt(index).end();
}

/** Tells that `bytes` more have been written to the window of capture `index`, or, with 0, that its input has ended. */
export function feed(index: u32, bytes: u32): void {
  const source = sourceAt(index);
  source.filled += bytes;
  if (bytes == 0) source.isEnded = true;
}

/** No record of capture `index` is begun at or behind file offset `offset` (pcap only): DECODE_LIMIT is answered there. */
export function limitCapture(index: u32, offset: u64): void {
  sourceAt(index).limit = offset;
}

/** Capture `index`, whose header was read, goes on at file offset `offset`. Its window wants those bytes. */
export function moveCapture(index: u32, offset: u64): void {
  moveTo(sourceAt(index), offset);
}

/** Passes over the window of capture `index` up to what looks like a record's beginning. False when nothing does. */
export function seekRecord(index: u32): bool {
  return findRecord(sourceAt(index));
}

/** File offset up to which all bytes of capture `index` belong to what was handed out. */
export function captureOffset(index: u32): u64 {
  return completeUpTo(sourceAt(index));
}
