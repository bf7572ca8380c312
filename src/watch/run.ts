/** The main loop of a watch: bytes in, batches out, and each packet shown when it is due. */
import { createHash } from "node:crypto";
import { CaptureError } from "../errors.ts";
import type { CaptureInput } from "../trace/captureinput.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Pace } from "./pace.ts";
import type { LiveView } from "./view.ts";

/** Signals, keys and pictures are served at least this often. */
const BREATH_MS = 20;
/** What has been decoded is metered at least this often while more is coming. */
const FLUSH_MS = 50;
/** Bytes read at once in a replay at its own pace span about so much of the time on the wall. */
const PIECE_MS = 50;
const PIECE_BYTES_MIN = 64;
const PIECE_BYTES_MAX = 1 << 18;
const NS_PER_MS = 1e6;
/** The speed may change, and timers take no more than 24 days. */
const SLEEP_MS_MAX = 1000;
const ONLY_CAPTURE = 0;

export interface WatchEnd {
  /** SHA-256 of one byte a packet, its color. */
  readonly digest: string;
  /** It was stopped while more could come. */
  readonly isInterrupted: boolean;
  /** Why reading failed before the end, or null. */
  readonly readFailure: string | null;
}

/** One run over one capture. */
export class WatchRun {
  readonly #meter: CaptureMeter;
  readonly #input: CaptureInput;
  readonly #view: LiveView;
  readonly #pace: Pace;
  readonly #hash = createHash("sha256");
  readonly #target = () => this.#meter.space(ONLY_CAPTURE).subarray(0, this.#pieceBytes);
  #pieceBytes = PIECE_BYTES_MAX;
  #flushedMs = 0;
  #readFailure: string | null = null;
  #isStopped = false;
  #isInterrupted = false;
  #isWaiting = false;
  #wake: () => void = () => undefined;

  constructor(meter: CaptureMeter, input: CaptureInput, view: LiveView, pace: Pace) {
    this.#meter = meter;
    this.#input = input;
    this.#view = view;
    this.#pace = pace;
    if (!pace.isFree) this.#pieceBytes = PIECE_BYTES_MIN;
  }

  /** Ends the run after the packets that were metered. `isInterrupted`: not at the end of what there is. */
  stop(isInterrupted: boolean): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#isInterrupted = isInterrupted;
    this.#wake();
    // Ends a read that waits for a silent pipe.
    void this.#input.close();
  }

  /** The speed was changed: what is due has to be asked again. */
  hurry(): void {
    this.#wake();
  }

  /** Meters what has come, while the input is waited for. Not for replays, whose packets are shown in order. */
  flushWaiting(): void {
    if (!this.#isWaiting || !this.#pace.isFree) return;
    this.#show(this.#meter.flush());
    this.#view.apply(Infinity);
  }

  async toEnd(): Promise<WatchEnd> {
    let breathMs = performance.now();
    for (;;) {
      if (this.#isStopped && this.#isInterrupted) {
        await this.#take(this.#meter.flush());
        break;
      }
      const step = this.#meter.step();
      if (step.kind === "done") break;
      await (step.kind === "batch" ? this.#take(step.packets) : this.#feed());
      if (performance.now() - breathMs <= BREATH_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      breathMs = performance.now();
    }
    return {
      digest: this.#hash.digest("hex"),
      isInterrupted: this.#isInterrupted,
      readFailure: this.#readFailure,
    };
  }

  #show(packets: number): void {
    this.#flushedMs = performance.now();
    if (packets === 0) return;
    const isFirst = this.#view.originNs === undefined;
    this.#hash.update(this.#meter.views.color.subarray(0, packets));
    this.#view.open(packets, this.#flushedMs);
    if (isFirst) this.#pace.start(0, this.#flushedMs);
  }

  /** Shows the batch that was just metered, each packet when it is due. */
  async #take(packets: number): Promise<void> {
    const fromNs = this.#view.clockNs;
    this.#show(packets);
    for (;;) {
      this.#view.apply(this.#isStopped ? Infinity : this.#pace.dueNs(performance.now()));
      if (this.#view.isApplied) break;
      await this.#sleep(this.#pace.waitMs(this.#view.nextNs, performance.now()));
    }
    this.#fitPiece(this.#view.clockNs - fromNs);
  }

  /** A batch is metered as a whole, so its bytes should not span much of what is shown. */
  #fitPiece(spanNs: number): void {
    if (this.#pace.isFree) {
      this.#pieceBytes = PIECE_BYTES_MAX;
      return;
    }
    const spanMs = spanNs / NS_PER_MS / Math.min(this.#pace.speed, Number.MAX_VALUE);
    if (spanMs > PIECE_MS) this.#pieceBytes = Math.max(PIECE_BYTES_MIN, this.#pieceBytes >>> 1);
    else if (spanMs < PIECE_MS / 2) this.#pieceBytes = Math.min(PIECE_BYTES_MAX, this.#pieceBytes << 1);
  }

  async #sleep(forMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(forMs, SLEEP_MS_MAX));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Gives the meter its next bytes. */
  async #feed(): Promise<void> {
    if (!this.#pace.isFree || performance.now() - this.#flushedMs >= FLUSH_MS) await this.#take(this.#meter.flush());
    try {
      const answer = this.#input.read(this.#target);
      this.#meter.feed(ONLY_CAPTURE, typeof answer === "number" ? answer : await this.#waitFor(answer));
    } catch (error) {
      // The input was closed under the read.
      if (this.#isStopped && this.#isInterrupted) return;
      if (!(error instanceof CaptureError)) throw error;
      this.#readFailure = error.message;
      this.#meter.feed(ONLY_CAPTURE, 0);
    }
  }

  async #waitFor(answer: Promise<number>): Promise<number> {
    this.#isWaiting = true;
    try {
      return await answer;
    } finally {
      this.#isWaiting = false;
    }
  }
}
