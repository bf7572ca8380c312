/** The file or pipe that a capture is written to. */
import { statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { OutputError } from "../errors.ts";
import { Output } from "./output.ts";
import { WriteBehind } from "./writebehind.ts";

const STDOUT = "-";
const COMPRESSED = /\.gz$/iu;

/**
 * Opened with its first byte: what turns out to be no capture costs no file that is there. A name in ".gz" is
 * compressed, each piece as a member of its own, which every gzip reader takes for one file. Files are written behind
 * the caller; pipes, devices and stdout at once.
 */
export class CaptureFile {
  readonly name: string;
  readonly #path: string;
  readonly #isCompressed: boolean;
  #output: Output | WriteBehind | undefined;
  #isHurried = false;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
    this.name = path === STDOUT ? "stdout" : path;
    this.#isCompressed = COMPRESSED.test(path);
  }

  /** Bytes that were taken; all of them are written when `close` does not throw. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A promise when it has to wait: the bytes must hold until then. Throws OutputError, of earlier bytes too; PipeClosed. */
  write(bytes: Uint8Array): void | Promise<void> {
    this.#output ??= this.#open();
    const written = this.#isCompressed ? gzipSync(bytes) : bytes;
    this.#bytes += written.length;
    return this.#output.write(written);
  }

  /** What has been taken so far ends with a record. */
  mark(): void {
    if (this.#output instanceof WriteBehind) this.#output.mark();
  }

  /** From now on a reader that takes nothing is not waited for. */
  hurry(): void {
    this.#isHurried = true;
    if (this.#output instanceof Output) this.#output.hurry();
  }

  /** Waits until all is written. Throws OutputError: of bytes taken before, or of a file system that reports only now. */
  async close(): Promise<void> {
    await this.#output?.close();
  }

  /** After any failure of the run, which is what is told: a file is cut behind its last whole record, so that it can be read. */
  async abandon(): Promise<void> {
    try {
      if (this.#output instanceof WriteBehind) await this.#output.abandon();
      else this.#output?.close();
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
    }
  }

  #open(): Output | WriteBehind {
    if (this.#path !== STDOUT && isFile(this.#path)) return new WriteBehind(this.#path);
    const output = new Output(this.#path);
    if (this.#isHurried) output.hurry();
    return output;
  }
}

/** True for a file that is there, and for one that is to be made. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
  } catch {
    // Opening it tells what is wrong.
    return true;
  }
}
