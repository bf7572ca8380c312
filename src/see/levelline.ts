/**
 * The level of one bucket over time in bounded memory: vertical steps at packets, straight falls between them. Once
 * there are too many, each piece of time keeps its first and last step, its lowest and its highest level, so no spike
 * is lost and whatever is drawn was there.
 */
import { widthFor } from "./timebins.ts";

/** Steps in the order of time; a corner of the line is a step of no height. */
export interface Steps {
  readonly timesNs: Float64Array;
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/** Pieces of time: four steps of each are kept, and twice as many steps fit before they are thinned again. */
const PIECES = 2048;
const KEPT_A_PIECE = 4;
const CAPACITY = 2 * PIECES * KEPT_A_PIECE;

/** Indexes of the steps that a piece of time keeps, from `first` to before `end`, in order. */
function keptOf({ before, after }: Steps, first: number, end: number): number[] {
  let [lowest, highest] = [first, first];
  for (let index = first + 1; index < end; index += 1) {
    if (before[index]! < before[lowest]!) lowest = index;
    if (after[index]! > after[highest]!) highest = index;
  }
  const kept = [...new Set([first, lowest, highest, end - 1])];
  return kept.toSorted((left, right) => left - right);
}

/** Indexes of the steps that are kept of the first `count` when pieces of `widthNs` keep their extremes. */
export function extremesOf(steps: Steps, count: number, widthNs: number): number[] {
  const kept: number[] = [];
  for (let first = 0; first < count;) {
    const piece = Math.floor(steps.timesNs[first]! / widthNs);
    let end = first + 1;
    while (end < count && Math.floor(steps.timesNs[end]! / widthNs) === piece) end += 1;
    kept.push(...keptOf(steps, first, end));
    first = end;
  }
  return kept;
}

/** The steps at these indexes. */
export function pickSteps({ timesNs, before, after }: Steps, indexes: readonly number[]): Steps {
  const pick = (values: Float64Array) => Float64Array.from(indexes, (index) => values[index]!);
  return { timesNs: pick(timesNs), before: pick(before), after: pick(after) };
}

export class LevelLine {
  readonly #timesNs = new Float64Array(CAPACITY);
  readonly #before = new Float64Array(CAPACITY);
  readonly #after = new Float64Array(CAPACITY);
  #count = 0;
  /** Of the pieces that keep their extremes only; 0 while every step is kept. */
  #widthNs = 0;

  /** Times do not fall. */
  step(timeNs: number, before: number, after: number): void {
    if (this.#count === CAPACITY) this.#thin();
    this.#timesNs[this.#count] = timeNs;
    this.#before[this.#count] = before;
    this.#after[this.#count] = after;
    this.#count += 1;
  }

  #thin(): void {
    const steps = { timesNs: this.#timesNs, before: this.#before, after: this.#after };
    const spanNs = this.#timesNs[this.#count - 1]! - this.#timesNs[0]!;
    this.#widthNs = widthFor(spanNs, PIECES, Math.max(1, this.#widthNs));
    const kept = extremesOf(steps, this.#count, this.#widthNs);
    for (const values of [this.#timesNs, this.#before, this.#after]) {
      for (const [to, from] of kept.entries()) values[to] = values[from]!;
    }
    this.#count = kept.length;
  }

  /** Width of the pieces of time that keep their extremes only; 0 when every step is there. */
  get thinnedNs(): number {
    return this.#widthNs;
  }

  steps(): Steps {
    const cut = (values: Float64Array) => values.slice(0, this.#count);
    return { timesNs: cut(this.#timesNs), before: cut(this.#before), after: cut(this.#after) };
  }

  /** At most so many steps, thinned further where there are more. */
  stepsWithin(most: number): { readonly steps: Steps; readonly thinnedNs: number } {
    const steps = this.steps();
    if (this.#count <= most) return { steps, thinnedNs: this.#widthNs };
    const spanNs = this.#timesNs[this.#count - 1]! - this.#timesNs[0]!;
    // The first piece need not begin at a multiple of its width, so there may be one more.
    const pieces = Math.max(1, Math.floor(most / KEPT_A_PIECE) - 1);
    const thinnedNs = widthFor(spanNs, pieces, Math.max(1, this.#widthNs));
    return { steps: pickSteps(steps, extremesOf(steps, this.#count, thinnedNs)), thinnedNs };
  }
}
