/** When a loop that keeps this thread busy lets signals and the terminal be served. */

/** About so often; later by the steps between two looks. */
export const BREATH_MS = 50;
/** Steps from one look at the clock to the next: a step takes a fraction of a millisecond, the clock a microsecond of it. */
const STEPS_A_LOOK = 8;

export class Breath {
  #lastMs = performance.now();
  #steps = 0;

  /** Asked once a step. */
  get isDue(): boolean {
    this.#steps += 1;
    return this.#steps % STEPS_A_LOOK === 0 && performance.now() - this.#lastMs > BREATH_MS;
  }

  async take(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#lastMs = performance.now();
  }
}
