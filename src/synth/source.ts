/** Where packets come from: a source knows its next packet only. */
export interface Source {
  /** When it arrives, in whole nanoseconds after the start; never less than the one before. Infinity: no more come. */
  readonly timeNs: number;
  /** Which flow it belongs to. */
  readonly flow: number;
  /** Goes on to the packet behind it. */
  advance(): void;
}
