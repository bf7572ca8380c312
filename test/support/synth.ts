/** Makes traffic in memory, and reads captures from the formats' descriptions alone: shares nothing with the core. */
import { captureSettings, trafficSettings } from "../../src/synth/input.ts";
import type { SynthInput } from "../../src/synth/table.ts";
import { Traffic } from "../../src/synth/traffic.ts";
import { concat } from "./writer.ts";

export const START_NS = 1_704_067_200_000_000_000n;

/** The run that options ask for. */
export function trafficOf(input: SynthInput, output = "out.pcap"): Traffic {
  return new Traffic(trafficSettings(input), captureSettings(output, input));
}

/** All pieces of a run, the header first. */
export function piecesOf(traffic: Traffic): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let piece = traffic.next(); piece !== undefined; piece = traffic.next()) pieces.push(piece.slice());
  return pieces;
}

/** The capture that options ask for. */
export function captureOf(input: SynthInput, output = "out.pcap"): Uint8Array {
  return concat(...piecesOf(trafficOf(input, output)));
}

export interface ReadFrame {
  /** After the traffic's start, or whatever unit the file counts in. */
  readonly timeNs: number;
  readonly bytes: Uint8Array;
  readonly frameBytes: number;
}

/** The frames of a little-endian pcap, from `offset` on: behind the header by default. */
export function pcapFrames(capture: Uint8Array, offset = 24): ReadFrame[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  const unitNs = offset === 24 && view.getUint32(0, true) === 0xa1b2c3d4 ? 1000 : 1;
  const frames: ReadFrame[] = [];
  for (let at = offset; at < capture.length;) {
    const keptBytes = view.getUint32(at + 8, true);
    const sec = view.getUint32(at, true) - Number(START_NS / 1_000_000_000n);
    const timeNs = sec * 1e9 + view.getUint32(at + 4, true) * unitNs;
    at += 16 + keptBytes;
    if (at > capture.length) throw new Error("ends inside a record");
    frames.push({
      timeNs,
      bytes: capture.subarray(at - keptBytes, at),
      frameBytes: view.getUint32(at - keptBytes - 4, true),
    });
  }
  return frames;
}

/** What the headers of a whole frame say. */
export interface Dissected {
  readonly vlan: number | null;
  readonly version: 4 | 6;
  readonly dscp: number;
  readonly protocol: number;
  /** Addresses and ports, as bytes in hex. */
  readonly flow: string;
  readonly source: string;
  readonly sequence: number;
  readonly flags: number;
  readonly payloadBytes: number;
}

function onesSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`invalid frame: ${what}`);
}

/** Checks every length and checksum of a whole frame (RFC 791, 8200, 768, 9293, 1071). Throws Error for a wrong one. */
export function dissect({ bytes, frameBytes }: Pick<ReadFrame, "bytes" | "frameBytes">): Dissected {
  must(bytes.length === frameBytes, "is not whole");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isTagged = view.getUint16(12) === 0x8100;
  const ip = isTagged ? 18 : 14;
  const type = view.getUint16(ip - 2);
  must(type === 0x0800 || type === 0x86dd, "ethertype");
  const isV4 = type === 0x0800;
  const headerBytes = isV4 ? 20 : 40;
  const ipBytes = isV4 ? view.getUint16(ip + 2) : view.getUint16(ip + 4) + 40;
  must(bytes[ip]! >> 4 === (isV4 ? 4 : 6) && (!isV4 || bytes[ip] === 0x45), "version");
  must(ip + ipBytes === frameBytes || (frameBytes === 60 && ip + ipBytes < 60), "length of IP");
  if (isV4) must(onesSum(bytes.subarray(ip, ip + 20)) === 0xffff, "header checksum");
  const protocol = bytes[ip + (isV4 ? 9 : 6)]!;
  must(protocol === 6 || protocol === 17, "protocol");
  const at = ip + headerBytes;
  const segment = bytes.subarray(at, ip + ipBytes);
  const addresses = bytes.subarray(ip + (isV4 ? 12 : 8), at);
  const pseudo = concat(addresses, Uint8Array.of(0, protocol, segment.length >> 8, segment.length & 0xff));
  must(onesSum(concat(pseudo, segment)) === 0xffff, "transport checksum");
  if (protocol === 17) must(view.getUint16(at + 4) === segment.length && view.getUint16(at + 6) !== 0, "UDP");
  else must(bytes[at + 12] === 0x50, "TCP data offset");
  return {
    vlan: isTagged ? view.getUint16(14) : null,
    version: isV4 ? 4 : 6,
    dscp: isV4 ? bytes[ip + 1]! >> 2 : (view.getUint16(ip) >> 6) & 0x3f,
    protocol,
    flow: `${hex(addresses)} ${hex(bytes.subarray(at, at + 4))} ${protocol}`,
    source: hex(addresses.subarray(0, addresses.length / 2)),
    sequence: protocol === 6 ? view.getUint32(at + 4) : 0,
    flags: protocol === 6 ? bytes[at + 13]! : 0,
    payloadBytes: segment.length - (protocol === 6 ? 20 : 8),
  };
}
