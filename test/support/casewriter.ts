/** Every format, and frames of every kind for them: what the tests of captures write. */
import { KIND_FIVE4, KIND_FIVE6 } from "../../assembly/abi.ts";
import type { FrameRow } from "./capture.ts";
import { IP_CASES, type IpCase } from "./ipwriter.ts";
import type { LinkCase } from "./linkwriter.ts";
import { NgWriter, type Resolution } from "./ngwriter.ts";
import { concat, type PcapOptions, SECOND_NS, writePcap, type WrittenFrame } from "./writer.ts";

export const START_NS = 1_700_000_000n * SECOND_NS;
/** Whole in every clock used here, 2^-10 seconds included. */
export const STEP_NS = 1_953_125_000n;

/** One in `stride` packets of a link type's IP versions, as frames of it, one step apart. */
export function framesOf(link: LinkCase, stride = 1, first = 0): { frames: WrittenFrame[]; cases: IpCase[] } {
  const carried = IP_CASES.filter(({ version }) => link.only === undefined || link.only === version);
  const cases = carried.filter((_, index) => index % stride === first % stride);
  const frames = cases.map(({ version, packet }, index) => ({
    timeNs: START_NS + BigInt(index) * STEP_NS,
    bytes: concat(link.header(version), packet),
    originalBytes: 2000 + index,
  }));
  return { frames, cases };
}

export function rowOf(frame: WrittenFrame, { version, flow }: IpCase, index: number): FrameRow {
  const kind = version === 4 ? KIND_FIVE4 : KIND_FIVE6;
  const length = frame.originalBytes ?? frame.bytes.length;
  return { ...flow, kind, frame: BigInt(index + 1), timeNs: frame.timeNs, length };
}

export interface Format {
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

/** Every format, byte order and dialect. */
export const FORMATS: readonly Format[] = (["little", "big"] as const).flatMap((order) => [
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
