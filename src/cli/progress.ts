/** One line on a terminal's stderr: part done, packets a second, time left. */
import { grouped, scaledBytes } from "../report/number.ts";

const REDRAW_MS = 200;
const BAR_CELLS = 24;
const COLUMNS_DEFAULT = 80;
const ERASE_LINE = "\r\u001B[2K";

export interface ProgressState {
  readonly packets: bigint;
  readonly doneBytes: number;
  /** Null when an input is a pipe. */
  readonly totalBytes: number | null;
}

/** The line for a state after `elapsedMs`. Pure. */
export function progressLine({ packets, doneBytes, totalBytes }: ProgressState, elapsedMs: number): string {
  const perSec = elapsedMs > 0 ? Math.round((Number(packets) * 1000) / elapsedMs) : 0;
  const speed = `${grouped(packets)} packets, ${grouped(perSec)} packets/s`;
  if (totalBytes === null || totalBytes === 0) return `${scaledBytes(doneBytes)}  ${speed}`;
  const part = Math.min(1, doneBytes / totalBytes);
  const cells = Math.round(part * BAR_CELLS);
  const bar = "█".repeat(cells) + "░".repeat(BAR_CELLS - cells);
  const leftSec = part > 0 ? Math.ceil(((elapsedMs / 1000) * (1 - part)) / part) : 0;
  const left = `${Math.floor(leftSec / 60)}:${String(leftSec % 60).padStart(2, "0")} left`;
  return `${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${scaledBytes(doneBytes)}  ${speed}  ${left}`;
}

/** Draws progress on a terminal; silent elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #isShown: boolean;
  readonly #startMs = performance.now();
  #drawnMs = performance.now();

  constructor(stream: NodeJS.WriteStream, isWanted: boolean) {
    this.#stream = stream;
    this.#isShown = isWanted && stream.isTTY;
  }

  /** Redraws a few times a second. */
  update(state: () => ProgressState): void {
    if (!this.#isShown) return;
    const nowMs = performance.now();
    if (nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    // A terminal that does not know its size says 0.
    const width = (this.#stream.columns || COLUMNS_DEFAULT) - 1;
    this.#stream.write(ERASE_LINE + progressLine(state(), nowMs - this.#startMs).slice(0, width));
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) this.#stream.write(ERASE_LINE);
  }
}
