/**
 * The terminal behind stdout. It is written to without ever blocking: a terminal that takes nothing, over a slow line
 * or in a hung window, loses pictures and holds up no packet. It is left as it was found, whatever ends the process.
 */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { ReadStream, type WriteStream } from "node:tty";
import type { ScreenSize } from "./layout.ts";
import type { Terminal } from "./picture.ts";

/** Where a terminal does not know its size. */
const SIZE_DEFAULT: ScreenSize = { columns: 80, rows: 24 };
const RETRY_MS = 5;
/** A terminal that takes nothing for so long at the end is given up. */
const ABANDON_MS = 1000;
const STDOUT_FD = 1;
const KEYBOARD = "/dev/tty";

/** The same terminal, opened once more: only this description of it does not block. */
function openNonBlocking(): number | undefined {
  try {
    return openSync(`/proc/self/fd/${STDOUT_FD}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // No such path here, or no right to open it: writes then wait for the terminal.
    return undefined;
  }
}

/** Stdin, or the controlling terminal where stdin is a capture; undefined where there is none. */
function openKeyboard(): ReadStream | undefined {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync(KEYBOARD, "r"));
  } catch {
    return undefined;
  }
}

export class Tty implements Terminal {
  readonly isColored: boolean;
  readonly #screen: WriteStream;
  #keyboard: ReadStream | undefined;
  #ownFd: number | undefined;
  readonly #onExit = () => this.close();
  #pending: Uint8Array = new Uint8Array(0);
  #first = "";
  #last = "";
  #resized: () => void = () => undefined;

  constructor(screen: WriteStream) {
    this.#screen = screen;
    this.isColored = (process.env["NO_COLOR"] ?? "") === "";
  }

  open(first: string, last: string): void {
    this.#first = first;
    this.#last = last;
    this.#ownFd = openNonBlocking();
    this.#keyboard = openKeyboard();
    process.once("exit", this.#onExit);
    this.#enter();
  }

  #enter(): void {
    this.#keyboard?.setRawMode(true);
    this.write(this.#first);
  }

  #leave(): void {
    this.#pending = Buffer.concat([this.#pending, Buffer.from(this.#last)]);
    const endMs = performance.now() + ABANDON_MS;
    this.#writeSome();
    while (this.#pending.length > 0 && performance.now() < endMs) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      this.#writeSome();
    }
    this.#pending = new Uint8Array(0);
    this.#keyboard?.setRawMode(false);
  }

  suspend(resumed: () => void): void {
    if (process.platform === "win32") return;
    this.#leave();
    // The whole pipeline, as the terminal itself would have it. Timers run when it goes on.
    process.kill(0, "SIGTSTP");
    setTimeout(() => {
      this.#enter();
      resumed();
    }, RETRY_MS);
  }

  get hasKeys(): boolean {
    return this.#keyboard !== undefined;
  }

  get size(): ScreenSize {
    const { columns, rows } = this.#screen;
    return { columns: columns || SIZE_DEFAULT.columns, rows: rows || SIZE_DEFAULT.rows };
  }

  onKeys(listener: (text: string) => void): void {
    this.#keyboard?.setEncoding("utf8");
    this.#keyboard?.on("data", listener);
    // A keyboard that is unplugged is one that sends nothing.
    this.#keyboard?.on("error", () => undefined);
    this.#keyboard?.resume();
  }

  onResize(listener: () => void): void {
    this.#resized = listener;
    this.#screen.on("resize", listener);
  }

  write(text: string): boolean {
    if (this.#pending.length > 0) return false;
    this.#pending = Buffer.from(text);
    this.#flush();
    return true;
  }

  #flush(): void {
    this.#writeSome();
    if (this.#pending.length > 0) setTimeout(() => this.#flush(), RETRY_MS).unref();
  }

  #writeSome(): void {
    while (this.#pending.length > 0) {
      try {
        this.#pending = this.#pending.subarray(writeSync(this.#ownFd ?? STDOUT_FD, this.#pending));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return;
        // The terminal has gone; what ends the process then is its hang-up.
        this.#pending = new Uint8Array(0);
      }
    }
  }

  close(): void {
    process.off("exit", this.#onExit);
    this.#screen.off("resize", this.#resized);
    this.#leave();
    if (this.#ownFd !== undefined) closeSync(this.#ownFd);
    this.#ownFd = undefined;
    this.#closeKeyboard();
  }

  #closeKeyboard(): void {
    const keyboard = this.#keyboard;
    if (keyboard === undefined) return;
    keyboard.removeAllListeners("data");
    if (keyboard === process.stdin) keyboard.pause();
    else keyboard.destroy();
  }
}
