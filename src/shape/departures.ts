/** The departure queue of one run: frames of a metered batch in, pieces of captures out, in order of departure. */
import { FORMAT_PCAP, FORMAT_PCAPNG, FORMAT_UNKNOWN, SOURCE_FORMAT, STAT_NEWEST } from "../../assembly/abi.ts";
import {
  CONFIG_DROPPED_FORMAT,
  CONFIG_HOLD_BYTES,
  CONFIG_OUTPUT_FORMAT,
  FACE_LINK,
  FACE_NONE,
  FACE_SNAP,
  FACES_MAX,
  HOLD_FACES_FULL,
  HOLD_GOES_ON,
  HOLD_LINKS_DIFFER,
  HOLD_MEMORY_FULL,
  HOLD_OUTPUT_FULL,
  QUEUE_WORDS,
} from "../../assembly/abi/departures.ts";
import { CONFIG_LINK } from "../../assembly/abi/link.ts";
import { ConfigError } from "../errors.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { pcapHeader, sectionHeader } from "./container.ts";

export type CaptureFormat = "pcap" | "pcapng";

export interface DepartureSettings {
  readonly format: CaptureFormat;
  /** Format of the dropped frames; undefined: they are not written. */
  readonly droppedFormat?: CaptureFormat | undefined;
  /** Most memory for frames that wait. */
  readonly holdBytes: number;
}

/** Which capture a piece belongs to: the shaped one, or that of the dropped frames. */
export type Stream = "departed" | "dropped";

/** Whole records, or a header. The bytes lie in the core's memory: good until the next piece is asked for. */
export interface Piece {
  readonly stream: Stream;
  readonly bytes: Uint8Array;
}

/** Later than any departure. */
const END_OF_TIME = 2n ** 64n - 1n;
const STREAMS: readonly Stream[] = ["departed", "dropped"];
const FORMATS = { pcap: FORMAT_PCAP, pcapng: FORMAT_PCAPNG } as const;
const LINK_ETHERNET = 1;
/** The greatest snap length that readers take. */
const SNAP_MOST_BYTES = 262_144;

/** The queue of a meter whose `frames` are asked for. */
export class Departures {
  readonly #meter: CaptureMeter;
  readonly #formats: Readonly<Record<Stream, CaptureFormat | undefined>>;
  readonly #isBegun = { departed: false, dropped: false };
  readonly #holdBytes: number;
  readonly #isLink: boolean;
  #stop = HOLD_GOES_ON;

  /** Throws ConfigError when the queue does not fit in memory. */
  constructor(meter: CaptureMeter, { format, droppedFormat, holdBytes }: DepartureSettings) {
    this.#meter = meter;
    this.#formats = { departed: format, dropped: droppedFormat };
    this.#holdBytes = holdBytes;
    const { config } = meter.views;
    this.#isLink = config[CONFIG_LINK] !== 0n;
    config[CONFIG_HOLD_BYTES] = BigInt(holdBytes);
    config[CONFIG_OUTPUT_FORMAT] = BigInt(FORMATS[format]);
    config[CONFIG_DROPPED_FORMAT] = BigInt(droppedFormat === undefined ? FORMAT_UNKNOWN : FORMATS[droppedFormat]);
    if (meter.core.createDepartures()) return;
    throw new ConfigError(
      "RANGE",
      "hold-memory",
      `${holdBytes}`,
      "the queue does not fit in memory; ask for fewer flows",
    );
  }

  /**
   * Frames of the batch that was just metered begin to wait; what departs before the newest arrival is given out. The
   * caller takes all pieces, or as many as it wants when it does not go on. Stops early when `whyStopped` says so.
   */
  *take(packets: number): Generator<Piece, void> {
    const { core } = this.#meter;
    let row = 0;
    while (this.#stop === HOLD_GOES_ON && row < packets) {
      row = core.holdFrames(row, packets);
      this.#stop = core.holdStop();
      if (this.#stop !== HOLD_OUTPUT_FULL) continue;
      this.#stop = HOLD_GOES_ON;
      yield* this.#pieces("dropped");
    }
    if (this.#isLink) core.departFromLink(packets);
    if (row > 0 && this.#formats.dropped !== undefined) yield* this.#pieces("dropped");
    yield* this.#release(this.#meter.views.stats[STAT_NEWEST]!);
  }

  /** Everything departs. A capture without frames is given its header. */
  *finish(): Generator<Piece, void> {
    const { core } = this.#meter;
    if (this.#isLink) {
      core.flushLink();
      core.departFromLink(0);
    }
    yield* this.#release(END_OF_TIME);
    for (const stream of STREAMS) {
      if (this.#formats[stream] !== undefined && !this.#isBegun[stream]) yield this.#header(stream);
    }
  }

  /** Why frames are not taken any more, with the way out; null while they are. */
  get whyStopped(): string | null {
    switch (this.#stop) {
      case HOLD_MEMORY_FULL:
        return `the frames that wait need more than ${this.#holdBytes} bytes; raise --hold-memory, or bound the queues`;
      case HOLD_LINKS_DIFFER:
        return "a pcap has frames of one link type only, and here is another; name the output .pcapng";
      case HOLD_FACES_FULL:
        return `more than ${FACES_MAX} interfaces; shape fewer captures in one run`;
      default:
        return null;
    }
  }

  /** Counters by QUEUE_*. */
  get counts(): BigUint64Array {
    const start = this.#meter.core.queueCounts() / 8;
    return this.#meter.views.longs.slice(start, start + QUEUE_WORDS);
  }

  *#release(timeNs: bigint): Generator<Piece, void> {
    const { core } = this.#meter;
    do {
      core.releaseFrames(timeNs);
      // The next piece is asked for when this one has been used.
      yield* this.#pieces("departed");
    } while (core.holdStop() === HOLD_OUTPUT_FULL);
  }

  /** What has been written to a stream since it was last asked for. */
  *#pieces(stream: Stream): Generator<Piece, void> {
    const { core } = this.#meter;
    const which = STREAMS.indexOf(stream);
    const bytes = core.takeOutput(which);
    if (bytes === 0) return;
    if (!this.#isBegun[stream]) yield this.#header(stream);
    const at = core.outputAt(which);
    yield { stream, bytes: this.#meter.views.bytes.subarray(at, at + bytes) };
  }

  #header(stream: Stream): Piece {
    this.#isBegun[stream] = true;
    const isLittle = this.#meter.core.isOutputSwapped() === 0;
    if (this.#formats[stream] === "pcapng") return { stream, bytes: sectionHeader(isLittle) };
    const { link, snapBytes } = this.#faceOf(stream);
    return { stream, bytes: pcapHeader(link, snapBytes, isLittle) };
  }

  /** Link type and snap length of a pcap: those of the only pcap that was read; else a length that holds for all. */
  #faceOf(stream: Stream): { readonly link: number; readonly snapBytes: number } {
    const { core, views } = this.#meter;
    const count = Number(core.faceCount.value);
    if (count === 0) return { link: LINK_ETHERNET, snapBytes: SNAP_MOST_BYTES };
    const written = core.outputFace(STREAMS.indexOf(stream));
    const face = core.faceAt(written === FACE_NONE ? 0 : written) / 4;
    const isOnlyPcap = count === 1 && this.#meter.counters(0)[SOURCE_FORMAT] === BigInt(FORMAT_PCAP);
    return {
      link: views.words[face + FACE_LINK / 4]!,
      snapBytes: isOnlyPcap ? views.words[face + FACE_SNAP / 4]! : SNAP_MOST_BYTES,
    };
  }
}
