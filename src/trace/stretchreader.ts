/** Reads a capture file from a place on, up to another, into the window of a meter whose only capture it is. */
import { DECODE_DONE, DECODE_LIMIT, DECODE_READY } from "../../assembly/abi.ts";
import type { FileSource } from "./file.ts";
import type { CaptureMeter } from "./meter.ts";

const CAPTURE = 0;

export class StretchReader {
  readonly #meter: CaptureMeter;
  readonly #file: FileSource;
  /** Of the next byte that the window wants. */
  #position = 0;

  constructor(meter: CaptureMeter, file: FileSource) {
    this.#meter = meter;
    this.#file = file;
  }

  /** Where in the file that ends which was handed out. */
  get offset(): number {
    return Number(this.#meter.core.captureOffset(CAPTURE));
  }

  /** Goes on at `offset`, where a record begins. */
  moveTo(offset: number): void {
    // There already: the window holds what comes next.
    if (offset === this.offset) return;
    this.#meter.core.moveCapture(CAPTURE, BigInt(offset));
    this.#position = offset;
  }

  /** Begins no record at `limit` or behind. */
  limit(limit: number): void {
    this.#meter.core.limitCapture(CAPTURE, BigInt(Math.min(limit, Number.MAX_SAFE_INTEGER)));
  }

  /**
   * Goes on where something looks like the first record at `offset` or behind: it need not be one. False when nothing
   * does. Throws CaptureError.
   */
  seek(offset: number): boolean {
    this.moveTo(offset);
    this.feed();
    return this.#meter.core.seekRecord(CAPTURE) !== 0;
  }

  /**
   * Decodes until a batch is full, or up to the end of the capture, and answers how many packets `finish` made of it; or
   * "limit", with a batch that is not full and not finished; or "done". Throws CaptureError when reading fails.
   */
  advance(finish: () => number): number | "limit" | "done" {
    for (;;) {
      const answer = this.#meter.core.decodeBatch();
      if (answer === DECODE_LIMIT) return "limit";
      if (answer === DECODE_READY) return finish();
      if (answer === DECODE_DONE) return finish() || "done";
      this.feed();
    }
  }

  /** Gives the window its next bytes, or the end. Throws CaptureError. */
  feed(): void {
    const bytes = this.#file.readAt(this.#meter.space(CAPTURE), this.#position) ?? 0;
    this.#position += bytes;
    this.#meter.feed(CAPTURE, bytes);
  }

  /** The file gives no more. */
  end(): void {
    this.#meter.feed(CAPTURE, 0);
  }
}
