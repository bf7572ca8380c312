/** The piece of time that all charts show, and the moment that is read out: one for the whole page. */

/** A chart that follows. */
export interface Follower {
  /** The piece of time is another one. */
  rangeChanged(): void;
  /** The moment is another one; null: none. */
  momentChanged(): void;
}

/** A nanosecond a pixel is as near as one gets. */
const SPAN_NS_MIN = 1000;

export class TimeView {
  readonly #wholeFromNs: number;
  readonly #wholeToNs: number;
  readonly #followers: Follower[] = [];
  #fromNs: number;
  #toNs: number;
  #momentNs: number | null = null;

  /** All from the first packet to `spanNs` after it; captures of a moment get a little room. */
  constructor(spanNs: number) {
    const roomNs = spanNs < SPAN_NS_MIN ? SPAN_NS_MIN / 2 : 0;
    this.#wholeFromNs = 0 - roomNs;
    this.#wholeToNs = spanNs + roomNs;
    this.#fromNs = this.#wholeFromNs;
    this.#toNs = this.#wholeToNs;
  }

  get fromNs(): number {
    return this.#fromNs;
  }

  get toNs(): number {
    return this.#toNs;
  }

  get momentNs(): number | null {
    return this.#momentNs;
  }

  get isWhole(): boolean {
    return this.#fromNs === this.#wholeFromNs && this.#toNs === this.#wholeToNs;
  }

  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  show(fromNs: number, toNs: number): void {
    const wanted = Math.max(toNs - fromNs, SPAN_NS_MIN);
    const spanNs = Math.min(wanted, this.#wholeToNs - this.#wholeFromNs);
    this.#fromNs = Math.min(Math.max(fromNs, this.#wholeFromNs), this.#wholeToNs - spanNs);
    this.#toNs = this.#fromNs + spanNs;
    for (const follower of this.#followers) follower.rangeChanged();
  }

  showWhole(): void {
    this.show(this.#wholeFromNs, this.#wholeToNs);
  }

  /** A factor below 1 comes nearer. The moment at `aroundNs` stays where it is. */
  zoom(factor: number, aroundNs: number): void {
    this.show(aroundNs - (aroundNs - this.#fromNs) * factor, aroundNs + (this.#toNs - aroundNs) * factor);
  }

  point(momentNs: number | null): void {
    this.#momentNs = momentNs;
    for (const follower of this.#followers) follower.momentChanged();
  }

  /** Points at a moment and, when it is outside, moves there. */
  visit(momentNs: number): void {
    const spanNs = this.#toNs - this.#fromNs;
    if (momentNs < this.#fromNs || momentNs > this.#toNs) this.show(momentNs - spanNs / 2, momentNs + spanNs / 2);
    this.point(momentNs);
  }
}
