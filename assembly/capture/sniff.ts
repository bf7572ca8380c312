/** Which format a capture is in, told by its first bytes; the two formats we refuse by name; all others. */
import { CAPTURE_ERF, CAPTURE_OPEN, CAPTURE_SNOOP, CAPTURE_TRUNCATED, CAPTURE_UNKNOWN } from "../abi";
import { MAGIC_MICRO, MAGIC_MODIFIED, MAGIC_NANO } from "./magic";
import { openPcap } from "./pcap";
import { BLOCK_SECTION, openPcapng } from "./pcapng";
import { Source, stop } from "./source";

const MAGIC_BYTES: u32 = 4;
/** "snoo", the start of RFC 1761's identification pattern, as it lies in memory. */
const MAGIC_SNOOP: u32 = 0x6f6f6e73;
const ERF_HEADER_BYTES: u32 = 16;
const ERF_TYPE_MAX: u32 = 48;

/** Reads the file header once it is there. False: more input is needed first. */
export function openCapture(source: Source): bool {
  if (source.left() < MAGIC_BYTES) {
    if (source.isEnded) stop(source, source.left() == 0 ? CAPTURE_UNKNOWN : CAPTURE_TRUNCATED);
    return source.isEnded;
  }
  if (load<u32>(source.at()) == BLOCK_SECTION) return openPcapng(source);
  if (isPcap(source)) return openPcap(source, magicOf(source));
  if (source.left() < ERF_HEADER_BYTES && !source.isEnded) return false;
  const status = refusal(source);
  if (status == CAPTURE_OPEN) return false;
  stop(source, status);
  return true;
}

/** The magic number in the file's own byte order, which it also tells. */
function magicOf(source: Source): u32 {
  return source.u32At(source.at());
}

function isPcap(source: Source): bool {
  const magic = load<u32>(source.at());
  source.isSwapped = isPcapMagic(bswap<u32>(magic));
  return source.isSwapped || isPcapMagic(magic);
}

function isPcapMagic(magic: u32): bool {
  return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_MODIFIED;
}

/**
 * ERF has no magic number: time stamp 8, type 1, flags 1, record length 2, loss counter 2, wire length 2, big-endian
 * from the type on. A known type and a record length that leads to another such header, or to the
 * end, is taken for it (else any text with a space in the right place would be).
 * CAPTURE_OPEN: the next header is still to come.
 */
function refusal(source: Source): u32 {
  if (load<u32>(source.at()) == MAGIC_SNOOP) return CAPTURE_SNOOP;
  if (!isErfHeader(source.at(), source.end())) return CAPTURE_UNKNOWN;
  const next = source.at() + bswap<u16>(load<u16>(source.at(), 10));
  if (next + ERF_HEADER_BYTES > source.end() && !source.isEnded) return CAPTURE_OPEN;
  return next == source.end() || isErfHeader(next, source.end()) ? CAPTURE_ERF : CAPTURE_UNKNOWN;
}

function isErfHeader(at: usize, end: usize): bool {
  if (at + ERF_HEADER_BYTES > end) return false;
  const type = <u32>(load<u8>(at, 8) & 0x7f);
  return type > 0 && type <= ERF_TYPE_MAX && bswap<u16>(load<u16>(at, 10)) >= <u16>ERF_HEADER_BYTES;
}
