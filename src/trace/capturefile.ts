/** The file or pipe that a capture is written to. */
import { statSync, truncateSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { OutputError } from "../errors.ts";
import { Output } from "./output.ts";

const STDOUT = "-";
const COMPRESSED = /\.gz$/iu;

/**
 * Opened with its first byte: what turns out to be no capture costs no file that is there. A name in ".gz" is
 * compressed, each piece as a member of its own, which every gzip reader takes for one file.
 */
export class CaptureFile {
  readonly name: string;
  readonly #path: string;
  readonly #isCompressed: boolean;
  #output: Output | undefined;
  #isHurried = false;
  #bytes = 0;
  /** Up to the end of a record. */
  #wholeBytes = 0;

  constructor(path: string) {
    this.#path = path;
    this.name = path === STDOUT ? "stdout" : path;
    this.#isCompressed = COMPRESSED.test(path);
  }

  /** Bytes written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws OutputError, PipeClosed. */
  write(bytes: Uint8Array): void | Promise<void> {
    this.#output ??= this.#open();
    const written = this.#isCompressed ? gzipSync(bytes) : bytes;
    this.#bytes += written.length;
    return this.#output.write(written);
  }

  /** What has been written so far ends with a record. */
  mark(): void {
    this.#wholeBytes = this.#bytes;
  }

  /** From now on a reader that takes nothing is not waited for. */
  hurry(): void {
    this.#isHurried = true;
    this.#output?.hurry();
  }

  /** Throws OutputError: some file systems report a full disk only now. */
  close(): void {
    this.#output?.close();
  }

  /** After a failure: the file is cut behind its last whole record, so that it can be read. */
  abandon(): void {
    if (this.#output === undefined || this.#path === STDOUT) return;
    try {
      this.#output.close();
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
    }
    const stats = statSync(this.#path, { throwIfNoEntry: false });
    if (stats?.isFile() === true && stats.size > this.#wholeBytes) truncateSync(this.#path, this.#wholeBytes);
  }

  #open(): Output {
    const output = new Output(this.#path);
    if (this.#isHurried) output.hurry();
    return output;
  }
}
