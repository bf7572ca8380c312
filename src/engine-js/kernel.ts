/** A packet loop over one table, in one number representation. */
export interface Kernel {
  /** It says why a packet is red only where that is not its one bucket; the rest follows from the colors. */
  readonly hasOneBucket: boolean;
  /** Meters packets [from, to); answers `to`, or the index of the first packet whose new flow finds no room. */
  meter(from: number, to: number): number;
  /** Whether the flow in this slot has drained by the given clock. */
  isDrained(slot: number, clockLo: number, clockHi: number): boolean;
}
