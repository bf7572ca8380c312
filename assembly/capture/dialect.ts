/**
 * Dialects of pcap that no field announces: patched libpcaps of about 1999 wrote more bytes into each record header
 * under the same magic number. As in Wireshark, what makes the first records plausible decides; the documented form
 * wins unless it fails where another one fits.
 */
import { WINDOW_BYTES } from "../abi";
import { MAGIC_MODIFIED } from "./magic";
import { Source } from "./source";

/** Which of the two lengths of a record comes first: the captured one, the original one, or whichever is smaller. */
export const LENGTHS_IN_ORDER: u32 = 0;
export const LENGTHS_SWAPPED: u32 = 1;
export const LENGTHS_BY_SIZE: u32 = 2;

export const RECORD_UNDECIDED: u32 = 0;

/** Record headers in bytes: documented; with interface index, protocol and type; Nokia's; SuSE 6.3's. */
const RECORD_STANDARD: u32 = 16;
const RECORD_MODIFIED: u32 = 24;
const RECORD_NOKIA: u32 = 20;
const RECORD_SUSE: u32 = 28;

/** Records looked at. Two consecutive headers that fit by chance are as good as impossible, three are more than that. */
const RECORDS_CHECKED: u32 = 3;
const NEEDS_MORE: u32 = u32.MAX_VALUE;
/** Larger captured lengths speak against a dialect (the largest snap length in use is 256 KiB). */
export const PLAUSIBLE_CAPTURED_MAX: u32 = 262144;
/** Micro- or nanoseconds: either way below this. */
const PLAUSIBLE_FRACTION_MAX: u32 = 1_000_000_000;

/** Versions before 2.3 wrote the original length first, 2.3 either way (libpcap, savefile.c). */
export function lengthOrder(major: u32, minor: u32): u32 {
  if (major != 2 || minor > 3) return LENGTHS_IN_ORDER;
  return minor == 3 ? LENGTHS_BY_SIZE : LENGTHS_SWAPPED;
}

/** Bytes of this file's record headers, or RECORD_UNDECIDED while too little of it has been read. */
export function chooseRecordHeader(source: Source, magic: u32, firstRecord: usize): u32 {
  const isModified = magic == MAGIC_MODIFIED;
  const usual = isModified ? RECORD_MODIFIED : RECORD_STANDARD;
  const fits = plausibleRecords(source, firstRecord, usual, false);
  if (fits == NEEDS_MORE) return RECORD_UNDECIDED;
  if (fits == RECORDS_CHECKED) return usual;
  const second = isModified ? RECORD_SUSE : RECORD_MODIFIED;
  const secondFits = plausibleRecords(source, firstRecord, second, true);
  if (secondFits == NEEDS_MORE) return RECORD_UNDECIDED;
  if (secondFits == RECORDS_CHECKED) return second;
  if (isModified) return usual;
  const nokiaFits = plausibleRecords(source, firstRecord, RECORD_NOKIA, true);
  if (nokiaFits == NEEDS_MORE) return RECORD_UNDECIDED;
  return nokiaFits == RECORDS_CHECKED ? RECORD_NOKIA : usual;
}

/**
 * Consecutive plausible records from `first` on, at most RECORDS_CHECKED; NEEDS_MORE when more input would tell: what
 * decides is what the file holds, never how much of it has come so far. Of the usual form, a file that ends before
 * something implausible has been seen is taken at its word: it was cut. Of the others (`isStrict`) it must end with a
 * record, and each captured length must be above 0 and at most the original one, as real files of the usual form may
 * not have.
 */
function plausibleRecords(source: Source, first: usize, headerBytes: u32, isStrict: bool): u32 {
  const isComplete = source.isEnded || source.left() == WINDOW_BYTES;
  const end = source.end();
  let at = first;
  for (let count: u32 = 0; count < RECORDS_CHECKED; count++) {
    if (at + headerBytes > end) {
      if (!isComplete) return NEEDS_MORE;
      return !isStrict || (at == end && count > 0) ? RECORDS_CHECKED : count;
    }
    const capturedBytes = source.u32At(at + 8);
    if (capturedBytes > PLAUSIBLE_CAPTURED_MAX || source.u32At(at + 4) >= PLAUSIBLE_FRACTION_MAX) return count;
    if (isStrict && (capturedBytes == 0 || source.u32At(at + 12) < capturedBytes)) return count;
    at += headerBytes + capturedBytes;
    if (at > end && count + 1 < RECORDS_CHECKED) {
      if (!isComplete) return NEEDS_MORE;
      return isStrict ? count + 1 : RECORDS_CHECKED;
    }
  }
  return RECORDS_CHECKED;
}
