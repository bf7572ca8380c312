/** Stretches of a capture file, for two threads that take the next one whenever they are free. */

/** Part of a file; to it belong the records that begin in it. */
export interface Stretch {
  readonly start: number;
  /** No record that begins here or behind. Infinity: all that the file turns out to have. */
  readonly limit: number;
}

/** What a thread is told of them. */
export interface StretchTask {
  readonly fileBytes: number;
  readonly stretchBytes: number;
  /** How many are taken. */
  readonly taken: SharedArrayBuffer;
}

/** Of 0.5 to 8 MiB the best: shorter ones jump more often, for longer ones the thread that meters waits longer. */
export const STRETCH_BYTES = 4 * 2 ** 20;

export class Stretches {
  readonly task: StretchTask;
  readonly #taken: Int32Array;

  constructor(task: StretchTask) {
    this.task = task;
    this.#taken = new Int32Array(task.taken);
  }

  /** Of a file that nobody has taken anything of yet. Throws where there is no shared memory. */
  static of(fileBytes: number, stretchBytes = STRETCH_BYTES): Stretches {
    const taken = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    return new Stretches({ fileBytes, stretchBytes, taken });
  }

  /** The next one that nobody has taken; undefined when there is none. */
  take(): Stretch | undefined {
    const { fileBytes, stretchBytes } = this.task;
    // What is left over belongs to the last: each is long enough to find records in.
    const count = Math.max(1, Math.floor(fileBytes / stretchBytes));
    const index = Atomics.add(this.#taken, 0, 1);
    if (index >= count) return undefined;
    return { start: index * stretchBytes, limit: index + 1 === count ? Infinity : (index + 1) * stretchBytes };
  }
}
