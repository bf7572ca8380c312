/**
 * Output files and pipes. Files are written synchronously; a pipe that is full is waited for without blocking, so that
 * signals are served. Either way a slow consumer holds the meter back, not memory.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { OutputError } from "../errors.ts";

const STDOUT_FD = 1;
/** A pipe that is full is asked again after 1 ms, then later and later. */
const RETRY_MS_MAX = 16;
/** After Ctrl-C a reader that takes nothing for this long is given up. */
const ABANDON_MS = 1000;

/** Thrown when the reader of a pipe has gone away (`| head`): the run ends quietly, it is no failure. */
export class PipeClosed extends Error {
  override readonly name = "PipeClosed";
}

/** One output, "-" for stdout. */
export class Output {
  readonly name: string;
  readonly #fd: number;
  #isHurried = false;
  #isClosed = false;

  /** Opens or truncates the file. Throws OutputError with the reason in words. */
  constructor(path: string) {
    this.name = path === "-" ? "stdout" : path;
    try {
      this.#fd = path === "-" ? STDOUT_FD : openSync(path, "w");
    } catch (error) {
      throw new OutputError(this.name, error);
    }
  }

  /** Writes all of it; a promise when a pipe has to be waited for. Throws PipeClosed or OutputError. */
  write(data: Uint8Array | string): void | Promise<void> {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    const written = this.#writeSome(bytes);
    // What waits must not lie in memory that goes on being used.
    return written === bytes.length ? undefined : this.#writeRest(bytes.slice(written));
  }

  /** From now on a reader that takes nothing is not waited for. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Writes until done or the pipe is full. Answers the bytes written. */
  #writeSome(bytes: Uint8Array): number {
    let offset = 0;
    while (offset < bytes.length) {
      try {
        offset += writeSync(this.#fd, bytes, offset);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EAGAIN") return offset;
        throw code === "EPIPE" ? new PipeClosed(this.name) : new OutputError(this.name, error);
      }
    }
    return offset;
  }

  async #writeRest(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    let stalledMs = 0;
    for (let waitMs = 1; rest.length > 0; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
      await pause(waitMs);
      const written = this.#writeSome(rest);
      rest = rest.subarray(written);
      stalledMs = written > 0 || !this.#isHurried ? 0 : stalledMs + waitMs;
      if (stalledMs > ABANDON_MS) throw new PipeClosed(this.name);
    }
  }

  /** Closes the file, once: its number may be another file's by now. Throws OutputError: some disks are full only now. */
  close(): void {
    if (this.#fd === STDOUT_FD || this.#isClosed) return;
    this.#isClosed = true;
    try {
      closeSync(this.#fd);
    } catch (error) {
      throw new OutputError(this.name, error);
    }
  }
}
