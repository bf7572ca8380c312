/** Waiting for another thread to change a word of shared memory. */

/** What a wake-up costs at worst (Linux, virtual machine: 4 to 75 us), so that spinning at most doubles a wait. */
const SPIN_MS_DEFAULT = 0.05;
/** Loads between two looks at the clock. */
const LOADS_A_LOOK = 64;
/** Most waits in a row that do not spin any more, because spinning has come to nothing. */
const TIRED_WAITS_MAX = 64;

/**
 * Spins shortly, then sleeps. Where the other thread has no processor of its own spinning keeps it from running, so
 * each spin that comes to nothing doubles the number of waits that sleep at once.
 */
export class Gate {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #sleepersIndex: number;
  readonly #spinMs: number;
  #tiredWaits = 0;
  #waitsToSleep = 0;

  /** Word `index` is waited for; at `sleepersIndex` stands how many sleep. One thread opens, any may wait. */
  constructor(words: Int32Array, index: number, sleepersIndex: number, spinMs = SPIN_MS_DEFAULT) {
    this.#words = words;
    this.#index = index;
    this.#sleepersIndex = sleepersIndex;
    this.#spinMs = spinMs;
  }

  get value(): number {
    return Atomics.load(this.#words, this.#index);
  }

  /** Waits until the word is not `seen`. False when it still is after `timeoutMs`. */
  wait(seen: number, timeoutMs: number): boolean {
    if (Atomics.load(this.#words, this.#index) !== seen || this.#spin(seen)) return true;
    Atomics.add(this.#words, this.#sleepersIndex, 1);
    // Sleeps only if the word has not changed until now: an opener that saw no sleeper changed it before.
    const answer = Atomics.wait(this.#words, this.#index, seen, timeoutMs);
    Atomics.sub(this.#words, this.#sleepersIndex, 1);
    return answer !== "timed-out";
  }

  /** Changes the word and wakes those who sleep. */
  open(value: number): void {
    Atomics.store(this.#words, this.#index, value);
    if (Atomics.load(this.#words, this.#sleepersIndex) !== 0) Atomics.notify(this.#words, this.#index);
  }

  #spin(seen: number): boolean {
    if (this.#waitsToSleep > 0) {
      this.#waitsToSleep -= 1;
      return false;
    }
    const endMs = performance.now() + this.#spinMs;
    do {
      for (let loads = 0; loads < LOADS_A_LOOK; loads += 1) {
        if (Atomics.load(this.#words, this.#index) === seen) continue;
        this.#tiredWaits = 0;
        return true;
      }
    } while (performance.now() < endMs);
    this.#tiredWaits = Math.min(2 * this.#tiredWaits + 1, TIRED_WAITS_MAX);
    this.#waitsToSleep = this.#tiredWaits;
    return false;
  }
}
