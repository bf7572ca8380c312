/** Writes pcapng files for tests, from the format's description alone: shares nothing with the core. */
import { type ByteOrder, ByteWriter, concat, SECOND_NS, type WrittenFrame } from "./writer.ts";

/** A clock as if_tsresol has it: 10^-exponent, or 2^-exponent. */
export interface Resolution {
  readonly base: 2 | 10;
  readonly exponent: number;
}

export interface InterfaceOptions {
  readonly link?: number;
  /** 0: no limit. */
  readonly snapBytes?: number;
  /** Microseconds when absent, without an option. */
  readonly resolution?: Resolution;
  readonly offsetSec?: bigint;
  /** Other options, before those: code and value. */
  readonly options?: readonly (readonly [number, Uint8Array])[];
}

const MICROSECONDS: Resolution = { base: 10, exponent: 6 };
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;
const COMMENT: readonly [number, Uint8Array] = [1, new TextEncoder().encode("a comment, padded")];

function ceil4(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** Blocks of one byte order, one after the other. */
export class NgWriter {
  readonly #order: ByteOrder;
  readonly #blocks: Uint8Array[] = [];
  readonly #clocks: { resolution: Resolution; offsetSec: bigint }[] = [];

  constructor(order: ByteOrder = "little") {
    this.#order = order;
    this.section();
  }

  section(version: readonly [number, number] = [1, 0]): this {
    this.#clocks.length = 0;
    const body = this.#bytes()
      .u32(0x1a2b3c4d)
      .u16(...version);
    return this.block(0x0a0d0d0a, concat(body.i64(-1n).done(), this.#options([COMMENT])));
  }

  interface(face: InterfaceOptions = {}): this {
    const { link = 1, snapBytes = 0, resolution, offsetSec, options = [] } = face;
    this.#clocks.push({ resolution: resolution ?? MICROSECONDS, offsetSec: offsetSec ?? 0n });
    const all = [...options];
    if (resolution !== undefined) {
      all.push([OPTION_TSRESOL, Uint8Array.of(resolution.exponent | (resolution.base === 2 ? 0x80 : 0))]);
    }
    if (offsetSec !== undefined) all.push([OPTION_TSOFFSET, this.#bytes().i64(offsetSec).done()]);
    return this.block(1, concat(this.#bytes().u16(link, 0).u32(snapBytes).done(), this.#options(all)));
  }

  /** Enhanced packet block. */
  packet(frame: WrittenFrame, face = 0): this {
    return this.#packet(6, this.#bytes().u32(face), frame, this.#unitsOf(frame.timeNs, face));
  }

  /** Packet block, obsolete: a 16-bit interface index and a drop count. */
  oldPacket(frame: WrittenFrame, face = 0): this {
    return this.#packet(2, this.#bytes().u16(face, 0xffff), frame, this.#unitsOf(frame.timeNs, face));
  }

  /** Enhanced packet block with the stamp as it is. */
  stamped(units: bigint, bytes: Uint8Array, face = 0): this {
    return this.#packet(6, this.#bytes().u32(face), { timeNs: 0n, bytes }, units);
  }

  simplePacket(bytes: Uint8Array, originalBytes = bytes.length): this {
    return this.block(3, concat(this.#bytes().u32(originalBytes).done(), bytes));
  }

  /** A block of any type, padded and framed. */
  block(type: number, body: Uint8Array): this {
    const total = 12 + ceil4(body.length);
    const padding = ceil4(body.length) - body.length;
    this.#blocks.push(this.#bytes().u32(type, total).raw(body).zeros(padding).u32(total).done());
    return this;
  }

  /** The blocks that are not frames: name resolution, interface statistics, secrets, custom, and one unknown. */
  others(): this {
    const custom = this.#bytes().u32(32_473).zeros(7).done();
    return this.block(4, this.#options([]))
      .block(5, this.#bytes().u32(0, 1, 2).done())
      .block(10, new Uint8Array(9))
      .block(0xbad, custom)
      .block(0x40000bad, custom)
      .block(0x7777, new Uint8Array(0));
  }

  done(): Uint8Array {
    return concat(...this.#blocks);
  }

  /** The blocks from the one of that index on; the first section header is 0. */
  blocks(first: number): Uint8Array {
    return concat(...this.#blocks.slice(first));
  }

  #packet(type: number, head: ByteWriter, frame: WrittenFrame, units: bigint): this {
    const { bytes } = frame;
    head.u32(Number(units >> 32n), Number(units & 0xffff_ffffn), bytes.length, frame.originalBytes ?? bytes.length);
    head.raw(bytes).zeros(ceil4(bytes.length) - bytes.length);
    return this.block(type, concat(head.done(), this.#options([COMMENT])));
  }

  #unitsOf(timeNs: bigint, face: number): bigint {
    const { resolution, offsetSec } = this.#clocks[face]!;
    const perSecond = BigInt(resolution.base) ** BigInt(resolution.exponent);
    return ((timeNs - offsetSec * SECOND_NS) * perSecond) / SECOND_NS;
  }

  #options(options: readonly (readonly [number, Uint8Array])[]): Uint8Array {
    const writer = this.#bytes();
    for (const [code, value] of options) {
      writer
        .u16(code, value.length)
        .raw(value)
        .zeros(ceil4(value.length) - value.length);
    }
    return options.length === 0 ? writer.done() : writer.u16(0, 0).done();
  }

  #bytes(): ByteWriter {
    return new ByteWriter(this.#order);
  }
}
