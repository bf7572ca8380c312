/**
 * Where a record begins, in the middle of a pcap file, which has nothing that says so: what looks like a record whose
 * successors look like records, too. Whoever asks has to compare it with where the record before it ends.
 */
import { FORMAT_PCAP } from "../abi";
import { LENGTHS_IN_ORDER, PLAUSIBLE_CAPTURED_MAX } from "./dialect";
import { Source } from "./source";
import { NS_PER_SEC } from "./time";

/** Successive headers that must look like some; fewer, down to the least, where the window ends before. */
const RECORDS_WANTED: u32 = 12;
const RECORDS_LEAST: u32 = 3;
/** Seconds between two records, either way. Where traffic pauses for longer, no beginning is found in the pause. */
const PAUSE_SEC_MAX: u32 = 3600;

/** Moves the cursor to the first such place. False when the window has none. */
export function findRecord(source: Source): bool {
  if (source.format != FORMAT_PCAP || source.lengthOrder != LENGTHS_IN_ORDER) return false;
  const end = source.end();
  for (let at = source.at(); at + source.recordHeaderBytes <= end; at++) {
    if (!isChain(source, at, end)) continue;
    source.cursor = <u32>(at - source.window);
    return true;
  }
  return false;
}

function isChain(source: Source, first: usize, end: usize): bool {
  const headerBytes = source.recordHeaderBytes;
  let at = first;
  let seconds = source.u32At(first);
  for (let count: u32 = 0; count < RECORDS_WANTED; count++) {
    if (at + headerBytes > end) return count >= RECORDS_LEAST;
    const next = source.u32At(at);
    if (!isPlausible(source, at) || max(next, seconds) - min(next, seconds) > PAUSE_SEC_MAX) return false;
    seconds = next;
    at += headerBytes + source.u32At(at + 8);
  }
  return true;
}

/** As the documented form has it: fraction, captured length, original length. */
function isPlausible(source: Source, record: usize): bool {
  const fraction = <u64>source.u32At(record + 4);
  const capturedBytes = source.u32At(record + 8);
  const snapBytes = source.snapBytes == 0 ? PLAUSIBLE_CAPTURED_MAX : min(source.snapBytes, PLAUSIBLE_CAPTURED_MAX);
  return (
    capturedBytes - 1 < snapBytes &&
    capturedBytes <= source.u32At(record + 12) &&
    fraction * source.nsPerFraction < NS_PER_SEC
  );
}
