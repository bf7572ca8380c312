/** The few records that lost most, out of any number of them. */

interface Candidate {
  readonly index: number;
  readonly red: number;
  readonly bytes: number;
}

/** Gathered beyond the wanted number before they are sorted and cut again. */
const CANDIDATES_MIN = 64;

function byHarm(left: Candidate, right: Candidate): number {
  return right.red - left.red || right.bytes - left.bytes || left.index - right.index;
}

/**
 * Counts records and keeps the worst `most` of them: most refused bytes first, then most bytes, then earliest seen.
 * Records are taken in the order of their index, so one that only equals the worst kept so far is not looked at again:
 * of a million in any usual order all but some hundreds cost two comparisons.
 */
export class Ranking {
  count = 0;
  readonly #most: number;
  #best: Candidate[] = [];
  #floorRed = -1;
  #floorBytes = -1;

  constructor(most: number) {
    this.#most = most;
  }

  take(index: number, red: number, bytes: number): void {
    this.count += 1;
    if (red < this.#floorRed || (red === this.#floorRed && bytes <= this.#floorBytes)) return;
    this.#best.push({ index, red, bytes });
    if (this.#best.length >= 2 * this.#most + CANDIDATES_MIN) this.#cut();
  }

  /** Indexes of the worst, worst first. */
  worst(): number[] {
    this.#cut();
    return this.#best.map(({ index }) => index);
  }

  #cut(): void {
    this.#best = this.#best.toSorted(byHarm).slice(0, this.#most);
    if (this.#best.length < this.#most) return;
    const floor = this.#best.at(-1);
    this.#floorRed = floor?.red ?? Infinity;
    this.#floorBytes = floor?.bytes ?? Infinity;
  }
}
