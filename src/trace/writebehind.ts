/**
 * A file written behind its caller: pieces are copied, and a thread of libuv's pool writes them while the caller goes
 * on. What waits is bounded, so a slow disk holds the caller back, not memory.
 */
import { closeSync, ftruncateSync, openSync, write } from "node:fs";
import { promisify } from "node:util";
import { OutputError } from "../errors.ts";

/** One block is filled while the other is written: few calls, and both stay in a cache of the last level. */
const BLOCK_BYTES = 1 << 21;

const writeLater = promisify(write);

interface Block {
  readonly bytes: Uint8Array;
  usedBytes: number;
}

/** One file of records. At most one write is under way, so what is in the file is always its beginning. */
export class WriteBehind {
  readonly #name: string;
  readonly #fd: number;
  /** Written when the next piece does not fit, or when the event loop turns: live input is not held back. */
  #filling: Block = { bytes: new Uint8Array(BLOCK_BYTES), usedBytes: 0 };
  #other: Block = { bytes: new Uint8Array(BLOCK_BYTES), usedBytes: 0 };
  #underWay: Promise<void> | undefined;
  /** The event loop has turned since the block that is filling was begun. */
  #isDue = false;
  #takenBytes = 0;
  #writtenBytes = 0;
  /** Ends of records that were taken and are not known to be written, ascending. */
  #marks: number[] = [];
  /** The end of the last record that is known to be written. */
  #wholeBytes = 0;
  /** Nothing is written any more. */
  #failure: OutputError | undefined;
  #isClosed = false;

  /** Opens or truncates the file. Throws OutputError with the reason in words. */
  constructor(path: string) {
    this.#name = path;
    try {
      this.#fd = openSync(path, "w");
    } catch (error) {
      throw new OutputError(path, error);
    }
  }

  /**
   * Takes all of it; a promise when both blocks are full, and the bytes must hold until then. Throws OutputError when
   * an earlier piece could not be written.
   */
  write(bytes: Uint8Array): void | Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (!this.#hasRoom(rest.length)) {
        if (this.#underWay !== undefined) return this.#writeAfter(this.#underWay, rest);
        this.#send();
      }
      rest = rest.subarray(this.#fill(rest));
    }
  }

  async #writeAfter(underWay: Promise<void>, bytes: Uint8Array): Promise<void> {
    await underWay;
    return this.write(bytes);
  }

  /** What has been taken so far ends with a record. */
  mark(): void {
    this.#marks.push(this.#takenBytes);
  }

  /** Waits until all is written, and closes the file. Throws OutputError, after which it is still to be abandoned. */
  async close(): Promise<void> {
    await this.#settle();
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#isClosed) this.#end(() => undefined);
  }

  /**
   * After a failure: writes what still can be, cuts the file behind its last whole record and closes it; nothing when
   * it is closed. Throws OutputError.
   */
  async abandon(): Promise<void> {
    await this.#settle();
    if (!this.#isClosed) this.#end(() => ftruncateSync(this.#fd, this.#wholeBytes));
  }

  /** Some file systems report a full disk only when a file is closed. */
  #end(last: () => void): void {
    this.#isClosed = true;
    try {
      try {
        last();
      } finally {
        closeSync(this.#fd);
      }
    } catch (error) {
      throw new OutputError(this.#name, error);
    }
  }

  /** A piece that fits into a block is not split: a process that is killed leaves whole records, mostly. */
  #hasRoom(bytes: number): boolean {
    const { usedBytes } = this.#filling;
    return usedBytes === 0 || usedBytes + bytes <= BLOCK_BYTES;
  }

  /** Answers how many of the bytes fit into the block. */
  #fill(bytes: Uint8Array): number {
    const block = this.#filling;
    if (block.usedBytes === 0) setImmediate(() => this.#turn());
    const taken = bytes.subarray(0, BLOCK_BYTES - block.usedBytes);
    block.bytes.set(taken, block.usedBytes);
    block.usedBytes += taken.length;
    this.#takenBytes += taken.length;
    return taken.length;
  }

  #turn(): void {
    this.#isDue = true;
    if (this.#underWay === undefined) this.#send();
  }

  /** Begins to write what was taken, when nothing is under way. */
  #send(): void {
    const block = this.#filling;
    this.#isDue = false;
    if (block.usedBytes === 0 || this.#failure !== undefined) return;
    this.#filling = this.#other;
    this.#other = block;
    this.#underWay = this.#writeBlock(block);
  }

  /** Never rejects: a failure is kept for the next call. */
  async #writeBlock(block: Block): Promise<void> {
    try {
      for (let offset = 0; offset < block.usedBytes;) {
        const left = block.usedBytes - offset;
        const { bytesWritten } = await writeLater(this.#fd, block.bytes, offset, left, this.#writtenBytes);
        offset += bytesWritten;
        this.#writtenBytes += bytesWritten;
      }
    } catch (error) {
      this.#failure = new OutputError(this.#name, error);
    }
    const whole = this.#marks.findLastIndex((mark) => mark <= this.#writtenBytes);
    if (whole >= 0) this.#wholeBytes = this.#marks.splice(0, whole + 1)[whole]!;
    block.usedBytes = 0;
    this.#underWay = undefined;
    if (this.#isDue) this.#send();
  }

  async #settle(): Promise<void> {
    do {
      if (this.#underWay === undefined) this.#send();
      await this.#underWay;
    } while (this.#underWay !== undefined || (this.#filling.usedBytes > 0 && this.#failure === undefined));
  }
}
