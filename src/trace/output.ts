/** Output files and pipes, written synchronously: what a consumer cannot take yet holds the meter back, not memory. */
import { closeSync, openSync, writeSync } from "node:fs";
import { OutputError } from "../errors.ts";

const STDOUT_FD = 1;
/** A pipe that is full is asked again after this long. */
const RETRY_MS = 1;

/** Thrown when the reader of a pipe has gone away (`| head`): the run ends quietly, it is no failure. */
export class PipeClosed extends Error {
  override readonly name = "PipeClosed";
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** One output, "-" for stdout. */
export class Output {
  readonly name: string;
  readonly #fd: number;
  #bytes = 0;

  /** Opens or truncates the file. Throws OutputError with the reason in words. */
  constructor(path: string) {
    this.name = path === "-" ? "stdout" : path;
    try {
      this.#fd = path === "-" ? STDOUT_FD : openSync(path, "w");
    } catch (error) {
      throw new OutputError(this.name, error);
    }
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes all of it. Throws PipeClosed or OutputError. */
  write(data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    let offset = 0;
    while (offset < bytes.length) {
      try {
        offset += writeSync(this.#fd, bytes, offset);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EPIPE") throw new PipeClosed(this.name);
        if (code !== "EAGAIN") throw new OutputError(this.name, error);
        Atomics.wait(sleepCell, 0, 0, RETRY_MS);
      }
    }
    this.#bytes += bytes.length;
  }

  /** Closes the file. Throws OutputError: some file systems report a full disk only now. */
  close(): void {
    if (this.#fd === STDOUT_FD) return;
    try {
      closeSync(this.#fd);
    } catch (error) {
      throw new OutputError(this.name, error);
    }
  }
}
