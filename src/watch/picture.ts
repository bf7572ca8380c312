/** What shows a watch to somebody: a terminal, lines of text or JSON, a page. */
import type { Watch } from "./watch.ts";

/** What those who look may ask for. */
export interface Controls {
  /** Ends the watch; what was metered is summarized. */
  quit(): void;
  /** The same, as Ctrl-C has it. */
  interrupt(): void;
  /** Stops a replay, or lets it go on. */
  togglePause(): void;
  /** 1 for the next higher speed of a replay, -1 for the next lower. */
  changeSpeed(direction: 1 | -1): void;
}

export interface Picture {
  /** Before the first `draw`. */
  begin?(controls: Controls): void | Promise<void>;
  /** About ten times a second. It must not wait for anything: what cannot be shown is left out. */
  draw(watch: Watch): void;
  /** The watch was interrupted: readers that take nothing are not waited for. */
  hurry?(): void;
  /** After the last packet; not after an error. */
  finish?(watch: Watch): void | Promise<void>;
  /** Always the last, after an error too: leaves everything as it was found. */
  close(): void | Promise<void>;
}
