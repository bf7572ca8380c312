/** Decompression by a program of the system: for formats that Node does not have. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { CaptureError } from "../errors.ts";
import type { Damage, Decoding } from "./chunks.ts";
import type { FileSource } from "./file.ts";

export interface Program {
  readonly name: string;
  /** What a distribution calls it. */
  readonly package: string;
  /** Read standard input, write standard output, in bounded memory. */
  readonly args: readonly string[];
  /** The command that a user gives to decompress a file. */
  readonly toFile: string;
}

const MESSAGE_LENGTH_MAX = 200;

function notStarted(source: FileSource, program: Program, error: unknown): CaptureError {
  const { name } = program;
  const { code } = error as NodeJS.ErrnoException;
  const problem = code === "ENOENT" ? "which is not there" : `which cannot be started (${code})`;
  const detail = `is compressed and needs the program ${name}, ${problem}; install ${program.package}, or decompress first (${program.toFile})`;
  return new CaptureError("UNREADABLE", source.path, detail);
}

/** The first line that says something, without what terminals act on. */
function firstLine(text: string): string | undefined {
  return text
    .split("\n")
    .map((line) => line.replace(/\p{Cc}+/gu, " ").trim())
    .find((line) => line !== "")
    ?.slice(0, MESSAGE_LENGTH_MAX);
}

/** One program at work. Its pipes bound what is in flight. */
class Run {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  #message = "";
  #isEnded = false;
  #readError: unknown;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#closed = new Promise((resolve) => {
      child.once("close", resolve);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (this.#message.length < MESSAGE_LENGTH_MAX) this.#message += text;
    });
    // The program has ended early, for a reason that its exit code tells.
    child.stdin.on("error", () => undefined);
  }

  /** Hands the program all bytes of the file, as fast as it takes them. */
  async feed(source: FileSource): Promise<void> {
    const { stdin } = this.#child;
    try {
      for await (const piece of source.pieces()) {
        // The piece is valid until the next one only, so it has to be written before.
        await new Promise((resolve) => {
          stdin.write(piece, resolve);
        });
        if (stdin.destroyed) return;
      }
    } catch (error) {
      // Closing the source ends its reading in an error, which is no one's problem any more.
      if (!this.#isEnded) this.#readError = error;
    }
    stdin.end();
  }

  async *output(program: Program, damage: Damage): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of this.#child.stdout as AsyncIterable<Uint8Array>) yield chunk;
    await this.#closed;
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#readError !== undefined) throw this.#readError;
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0 && firstLine(this.#message) === undefined) return;
    const reason = firstLine(this.#message) ?? `${program.name}: ended with ${signalCode ?? exitCode}`;
    damage.note(`the compressed data is damaged; what could be decompressed was read (${reason})`);
  }

  stop(): void {
    this.#isEnded = true;
    this.#child.kill();
  }
}

/** Throws CaptureError when the program is not there. */
export async function startProgram(source: FileSource, program: Program, damage: Damage): Promise<Decoding> {
  const env = { ...process.env, LC_ALL: "C" };
  const child = spawn(program.name, program.args, { stdio: "pipe", env });
  const run = new Run(child);
  try {
    await once(child, "spawn");
  } catch (error) {
    throw notStarted(source, program, error);
  }
  void run.feed(source);
  return { chunks: run.output(program, damage), stop: () => run.stop() };
}
