/** The dashboard: a watch drawn on a terminal's alternate screen. */
import type { Controls, Picture } from "../picture.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Watch } from "../watch.ts";
import { type Order, ORDERS, WORST_MAX } from "../worst.ts";
import { rendered } from "./cells.ts";
import { type Key, keysIn } from "./keys.ts";
import { screenLines, type ScreenSize } from "./layout.ts";

/** What a terminal has to offer: src/watch/terminal/tty.ts, or a test's. */
export interface Terminal {
  readonly size: ScreenSize;
  readonly isColored: boolean;
  /** Keys can be read. */
  readonly hasKeys: boolean;
  /** Takes the keyboard and writes a first text; `last` is written by `close`, or when the process exits before. */
  open(first: string, last: string): void;
  /** False while an earlier text has not gone out yet: then nothing was taken. */
  write(text: string): boolean;
  /** What the keyboard sends, as text. */
  onKeys(listener: (text: string) => void): void;
  onResize(listener: () => void): void;
  /** Gives everything back until the shell lets the process go on, then calls back. */
  suspend(resumed: () => void): void;
  /** Gives everything back. */
  close(): void;
}

// Alternate screen, cursor away, no wrap: a screen that shrinks must not push lines down before it is drawn again.
const ENTER = "\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[2J";
// The other way round. Styles are off; the end of a synchronized frame is repeated in case one was cut.
const LEAVE = "\u001B[?2026l\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l";
const FRAME_BEGIN = "\u001B[?2026h";
const FRAME_END = "\u001B[?2026l";
const CLEAR = "\u001B[2J";
const CLEAR_LINE = "\u001B[2K";

export class TerminalPicture implements Picture {
  readonly #terminal: Terminal;
  readonly #url: () => string | undefined;
  #controls: Controls | undefined;
  #order: Order = ORDERS[0];
  #selected: number | undefined;
  /** The picture that is held; live input is metered on. */
  #held: Snapshot | undefined;
  #isHoldAsked = false;
  #moves = 0;
  /** Lines as they stand on the screen. */
  #drawn: readonly string[] = [];
  #isStale = true;
  #isOpen = false;

  /** `url` is that of the page, once there is one. */
  constructor(terminal: Terminal, url: () => string | undefined) {
    this.#terminal = terminal;
    this.#url = url;
  }

  begin(controls: Controls): void {
    this.#controls = controls;
    this.#isOpen = true;
    this.#terminal.open(ENTER, LEAVE);
    this.#terminal.onKeys((text) => {
      for (const key of keysIn(text)) this.#press(key);
    });
    this.#terminal.onResize(() => {
      this.#isStale = true;
    });
  }

  #press(key: Key): void {
    const controls = this.#controls!;
    switch (key) {
      case "quit":
        return controls.quit();
      case "interrupt":
        return controls.interrupt();
      case "faster":
        return controls.changeSpeed(1);
      case "slower":
        return controls.changeSpeed(-1);
      case "pause":
        controls.togglePause();
        this.#isHoldAsked = !this.#isHoldAsked;
        return undefined;
      case "up":
        this.#moves -= 1;
        return undefined;
      case "down":
        this.#moves += 1;
        return undefined;
      case "suspend":
        return this.#terminal.suspend(() => {
          this.#isStale = true;
        });
      case "sort":
        this.#order = ORDERS[(ORDERS.indexOf(this.#order) + 1) % ORDERS.length]!;
        return undefined;
    }
  }

  draw(watch: Watch): void {
    const { size, isColored, hasKeys } = this.#terminal;
    const hasLevels = watch.view.levels !== undefined;
    if (this.#order === "level" && !hasLevels) this.#order = ORDERS[0];
    const snapshot = this.#snapshotOf(watch);
    this.#move(snapshot);
    const state = {
      order: this.#order,
      selected: this.#selected,
      isHeld: this.#held !== undefined,
      hasKeys,
      url: this.#url(),
    };
    const lines = screenLines(snapshot, state, size).map((line) => rendered(line, size.columns, isColored));
    this.#put(lines);
  }

  /** What is shown; a picture that is held stays as it was. */
  #snapshotOf(watch: Watch): Snapshot {
    // Replays are paused instead, and what has ended stands still by itself.
    if (!this.#isHoldAsked || watch.mode === "replay" || watch.mode === "ended") this.#held = undefined;
    else this.#held ??= watch.snapshot(this.#order, WORST_MAX);
    return this.#held ?? watch.snapshot(this.#order, WORST_MAX);
  }

  #move({ worst }: Snapshot): void {
    if (this.#moves === 0) return;
    const place = worst.findIndex(({ index }) => index === this.#selected);
    const from = place === -1 && this.#moves < 0 ? worst.length : place;
    const next = Math.max(0, Math.min(worst.length - 1, from + this.#moves));
    this.#selected = worst[next]?.index;
    this.#moves = 0;
  }

  /** Writes the lines that have changed. Cleared before, not after: behind a full line that would take its last cell. */
  #put(lines: readonly string[]): void {
    const changes = lines.flatMap((line, row) =>
      this.#isStale || line !== this.#drawn[row] ? [`\u001B[${row + 1};1H${CLEAR_LINE}${line}`] : [],
    );
    if (changes.length === 0) return;
    const frame = `${FRAME_BEGIN}${this.#isStale ? CLEAR : ""}${changes.join("")}${FRAME_END}`;
    if (!this.#terminal.write(frame)) return;
    this.#drawn = lines;
    this.#isStale = false;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.close();
  }
}
