// Goal: what is written into a capture, in any form, is read back field by field, whatever the size of the pieces fed.
import { describe, expect, test } from "vitest";
import {
  CAPTURE_DAMAGED,
  CAPTURE_ENDED,
  CAPTURE_ERF,
  CAPTURE_SNOOP,
  CAPTURE_TRUNCATED,
  CAPTURE_UNKNOWN,
  KIND_FIVE4,
  KIND_FIVE6,
  KIND_OTHER,
  SOURCE_DAMAGE_OFFSET,
  SOURCE_FRAME_BYTES,
  SOURCE_FRAMES,
  SOURCE_FRAMING_BYTES,
  SOURCE_LONG_CAPTURES,
  SOURCE_LONG_SUBSECONDS,
  SOURCE_SKIPPED_BYTES,
  SOURCE_STATUS,
  SOURCE_TIME_LIMITED,
  SOURCE_TIMELESS_FRAMES,
  SOURCE_TRAILING_BYTES,
  SOURCE_UNKNOWN_LINK,
  SOURCE_UNKNOWN_LINK_FRAMES,
  STAT_OTHER_PACKETS,
  STAT_SHORT_KEYS,
  WINDOW_BYTES,
} from "../assembly/abi.ts";
import { accountedBytes, type CaptureRun, type FrameRow, runCapture } from "./support/capture.ts";
import { IP_CASES, type IpCase } from "./support/ipwriter.ts";
import { arp, ethernet, LINK_CASES, LINK_ETHERNET, type LinkCase } from "./support/linkwriter.ts";
import { NgWriter, type Resolution } from "./support/ngwriter.ts";
import { concat, network, pcapHeader, type PcapOptions, pcapRecord, SECOND_NS, writePcap } from "./support/writer.ts";
import { type WrittenFrame } from "./support/writer.ts";

const START_NS = 1_700_000_000n * SECOND_NS;
/** Whole in every clock used here, 2^-10 seconds included. */
const STEP_NS = 1_953_125_000n;

/** The packets of a link type's IP versions as frames of it, one step apart. */
function framesOf(link: LinkCase): { frames: WrittenFrame[]; cases: IpCase[] } {
  const cases = IP_CASES.filter(({ version }) => link.only === undefined || link.only === version);
  const frames = cases.map(({ version, packet }, index) => ({
    timeNs: START_NS + BigInt(index) * STEP_NS,
    bytes: concat(link.header(version), packet),
    originalBytes: 2000 + index,
  }));
  return { frames, cases };
}

function rowOf(frame: WrittenFrame, { version, flow }: IpCase, index: number): FrameRow {
  const kind = version === 4 ? KIND_FIVE4 : KIND_FIVE6;
  const length = frame.originalBytes ?? frame.bytes.length;
  return { ...flow, kind, frame: BigInt(index + 1), timeNs: frame.timeNs, length };
}

/** Counters that are not 0, by index. */
function counted(run: CaptureRun, ...indices: number[]): bigint[] {
  return indices.map((index) => run.counters[0]![index]!);
}

interface Format {
  readonly name: string;
  write(link: number, frames: readonly WrittenFrame[]): Uint8Array;
}

function pcapFormat(name: string, options: PcapOptions): Format {
  return { name, write: (link, frames) => writePcap(frames, { ...options, link }) };
}

function ngFormat(name: string, order: "little" | "big", resolution?: Resolution, isOld = false): Format {
  const write = (link: number, frames: readonly WrittenFrame[]) => {
    const writer = new NgWriter(order).others();
    writer.interface({ link, ...(resolution === undefined ? {} : { resolution }) });
    for (const frame of frames) (isOld ? writer.oldPacket(frame) : writer.packet(frame)).others();
    return writer.done();
  };
  return { name, write };
}

const FORMATS: readonly Format[] = (["little", "big"] as const).flatMap((order) => [
  pcapFormat(`pcap micro ${order}`, { order, clock: "micro" }),
  pcapFormat(`pcap nano ${order}`, { order, clock: "nano" }),
  pcapFormat(`pcap modified ${order}`, { order, clock: "modified" }),
  pcapFormat(`pcap SuSE ${order}`, { order, clock: "modified", recordHeaderBytes: 28 }),
  pcapFormat(`pcap ss990417 ${order}`, { order, recordHeaderBytes: 24 }),
  pcapFormat(`pcap Nokia ${order}`, { order, recordHeaderBytes: 20 }),
  pcapFormat(`pcap of version 2.2 ${order}`, { order, version: [2, 2], swapsLengths: true }),
  pcapFormat(`pcap of version 2.3, swapped ${order}`, { order, version: [2, 3], swapsLengths: true }),
  pcapFormat(`pcap of version 2.3 ${order}`, { order, version: [2, 3] }),
  pcapFormat(`pcap of version 543 ${order}`, { order, version: [543, 0] }),
  ngFormat(`pcapng ${order}`, order),
  ngFormat(`pcapng nano ${order}`, order, { base: 10, exponent: 9 }),
  ngFormat(`pcapng 2^-10 ${order}`, order, { base: 2, exponent: 10 }),
  ngFormat(`pcapng obsolete blocks ${order}`, order, undefined, true),
]);

describe.each(FORMATS)("$name", (format) => {
  test.each(LINK_CASES)("$name", (link) => {
    const { frames, cases } = framesOf(link);
    const run = runCapture(format.write(link.link, frames));
    expect(run.rows).toEqual(frames.map((frame, index) => rowOf(frame, cases[index]!, index)));
    const captured = frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(counted(run, SOURCE_STATUS, SOURCE_FRAMES, SOURCE_FRAME_BYTES)).toEqual(
      [CAPTURE_ENDED, frames.length, captured].map(BigInt),
    );
    expect(accountedBytes(run.counters[0]!)).toBe(BigInt(run.fedBytes[0]!));
    expect(counted(run, SOURCE_UNKNOWN_LINK_FRAMES, SOURCE_LONG_CAPTURES, SOURCE_TRAILING_BYTES)).toEqual([0n, 0n, 0n]);
    expect(run.stats[STAT_SHORT_KEYS]).toBe(0n);
  });
});

describe("a snap length of any size loses no packet; what is cut from a key is 0 and counted", () => {
  test.each(LINK_CASES)("$name", (link) => {
    const { frames, cases } = framesOf(link);
    const longest = Math.max(...frames.map(({ bytes }) => bytes.length));
    for (let snapBytes = 0; snapBytes <= longest; snapBytes += 1) {
      const cut = frames.map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, snapBytes) }));
      const run = runCapture(writePcap(cut, { link: link.link, snapBytes }));
      expect(run.rows.map(({ length }) => length)).toEqual(frames.map(({ originalBytes }) => originalBytes));
      const ipBytes = cases.map(({ version }) => snapBytes - link.header(version).length);
      expect(run.rows.map((row, index) => cutRow(row, cases[index]!, ipBytes[index]!))).toEqual(
        cases.map((ip, index) => cutFlow(ip, ipBytes[index]!)),
      );
      const short = cases.filter(({ keyBytes }, index) => ipBytes[index]! > 0 && ipBytes[index]! < keyBytes);
      expect(run.stats[STAT_SHORT_KEYS]).toBe(BigInt(short.length));
    }
  });
});

/** IPv6 extension headers that were cut leave the protocol open: the last one known stands for it. */
function knowsProtocol({ version, keyBytes, packet }: IpCase, ipBytes: number): boolean {
  if (ipBytes >= keyBytes) return true;
  return version === 4 || packet[6] === packet[40] || ipBytes <= 6;
}

function cutRow(row: FrameRow, ip: IpCase, ipBytes: number): object {
  const { kind, source, destination, protocol, sourcePort, destinationPort } = row;
  return {
    kind,
    source,
    destination,
    protocol: knowsProtocol(ip, ipBytes) ? protocol : 0,
    sourcePort,
    destinationPort,
  };
}

/** What is left of a flow when so many bytes of the packet were captured. */
function cutFlow(ip: IpCase, ipBytes: number): object {
  const { version, flow, keyBytes } = ip;
  const [protocolEnd, sourceEnd, destinationEnd] = version === 4 ? [10, 16, 20] : [7, 24, 40];
  const kind = version === 4 ? KIND_FIVE4 : KIND_FIVE6;
  const nothing = version === 4 ? "0.0.0.0" : "::";
  if (ipBytes <= 0) {
    return { kind: KIND_OTHER, source: "", destination: "", protocol: 0, sourcePort: 0, destinationPort: 0 };
  }
  return {
    kind,
    source: ipBytes >= sourceEnd ? flow.source : nothing,
    destination: ipBytes >= destinationEnd ? flow.destination : nothing,
    protocol: ipBytes >= protocolEnd && knowsProtocol(ip, ipBytes) ? flow.protocol : 0,
    sourcePort: ipBytes >= keyBytes ? flow.sourcePort : 0,
    destinationPort: ipBytes >= keyBytes ? flow.destinationPort : 0,
  };
}
