/** The captures that a run writes: what departs, and what was dropped if that is asked for. */
import type { Piece, Stream } from "./departures.ts";

/** A file or pipe that pieces of whole records go to. */
export interface RecordFile {
  readonly name: string;
  readonly bytes: number;
  write(bytes: Uint8Array): void | Promise<void>;
  /** What has been taken so far ends with a record. */
  mark(): void;
  hurry(): void;
  /** Waits until all is written. */
  close(): Promise<void>;
  /** After a failure: cut behind the last whole record. */
  abandon(): Promise<void>;
}

export type RecordFiles = Readonly<Partial<Record<Stream, RecordFile>>>;

/** Writes pieces to their files. Throws PipeClosed and OutputError, after which they are to be abandoned. */
export class ShapedFiles {
  /** Readers that take nothing are not waited for. */
  isHurried = false;
  readonly #files: RecordFiles;

  constructor(files: RecordFiles) {
    this.#files = files;
  }

  get #all(): readonly RecordFile[] {
    return Object.values(this.#files);
  }

  /** Each piece is taken before the next is asked for. A promise when a file or pipe has to be waited for. */
  write(pieces: Iterator<Piece, void>): void | Promise<void> {
    for (let next = pieces.next(); next.done !== true; next = pieces.next()) {
      const file = this.#files[next.value.stream]!;
      const waits = file.write(next.value.bytes);
      if (waits !== undefined) return this.#writeRest(waits, file, pieces);
      file.mark();
    }
  }

  async #writeRest(waits: Promise<void>, file: RecordFile, pieces: Iterator<Piece, void>): Promise<void> {
    await waits;
    file.mark();
    return this.write(pieces);
  }

  /** From now on readers that take nothing are not waited for. */
  hurry(): void {
    this.isHurried = true;
    for (const file of this.#all) file.hurry();
  }

  /** Waits until all is written. Throws OutputError: a disk may turn out to be full only now. */
  async close(): Promise<void> {
    for (const file of this.#all) await file.close();
  }

  /** After any failure of the run: all files hold whole records. */
  async abandon(): Promise<void> {
    for (const file of this.#all) await file.abandon();
  }
}
