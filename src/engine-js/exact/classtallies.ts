import type { ClassStats, Color } from "../../types.ts";
import { COLOR_RED, COLOR_YELLOW, REASON_BUCKET, REASON_OVERSIZE, REASON_UNTRACKED } from "../outcome.ts";
import { Tallies, Tally } from "../tally.ts";
import type { ClassProgram } from "./program.ts";

/** Totals of one class. */
export class ClassTallies {
  readonly #program: ClassProgram;
  readonly #tallies = new Tallies();
  readonly #refusedBy: readonly Tally[];

  constructor(program: ClassProgram) {
    this.#program = program;
    this.#refusedBy = program.nodes.map(() => new Tally());
  }

  add(color: Color, reason: number, lengthBytes: number): void {
    const { green, yellow, red, oversize, untracked } = this.#tallies;
    if (color === COLOR_RED) red.add(1, lengthBytes);
    else if (color === COLOR_YELLOW) yellow.add(1, lengthBytes);
    else green.add(1, lengthBytes);
    if (reason === REASON_OVERSIZE) oversize.add(1, lengthBytes);
    else if (reason === REASON_UNTRACKED) untracked.add(1, lengthBytes);
    else if (color === COLOR_RED && reason >= REASON_BUCKET) {
      const node = this.#program.nodeOfSlot[(reason - REASON_BUCKET) >>> 1]!;
      this.#refusedBy[node]!.add(1, lengthBytes);
    }
  }

  get stats(): ClassStats {
    const refusedBy = this.#refusedBy.map(({ count }) => count);
    const { green, yellow, red, oversize, untracked } = this.#tallies.counts;
    return { name: this.#program.name, green, yellow, red, oversize, untracked, refusedBy };
  }
}
