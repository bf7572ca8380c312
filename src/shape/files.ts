/** The captures that a run writes: what departs, and what was dropped if that is asked for. */
import { OutputError } from "../errors.ts";
import type { Piece, Stream } from "./departures.ts";

/** A file or pipe that pieces of whole records go to. */
export interface RecordFile {
  readonly name: string;
  readonly bytes: number;
  write(bytes: Uint8Array): void | Promise<void>;
  /** What has been written so far ends with a record. */
  mark(): void;
  hurry(): void;
  close(): void;
  /** After a failure: cut behind the last whole record. */
  abandon(): void;
}

export type RecordFiles = Readonly<Partial<Record<Stream, RecordFile>>>;

/** Writes pieces to their files. Throws PipeClosed, and OutputError, after which all files hold whole records. */
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

  /** Each piece is written before the next is asked for. A promise when a pipe has to be waited for. */
  write(pieces: Iterator<Piece, void>): void | Promise<void> {
    try {
      for (let next = pieces.next(); next.done !== true; next = pieces.next()) {
        const file = this.#files[next.value.stream]!;
        const waits = file.write(next.value.bytes);
        if (waits !== undefined) return this.#writeRest(waits, file, pieces);
        file.mark();
      }
    } catch (error) {
      this.#abandon(error);
    }
  }

  async #writeRest(waits: Promise<void>, file: RecordFile, pieces: Iterator<Piece, void>): Promise<void> {
    try {
      await waits;
    } catch (error) {
      this.#abandon(error);
    }
    file.mark();
    return this.write(pieces);
  }

  /** From now on readers that take nothing are not waited for. */
  hurry(): void {
    this.isHurried = true;
    for (const file of this.#all) file.hurry();
  }

  /** Throws OutputError, when some disk is full only now; then, too, all files hold whole records. */
  close(): void {
    try {
      for (const file of this.#all) file.close();
    } catch (error) {
      this.#abandon(error);
    }
  }

  #abandon(error: unknown): never {
    if (error instanceof OutputError) for (const file of this.#all) file.abandon();
    throw error;
  }
}
