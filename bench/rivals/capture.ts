/**
 * A capture meter as it is written first: Buffer reads, a text for each address, a text key a flow, a Map of objects.
 * Reads what the benchmark's captures hold: little-endian pcap, Ethernet, IPv4 and IPv6, TCP and UDP.
 */

interface Bucket {
  tokens: number;
  lastSec: number;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERTYPE_IPV4 = 0x0800;
const GREEN = 0;
const RED = 2;

type OnPacket = (timeSec: number, length: number, flow: string) => void;

/** Calls back with every packet of the capture. Times count from the first second, to keep their fractions. */
export function parseCapture(capture: Buffer, onPacket: OnPacket): void {
  const startSec = capture.readUInt32LE(FILE_HEADER_BYTES);
  let at = FILE_HEADER_BYTES;
  while (at + RECORD_HEADER_BYTES <= capture.length) {
    const timeSec = capture.readUInt32LE(at) - startSec + capture.readUInt32LE(at + 4) / 1e6;
    const capturedBytes = capture.readUInt32LE(at + 8);
    const length = capture.readUInt32LE(at + 12);
    at += RECORD_HEADER_BYTES;
    onPacket(timeSec, length, flowOf(capture, at));
    at += capturedBytes;
  }
}

function flowOf(capture: Buffer, frame: number): string {
  const ip = frame + 14;
  if (capture.readUInt16BE(frame + 12) === ETHERTYPE_IPV4) {
    const transport = ip + (capture[ip]! & 0x0f) * 4;
    const source = `${ipv4Text(capture, ip + 12)}:${capture.readUInt16BE(transport)}`;
    const destination = `${ipv4Text(capture, ip + 16)}:${capture.readUInt16BE(transport + 2)}`;
    return `${capture[ip + 9]} ${source} > ${destination}`;
  }
  const transport = ip + 40;
  const source = `[${capture.toString("hex", ip + 8, ip + 24)}]:${capture.readUInt16BE(transport)}`;
  const destination = `[${capture.toString("hex", ip + 24, ip + 40)}]:${capture.readUInt16BE(transport + 2)}`;
  return `${capture[ip + 6]} ${source} > ${destination}`;
}

function ipv4Text(capture: Buffer, at: number): string {
  return `${capture[at]}.${capture[at + 1]}.${capture[at + 2]}.${capture[at + 3]}`;
}

/** File bytes to one color a packet. Answers the number of packets. */
export function meterCapture(capture: Buffer, bytesPerSec: number, burstBytes: number, colors: Uint8Array): number {
  const buckets = new Map<string, Bucket>();
  let packets = 0;
  parseCapture(capture, (timeSec, length, flow) => {
    let bucket = buckets.get(flow);
    if (bucket === undefined) {
      bucket = { tokens: burstBytes, lastSec: timeSec };
      buckets.set(flow, bucket);
    }
    bucket.tokens = Math.min(burstBytes, bucket.tokens + (timeSec - bucket.lastSec) * bytesPerSec);
    bucket.lastSec = timeSec;
    const conforms = bucket.tokens >= length;
    if (conforms) bucket.tokens -= length;
    colors[packets] = conforms ? GREEN : RED;
    packets += 1;
  });
  return packets;
}
