/** The capture of a meter, written again by color: the core decides and edits, this hands its bytes to an output. */
import { COLOR_GREEN, COLOR_RED, COLOR_YELLOW } from "../../assembly/abi.ts";
import {
  LONG_DROPPED,
  LONG_KEPT,
  MARK_AF,
  MARK_DEI,
  MARK_DROP,
  MARK_DSCP,
  MARK_ECN,
  MARK_PCP,
  REWRITE_COUNTS,
  REWRITE_EARLIER,
  REWRITE_HEAD_AT,
  REWRITE_HEAD_BYTES,
  REWRITE_HELD_AT,
  REWRITE_HELD_BYTES,
  REWRITE_LONG,
  REWRITE_OUT_AT,
  REWRITE_OUT_BYTES,
  REWRITE_ZEROS,
} from "../../assembly/abi/rewrite.ts";
import { CaptureError } from "../errors.ts";
import type { ColorAction, ColorActions, ColorName } from "../policies.ts";
import type { CaptureMeter } from "../trace/meter.ts";

/** The longest record that libpcap and Wireshark read. */
const RECORD_BYTES_MAX = 1 << 27;
const NO_ZEROS = new Uint8Array(0);
const ZERO_PIECE_BYTES = 1 << 16;
const COLORS: Readonly<Record<ColorName, number>> = { green: COLOR_GREEN, yellow: COLOR_YELLOW, red: COLOR_RED };

/** Takes bytes that hold until it is called again; a promise when it has to wait. */
export type Write = (bytes: Uint8Array) => void | Promise<void>;

function marksOf({ drops, dscp, af, ecn, pcp, dei }: ColorAction): number {
  const bits = [
    drops ? MARK_DROP : 0,
    dscp === undefined ? 0 : MARK_DSCP,
    af ? MARK_AF : 0,
    ecn ? MARK_ECN : 0,
    pcp === undefined ? 0 : MARK_PCP,
    dei ? MARK_DEI : 0,
  ];
  return bits.reduce((sum, bit) => sum | bit, 0);
}

/** Of a meter made for one capture, with `frames`. */
export class Rewriter {
  readonly #meter: CaptureMeter;
  readonly #name: string;
  readonly #write: Write;
  readonly #at: number;
  /** What has left the window of a record longer than it, behind its head, which the core keeps. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #zeros = NO_ZEROS;

  /** `name` is the capture's, for errors. */
  constructor(meter: CaptureMeter, name: string, actions: ColorActions, write: Write) {
    this.#meter = meter;
    this.#name = name;
    this.#write = write;
    this.#at = meter.core.rewriteAt() >>> 0;
    for (const [color, action] of Object.entries(actions)) {
      meter.core.setAction(COLORS[color as ColorName], marksOf(action), action.dscp ?? 0, action.pcp ?? 0);
    }
  }

  /** Acts on a batch that was just metered and writes what is given out. Throws what `write` throws. */
  take(packets: number): void | Promise<void> {
    this.#meter.core.rewrite(packets);
    return this.#give();
  }

  /** Before the window is fed: its last bytes go out, or are held. Throws CaptureError for a record beyond all use. */
  beforeFeed(): void | Promise<void> {
    const given = this.take(0);
    return given === undefined ? this.#hold() : given.then(() => this.#hold());
  }

  /** Counter COUNT_* of a color. */
  count(color: ColorName, counter: number, countWords: number): bigint {
    return this.#meter.views.longs[this.#at / 8 + REWRITE_COUNTS + COLORS[color] * countWords + counter]!;
  }

  /** Packets metered at an older time than the newest before them, which a dropped packet had. */
  get earlier(): bigint {
    return this.#meter.views.longs[this.#at / 8 + REWRITE_EARLIER]!;
  }

  #answer(index: number): number {
    return Number(this.#meter.views.longs[this.#at / 8 + index]);
  }

  #bytes(at: number, bytes: number): Uint8Array {
    const start = this.#answer(at);
    return this.#meter.views.bytes.subarray(start, start + this.#answer(bytes));
  }

  #give(): void | Promise<void> {
    const long = this.#answer(REWRITE_LONG);
    const out = this.#bytes(REWRITE_OUT_AT, REWRITE_OUT_BYTES);
    const isPlain = long !== LONG_KEPT && this.#answer(REWRITE_ZEROS) === 0;
    if (long === LONG_DROPPED) this.#release();
    if (isPlain) return out.length === 0 ? undefined : this.#write(out);
    return this.#giveAll(long === LONG_KEPT, out);
  }

  async #giveAll(isLongKept: boolean, out: Uint8Array): Promise<void> {
    if (isLongKept) {
      await this.#write(this.#bytes(REWRITE_HEAD_AT, REWRITE_HEAD_BYTES));
      for (const piece of this.#held) await this.#write(piece);
      this.#release();
    }
    for (let left = this.#answer(REWRITE_ZEROS); left > 0; left -= ZERO_PIECE_BYTES) {
      if (this.#zeros.length === 0) this.#zeros = new Uint8Array(ZERO_PIECE_BYTES);
      await this.#write(this.#zeros.subarray(0, left));
    }
    if (out.length > 0) await this.#write(out);
  }

  #hold(): void {
    const bytes = this.#bytes(REWRITE_HELD_AT, REWRITE_HELD_BYTES);
    if (bytes.length === 0) return;
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > RECORD_BYTES_MAX) {
      this.#release();
      const detail = `a record is longer than ${RECORD_BYTES_MAX} bytes, the most that is held back for its verdict; cut its frames first (editcap -s)`;
      throw new CaptureError("UNREADABLE", this.#name, detail);
    }
    this.#held.push(bytes.slice());
  }

  #release(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}
