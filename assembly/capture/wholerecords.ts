/**
 * The usual case of pcap, in one loop with its state in locals: documented field order, records wholly in the window.
 * Everything else (cut, longer than the window, zeros, old field orders) is left to pcap.ts, record by record.
 */
import { CAPTURE_OPEN, CONFIG_FRAMES, FORMAT_PCAP } from "../abi";
import { isSet } from "../config";
import { LENGTHS_IN_ORDER } from "./dialect";
import { writeFrame } from "./frame";
import { writeOrigin, writePosition, writeRecordPlace } from "./position";
import { Source } from "./source";
import { NS_PER_SEC } from "./time";
import { IP, keepsTuples, readsTuples, writeTupleFrame } from "./tupleframe";
import { hashWaiting } from "./tuplehash";

/** Reads records into rows `row` to `rowEnd` while they are of the usual kind. Answers the row behind the last. */
export function readWholeRecords(source: Source, columns: usize, row: u32, rowEnd: u32): u32 {
  if (!isUsual(source)) return row;
  const headerBytes = source.recordHeaderBytes;
  const nsPerFraction = <u64>source.nsPerFraction;
  const snapBytes = source.snapBytes == 0 ? u32.MAX_VALUE : source.snapBytes; // 0 means no limit
  const isSwapped = source.isSwapped;
  const wantsPlaces = isSet(CONFIG_FRAMES);
  const hasTuples = readsTuples(source.link);
  const keepsKeys = keepsTuples();
  const end = source.end();
  const start = source.at();
  let record = start;
  let next = row;
  while (next < rowEnd && record + headerBytes <= end) {
    const stamp = order64(load<u64>(record), isSwapped);
    const lengths = order64(load<u64>(record, 8), isSwapped);
    const capturedBytes = <u32>lengths;
    const originalBytes = <u32>(lengths >>> 32);
    const frame = record + headerBytes;
    if (capturedBytes > <u32>(end - frame) || (stamp | lengths) == 0) break;
    const fractionNs = (stamp >>> 32) * nsPerFraction;
    if (fractionNs >= NS_PER_SEC) source.longSubseconds++;
    if (capturedBytes > originalBytes || capturedBytes > snapBytes) source.longCaptures++;
    const timeNs = <u64>(<u32>stamp) * NS_PER_SEC + fractionNs;
    if (wantsPlaces) {
      const offset = source.windowOffset + (record - source.window);
      writeRecordPlace(columns, next, offset, headerBytes + capturedBytes);
    }
    record = frame + capturedBytes;
    if (!hasTuples || !writeTupleFrame(columns, next, timeNs, frame, record, originalBytes, keepsKeys)) {
      writeFrame(source, columns, next, source.link, timeNs, frame, record, originalBytes);
    } else if (wantsPlaces) {
      writePosition(columns, next, frame, record, frame + IP, 0);
      writeOrigin(columns, next, originalBytes, source.face);
    }
    next++;
  }
  if (hasTuples) hashWaiting(columns);
  const count = next - row;
  source.cursor += <u32>(record - start);
  source.frames += count;
  source.framingBytes += count * headerBytes;
  source.frameBytes += <u32>(record - start) - count * headerBytes;
  return next;
}

function isUsual(source: Source): bool {
  return (
    source.status == CAPTURE_OPEN &&
    source.format == FORMAT_PCAP &&
    source.recordHeaderBytes != 0 &&
    source.lengthOrder == LENGTHS_IN_ORDER &&
    !source.isHeld &&
    !source.isInZeros &&
    source.zeroRecords == 0
  );
}

/** Two 32-bit fields as they would lie in a little-endian file: the first in the low half. */
function order64(fields: u64, isSwapped: bool): u64 {
  return isSwapped ? rotl(bswap<u64>(fields), 32) : fields;
}
