/**
 * Bytes of a file, a device, a FIFO or standard input, as they are. Files are read synchronously, without a promise;
 * pipes as sockets, so that signals are served while one waits for their writer.
 */
import { closeSync, fstatSync, open, openSync, readSync, type Stats, statSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { CaptureError } from "../errors.ts";
import type { CaptureInput } from "./captureinput.ts";

const STDIN_FD = 0;
/** Opened by path these fail when standard input is a socket, and they are the same bytes. */
const STDIN_PATHS: ReadonlySet<string> = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);
/** True when a path means standard input. */
export function isStdin(path: string): boolean {
  return STDIN_PATHS.has(path);
}

const PIECE_BYTES = 1 << 16;
const WAIT_MS_MAX = 16;

const WAY_OUT: Readonly<Record<string, string>> = {
  ENOENT: "no such file; check the path",
  ENOTDIR: "no such file, a part of the path is not a directory; check the path",
  EACCES: "permission denied; ask for the right to read it",
  EPERM: "permission denied; ask for the right to read it",
  EISDIR: "is a directory; name a capture file in it",
  EMFILE: "too many files are open; give fewer captures or raise the limit (ulimit -n)",
  ELOOP: "links go round in a circle; name the file itself",
  ENAMETOOLONG: "the name is too long; check the path",
};

function shown(path: string): string {
  return path === "-" ? "stdin" : path;
}

function unreadable(path: string, error: unknown): CaptureError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new CaptureError(
    "UNREADABLE",
    shown(path),
    WAY_OUT[code] ?? `reading fails (${code}); check the device, or copy it first`,
  );
}

/**
 * Opens for reading. What is no file may wait, as a FIFO does for its writer: that waits in the thread pool, which takes
 * 3 ms to start.
 */
async function opened(path: string): Promise<number> {
  return statSync(path).isFile() ? openSync(path, "r") : promisify(open)(path, "r");
}

/** Position within a file is undefined for pipes: only what was opened here and can be sought may be read again. */
export class FileSource implements CaptureInput {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly damage = null;
  readonly #fd: number;
  readonly #isPipe: boolean;
  readonly #isSeekable: boolean;
  #consumedBytes = 0;
  /** Taken from the file to see what it is, and not given to anyone yet. */
  #held: Uint8Array = new Uint8Array(0);
  /** Why seeing what it is failed: thrown to what reads, behind the bytes before it. */
  #failure: CaptureError | undefined;
  #socket: NodeJS.ReadStream | Socket | undefined;
  #arrivals: AsyncIterator<Uint8Array> | undefined;
  /** What the pipe gave last and nobody has taken yet. */
  #arrived: Uint8Array = new Uint8Array(0);
  #isClosed = false;

  private constructor(path: string, fd: number, stats: Stats) {
    this.path = path;
    this.name = shown(path);
    this.sizeBytes = stats.isFile() ? stats.size : null;
    this.#fd = fd;
    this.#isPipe = stats.isFIFO() || stats.isSocket();
    this.#isSeekable = stats.isFile() && fd !== STDIN_FD;
  }

  /** Throws CaptureError. Opening a FIFO waits for its writer. */
  static async open(path: string): Promise<FileSource> {
    let fd = STDIN_FD;
    try {
      if (!isStdin(path)) fd = await opened(path);
      const stats = fstatSync(fd);
      if (stats.isDirectory()) throw Object.assign(new Error(path), { code: "EISDIR" });
      return new FileSource(path, fd, stats);
    } catch (error) {
      if (fd !== STDIN_FD) closeSync(fd);
      throw unreadable(path, error);
    }
  }

  /** Bytes given out so far: the position of the next one. */
  get consumedBytes(): number {
    return this.#consumedBytes;
  }

  /** The first bytes, fewer only when there are no more. They are still given by what reads. */
  async peek(bytes: number): Promise<Uint8Array> {
    const head = new Uint8Array(bytes);
    let length = 0;
    try {
      while (length < bytes) {
        const added = await this.#readFile(() => head.subarray(length));
        if (added === 0) break;
        length += added;
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#failure = error;
    }
    this.#held = head.subarray(0, length);
    return this.#held;
  }

  read(target: () => Uint8Array): number | Promise<number> {
    if (this.#held.length > 0) return this.#giveHeld(target());
    if (this.#failure !== undefined) throw this.#failure;
    const answer = this.#readFile(target);
    if (typeof answer !== "number") return answer.then((bytes) => this.#given(bytes));
    return this.#given(answer);
  }

  #given(bytes: number): number {
    this.#consumedBytes += bytes;
    return bytes;
  }

  #giveHeld(target: Uint8Array): number {
    const given = this.#held.subarray(0, target.length);
    target.set(given);
    this.#held = this.#held.subarray(given.length);
    return this.#given(given.length);
  }

  #readFile(target: () => Uint8Array): number | Promise<number> {
    if (this.#isPipe) return this.#arrived.length > 0 ? this.#takeArrived(target()) : this.#readPipe(target);
    try {
      return readSync(this.#fd, target());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return this.#wait(target);
      return this.#endOrThrow(error);
    }
  }

  #takeArrived(target: Uint8Array): number {
    const taken = this.#arrived.subarray(0, target.length);
    target.set(taken);
    this.#arrived = this.#arrived.subarray(taken.length);
    return taken.length;
  }

  async #readPipe(target: () => Uint8Array): Promise<number> {
    // A read that waits in the thread pool would keep process.exit() waiting too; a socket does not.
    this.#socket ??= this.#fd === STDIN_FD ? process.stdin : await this.#socketOfPipe();
    if (this.#socket === undefined) return 0;
    this.#arrivals ??= (this.#socket as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    try {
      const next = await this.#arrivals.next();
      if (next.done === true) return 0;
      this.#arrived = next.value;
    } catch (error) {
      // Closing the input ends a read that still waits.
      if (this.#isClosed) return 0;
      return this.#endOrThrow(error);
    }
    return this.#takeArrived(target());
  }

  /** Undefined when the input has been closed meanwhile: its descriptor may be another file's by then. */
  async #socketOfPipe(): Promise<Socket | undefined> {
    const { Socket } = await import("node:net");
    return this.#isClosed ? undefined : new Socket({ fd: this.#fd, readable: true, writable: false });
  }

  /** A device that is not ready, or a terminal that another process made non-blocking: only time can be waited on. */
  async #wait(target: () => Uint8Array): Promise<number> {
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
      await pause(waitMs);
      if (this.#isClosed) return 0;
      try {
        return readSync(this.#fd, target());
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return this.#endOrThrow(error);
      }
    }
  }

  /** Windows tells the end of a pipe as an error. */
  #endOrThrow(error: unknown): number {
    if ((error as NodeJS.ErrnoException).code === "EOF") return 0;
    throw unreadable(this.path, error);
  }

  /** Reads earlier bytes again and changes no position; null when this cannot be done. */
  readAt(target: Uint8Array, position: number): number | null {
    if (!this.#isSeekable) return null;
    try {
      return readSync(this.#fd, target, 0, target.length, position);
    } catch (error) {
      return this.#endOrThrow(error);
    }
  }

  /** All bytes; each piece is valid until the next is asked for. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(PIECE_BYTES);
    for (;;) {
      const length = await this.read(() => buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#socket !== undefined) this.#socket.destroy();
    else if (this.#fd !== STDIN_FD) closeSync(this.#fd);
  }
}
