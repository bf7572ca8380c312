/** A capture file that is still being written: at its end, more bytes are waited for as `tail -f` does. */
import { stat } from "node:fs/promises";
import { CaptureError } from "../errors.ts";
import type { CaptureInput } from "../trace/captureinput.ts";
import type { FileSource } from "../trace/file.ts";

const POLL_MS = 100;

/** Follows a plain file. `close` while it waits at the end is that end: the capture is complete as it stands. */
export class FollowInput implements CaptureInput {
  readonly name: string;
  readonly damage = null;
  readonly #source: FileSource;
  readonly #onEnd: () => void;
  #isAtEnd = false;
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** `onEnd` is called each time the end is reached. */
  constructor(source: FileSource, onEnd: () => void) {
    this.#source = source;
    this.#onEnd = onEnd;
    this.name = source.name;
  }

  get sizeBytes(): number | null {
    return this.#source.sizeBytes;
  }

  get consumedBytes(): number {
    return this.#source.consumedBytes;
  }

  /** True while it waits for the file to grow. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  read(target: () => Uint8Array): number | Promise<number> {
    const answer = this.#source.read(target);
    // A plain file answers at once.
    return answer === 0 ? this.#waitForMore(target) : answer;
  }

  async #waitForMore(target: () => Uint8Array): Promise<number> {
    this.#isAtEnd = true;
    this.#onEnd();
    while (!this.#isClosed) {
      await this.#pause();
      if (this.#isClosed) break;
      await this.#checkLength();
      const answer = await this.#source.read(target);
      if (answer === 0) continue;
      this.#isAtEnd = false;
      return answer;
    }
    return 0;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** A writer that starts its file again would be read on from somewhere inside a record. */
  async #checkLength(): Promise<void> {
    const now = await stat(this.#source.path).catch(() => undefined);
    if (now === undefined || now.size >= this.consumedBytes) return;
    throw new CaptureError(
      "UNREADABLE",
      this.name,
      `has become shorter (${now.size} bytes, ${this.consumedBytes} were read) while it was followed; watch it again from its start`,
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#source.close();
  }
}
