/** The two capture formats, little-endian, one Ethernet interface. Each writes around a frame that stands between. */
import type { CaptureSettings } from "./settings.ts";

/** 2024-01-01 00:00 UTC: windows of a second, a minute, an hour and a day all begin with the traffic. */
export const START_SEC = 1_704_067_200;

const NS_PER_SEC = 1e9;
const NS_PER_US = 1000;
const TWO_32 = 2 ** 32;
const LINK_ETHERNET = 1;
/** What the header says when frames are whole: the value that tcpdump writes. */
const SNAP_WHOLE_BYTES = 262_144;

/** Writes records of one format. */
export interface Container {
  /** What the capture begins with. */
  readonly header: Uint8Array;
  /** Bytes around a frame, at most. */
  readonly aroundBytes: number;
  /** Writes what stands before a frame. Answers where the frame begins. */
  begin(view: DataView, at: number, timeNs: number, keptBytes: number, frameBytes: number): number;
  /** Writes what stands behind a frame. Answers where the next record begins. */
  end(view: DataView, frameAt: number, keptBytes: number): number;
}

/** The container that the settings name. */
export function containerOf({ format, times, snapBytes }: CaptureSettings): Container {
  const unitNs = times === "ns" ? 1 : NS_PER_US;
  const snap = Math.min(snapBytes, SNAP_WHOLE_BYTES);
  return format === "pcap" ? new Pcap(unitNs, snap) : new Pcapng(unitNs, snap);
}

/** Numbers of 32 bits one after the other; arrays hold two of 16 bits. */
function words(...values: readonly (number | readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) {
    if (typeof value === "number") {
      view.setUint32(4 * index, value, true);
      continue;
    }
    view.setUint16(4 * index, value[0], true);
    view.setUint16(4 * index + 2, value[1], true);
  }
  return bytes;
}

const PCAP_NANOSECONDS = 0xa1b2_3c4d;
const PCAP_MICROSECONDS = 0xa1b2_c3d4;
const PCAP_RECORD_BYTES = 16;

class Pcap implements Container {
  readonly header: Uint8Array;
  readonly aroundBytes = PCAP_RECORD_BYTES;
  readonly #unitNs: number;

  constructor(unitNs: number, snapBytes: number) {
    this.#unitNs = unitNs;
    this.header = words(unitNs === 1 ? PCAP_NANOSECONDS : PCAP_MICROSECONDS, [2, 4], 0, 0, snapBytes, LINK_ETHERNET);
  }

  begin(view: DataView, at: number, timeNs: number, keptBytes: number, frameBytes: number): number {
    const sec = Math.floor(timeNs / NS_PER_SEC);
    view.setUint32(at, START_SEC + sec, true);
    view.setUint32(at + 4, Math.floor((timeNs - sec * NS_PER_SEC) / this.#unitNs), true);
    view.setUint32(at + 8, keptBytes, true);
    view.setUint32(at + 12, frameBytes, true);
    return at + PCAP_RECORD_BYTES;
  }

  end(_view: DataView, frameAt: number, keptBytes: number): number {
    return frameAt + keptBytes;
  }
}

const SECTION_BLOCK = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const UNKNOWN_LENGTH = 0xffff_ffff;
const OPTION_APPLICATION = 4;
const APPLICATION = "weir synth";
const INTERFACE_BLOCK = 1;
const OPTION_TIME_UNIT = 9;
const PACKET_BLOCK = 6;
const PACKET_HEAD_BYTES = 28;
const PACKET_AROUND_BYTES = PACKET_HEAD_BYTES + 4;

class Pcapng implements Container {
  readonly header: Uint8Array;
  /** Frames are padded to words. */
  readonly aroundBytes = PACKET_AROUND_BYTES + 3;
  readonly #unitNs: number;
  readonly #startUnits: bigint;

  constructor(unitNs: number, snapBytes: number) {
    this.#unitNs = unitNs;
    this.#startUnits = BigInt(START_SEC) * BigInt(NS_PER_SEC / unitNs);
    this.header = joined(section(), interfaceBlock(unitNs, snapBytes));
  }

  begin(view: DataView, at: number, timeNs: number, keptBytes: number, frameBytes: number): number {
    const units = Math.floor(timeNs / this.#unitNs);
    const low = (units % TWO_32) + Number(this.#startUnits % BigInt(TWO_32));
    view.setUint32(at, PACKET_BLOCK, true);
    view.setUint32(at + 4, this.#blockBytes(keptBytes), true);
    view.setUint32(at + 8, 0, true);
    view.setUint32(
      at + 12,
      Number(this.#startUnits / BigInt(TWO_32)) + Math.floor(units / TWO_32) + Math.floor(low / TWO_32),
      true,
    );
    view.setUint32(at + 16, low % TWO_32, true);
    view.setUint32(at + 20, keptBytes, true);
    view.setUint32(at + 24, frameBytes, true);
    return at + PACKET_HEAD_BYTES;
  }

  end(view: DataView, frameAt: number, keptBytes: number): number {
    const behind = frameAt + keptBytes;
    const padded = frameAt + Math.ceil(keptBytes / 4) * 4;
    for (let at = behind; at < padded; at += 1) view.setUint8(at, 0);
    view.setUint32(padded, this.#blockBytes(keptBytes), true);
    return padded + 4;
  }

  #blockBytes(keptBytes: number): number {
    return PACKET_AROUND_BYTES + Math.ceil(keptBytes / 4) * 4;
  }
}

function section(): Uint8Array {
  const name = new Uint8Array(Math.ceil(APPLICATION.length / 4) * 4);
  new TextEncoder().encodeInto(APPLICATION, name);
  const total = 36 + name.length;
  const head = words(SECTION_BLOCK, total, BYTE_ORDER_MAGIC, [1, 0], UNKNOWN_LENGTH, UNKNOWN_LENGTH);
  return joined(head, words([OPTION_APPLICATION, APPLICATION.length]), name, words(0, total));
}

function interfaceBlock(unitNs: number, snapBytes: number): Uint8Array {
  const total = 32;
  const face = words(INTERFACE_BLOCK, total, [LINK_ETHERNET, 0], snapBytes);
  return joined(face, words([OPTION_TIME_UNIT, 1], unitNs === 1 ? 9 : 6, 0, total));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
