/** The traffic as the bytes of a capture, in pieces that end where a record ends. */
import { Choice, drawSize, type SizeRange } from "./choice.ts";
import { type Container, containerOf } from "./container.ts";
import { FRAME_BYTES_MAX, FrameWriter, type Packet } from "./frame.ts";
import { isDealt, KIND_IPV6, KIND_UDP, KINDS, kindsOf } from "./kinds.ts";
import { Random, scramble } from "./random.ts";
import { floodBytes } from "./rate.ts";
import type { CaptureSettings, TrafficSettings } from "./settings.ts";
import type { Source } from "./source.ts";
import { sourcesOf } from "./sources.ts";

const PIECE_BYTES = 1 << 18;
const STREAM_IDENTITIES = 2;
const STREAM_SIZES = 3;
const STREAM_MARKS = 4;

/** 10.0.0.0: flow i comes from the i-th address behind it, IPv6 from the i-th of 2001:db8:0:1::/64. */
const CLIENTS_IPV4 = 0x0a00_0000;
const CLIENTS_NETWORK = 1;
const CLIENT_PORTS = 0xc000;
/** 198.18.0.0/15, for tests of networks (RFC 2544), and 2001:db8:0:2::/64. */
const SPOOFED_IPV4 = 0xc612_0000;
const SPOOFED_NETWORK = 2;
const SPOOFED_PORTS = 0x8000;
/** TCP acknowledges a byte in this time, as if answers came: analyzers take equal numbers for losses. */
const ANSWER_NS = 1000;
const SERVER_BITS = 3;
const VICTIM = 1;

/** What was sent so far. */
export interface TrafficCounts {
  readonly packets: number;
  /** Of whole frames. */
  readonly bytes: number;
  readonly burstPackets: number;
  readonly floodPackets: number;
  /** Of the newest packet, after the start; 0 before the first. */
  readonly lastNs: number;
}

/** One run: the same settings give the same bytes, on every machine. */
export class Traffic {
  readonly #settings: TrafficSettings;
  readonly #snapBytes: number;
  readonly #container: Container;
  readonly #kinds: Uint8Array;
  readonly #bursts: Source;
  readonly #base: Source;
  readonly #flood: Source;
  readonly #writers: readonly FrameWriter[];
  readonly #floodWriters: readonly [FrameWriter, FrameWriter];
  readonly #sizes: Choice<SizeRange>;
  readonly #sizeRandom: Random;
  readonly #marks: Choice<number>;
  readonly #markRandom: Random;
  readonly #salt: number;
  /** Bytes that each flow has sent in TCP, modulo 2^32. */
  readonly #sentBytes: Uint32Array;
  readonly #piece: Uint8Array;
  readonly #view: DataView;
  readonly #packet: Packet;
  readonly #counts = { packets: 0, bytes: 0, burstPackets: 0, floodPackets: 0, lastNs: 0 };
  #hasBegun = false;

  /** Throws ConfigError when rates and times do not go together. */
  constructor(settings: TrafficSettings, capture: CaptureSettings) {
    const { seed, flows, ipv6Percent, udpPercent, vlan } = settings;
    this.#settings = settings;
    this.#snapBytes = capture.snapBytes;
    this.#container = containerOf(capture);
    this.#kinds = kindsOf(flows, ipv6Percent, udpPercent);
    ({ bursts: this.#bursts, base: this.#base, flood: this.#flood } = sourcesOf(settings, this.#kinds));
    this.#writers = Array.from(
      { length: KINDS },
      (_, kind) => new FrameWriter({ kind, vlan, opens: false, network: CLIENTS_NETWORK }),
    );
    const flood = (kind: number) => new FrameWriter({ kind, vlan, opens: true, network: SPOOFED_NETWORK });
    this.#floodWriters = [flood(0), flood(KIND_IPV6)];
    this.#sizes = new Choice(settings.sizes);
    this.#sizeRandom = new Random(seed, STREAM_SIZES);
    this.#marks = new Choice(settings.dscps);
    this.#markRandom = new Random(seed, STREAM_MARKS);
    this.#salt = new Random(seed, STREAM_IDENTITIES).word();
    this.#sentBytes = new Uint32Array(flows);
    this.#piece = new Uint8Array(PIECE_BYTES + FRAME_BYTES_MAX + this.#container.aroundBytes);
    this.#view = new DataView(this.#piece.buffer);
    this.#packet = {
      frameBytes: 0,
      ipBytes: 0,
      source: 0,
      sourcePort: 0,
      server: 0,
      sequence: 0,
      acknowledged: 0,
      dscp: 0,
    };
  }

  get counts(): TrafficCounts {
    return this.#counts;
  }

  /** Part of the whole that is done, 0 to 1. */
  get done(): number {
    const { packetsMax, endNs } = this.#settings;
    return Math.min(1, Math.max(this.#counts.packets / packetsMax, this.#counts.lastNs / endNs));
  }

  /** The next bytes, valid until the next call; undefined at the end. The first are the header of the capture. */
  next(): Uint8Array | undefined {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      return this.#container.header;
    }
    const { packetsMax, endNs } = this.#settings;
    const [bursts, base, flood] = [this.#bursts, this.#base, this.#flood];
    let at = 0;
    while (at < PIECE_BYTES && this.#counts.packets < packetsMax) {
      const source = earliest(bursts, base, flood);
      const { timeNs } = source;
      if (timeNs >= endNs) break;
      at = source === flood ? this.#writeFlood(at, timeNs) : this.#writeFlow(at, timeNs, source.flow);
      if (source === bursts) this.#counts.burstPackets += 1;
      source.advance();
    }
    return at === 0 ? undefined : this.#piece.subarray(0, at);
  }

  /** Writes the next packet of a flow. Answers where its record ends. */
  #writeFlow(at: number, timeNs: number, flow: number): number {
    const packet = this.#packet;
    const kind = this.#kinds[flow]!;
    const writer = this.#writers[kind]!;
    const identity = scramble(flow ^ this.#salt);
    packet.frameBytes = Math.max(drawSize(this.#sizes.draw(this.#sizeRandom), this.#sizeRandom), writer.headerBytes);
    packet.ipBytes = packet.frameBytes - writer.linkBytes;
    packet.source = ((kind & KIND_IPV6) === 0 ? CLIENTS_IPV4 : 0) + 1 + flow;
    packet.sourcePort = CLIENT_PORTS + (identity >>> 18);
    packet.server = 1 + (identity & ((1 << SERVER_BITS) - 1));
    packet.dscp = this.#marks.draw(this.#markRandom);
    packet.acknowledged = Math.floor(timeNs / ANSWER_NS) >>> 0;
    if ((kind & KIND_UDP) === 0) {
      packet.sequence = (identity + this.#sentBytes[flow]!) >>> 0;
      this.#sentBytes[flow]! += packet.frameBytes - writer.headerBytes;
    }
    return this.#writeRecord(at, timeNs, writer);
  }

  /** Writes the next packet of the flood: each has an address and a port that no other has together. */
  #writeFlood(at: number, timeNs: number): number {
    const packet = this.#packet;
    const { ipv6Percent, vlan } = this.#settings;
    const { flow } = this.#flood;
    const isIpv6 = isDealt(flow, ipv6Percent);
    const writer = this.#floodWriters[isIpv6 ? 1 : 0];
    const identity = scramble(flow ^ this.#salt);
    packet.frameBytes = floodBytes(isIpv6, vlan);
    packet.ipBytes = writer.headerBytes - writer.linkBytes;
    packet.source = (isIpv6 ? 0 : SPOOFED_IPV4) + (identity >>> 15);
    packet.sourcePort = SPOOFED_PORTS + (identity & 0x7fff);
    packet.server = VICTIM;
    packet.sequence = identity;
    packet.acknowledged = 0;
    packet.dscp = 0;
    this.#counts.floodPackets += 1;
    return this.#writeRecord(at, timeNs, writer);
  }

  #writeRecord(at: number, timeNs: number, writer: FrameWriter): number {
    const { frameBytes } = this.#packet;
    const counts = this.#counts;
    const keptBytes = Math.min(frameBytes, this.#snapBytes);
    const frameAt = this.#container.begin(this.#view, at, timeNs, keptBytes, frameBytes);
    writer.write(this.#piece, this.#view, frameAt, this.#packet, keptBytes);
    counts.packets += 1;
    counts.bytes += frameBytes;
    counts.lastNs = timeNs;
    return this.#container.end(this.#view, frameAt, keptBytes);
  }
}

/** At equal times bursts come first and the flood last. */
function earliest(bursts: Source, base: Source, flood: Source): Source {
  const first = bursts.timeNs <= base.timeNs ? bursts : base;
  return first.timeNs <= flood.timeNs ? first : flood;
}
