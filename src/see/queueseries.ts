/** One flow in a shaper that queues whole packets: what waits, a step up at each arrival and down at each departure. */
import type { Color, ShaperDefinition } from "../types.ts";
import type { FollowedSeries } from "./followed.ts";
import { LevelLine } from "./levelline.ts";
import { Marks } from "./marks.ts";
import { SERIES_RATE_BINS, TimeBins } from "./timebins.ts";
import { ALL_TIME, isWithin } from "./timewindow.ts";

const RED = 2;
/** Packets that have left make room once they are so many. */
const LEFT_MAX = 1024;

export class QueueSeries implements FollowedSeries {
  readonly startNs: number;
  readonly ratesStartNs: number;
  readonly yellow = new Marks();
  readonly red = new Marks();
  readonly rates = new TimeBins(SERIES_RATE_BINS);
  readonly #line = new LevelLine();
  readonly lines = [this.#line];
  readonly #definition: ShaperDefinition;
  readonly #window;
  /** Of the packets that wait, first in first out, from `#head` on. Departures do not fall. */
  #departures: number[] = [];
  #amounts: number[] = [];
  #head = 0;
  #waiting = 0;
  #packets = 0;
  #lastNs: number;

  constructor(definition: ShaperDefinition, startNs: number, window = ALL_TIME) {
    this.#definition = definition;
    this.startNs = startNs;
    this.ratesStartNs = Math.max(startNs, window.fromNs);
    this.#window = window;
    this.#lastNs = startNs;
    this.#point(startNs, 0);
  }

  get packets(): number {
    return this.#packets;
  }

  /** What waits now: units, or packets where the queue counts those. */
  get waiting(): number {
    return this.#waiting;
  }

  #amountOf(lengthBytes: number): number {
    const { bounds, costRule } = this.#definition;
    if (bounds.count === "packets" || costRule.cost === "packets") return 1;
    return Math.max(lengthBytes + costRule.overheadBytes, costRule.minLengthBytes, 0);
  }

  /** A departure at the instant of an arrival comes first. */
  take(timeNs: number, lengthBytes: number, color: Color, departureNs: number): void {
    this.#advance(timeNs);
    const amount = this.#amountOf(lengthBytes);
    const isSeen = isWithin(this.#window, timeNs);
    if (color === RED) {
      if (isSeen) this.red.add(timeNs, lengthBytes, this.#waiting + amount, 0);
    } else if (departureNs > timeNs) {
      this.#departures.push(departureNs);
      this.#amounts.push(amount);
      this.#point(timeNs, amount);
    }
    if (isSeen) this.rates.add(timeNs - this.ratesStartNs, color, lengthBytes);
    this.#packets += 1;
  }

  /** Lets go what departs up to this time. Where the window begins or ends on the way, the line begins or ends. */
  #advance(timeNs: number): void {
    while (this.#head < this.#departures.length && this.#departures[this.#head]! <= timeNs) {
      const departureNs = this.#departures[this.#head]!;
      this.#edges(departureNs);
      this.#point(departureNs, -this.#amounts[this.#head]!);
      this.#head += 1;
    }
    if (this.#head >= LEFT_MAX) this.#forget();
    this.#edges(timeNs);
  }

  #forget(): void {
    this.#departures = this.#departures.slice(this.#head);
    this.#amounts = this.#amounts.slice(this.#head);
    this.#head = 0;
  }

  #edges(timeNs: number): void {
    const { fromNs, toNs } = this.#window;
    if (fromNs > this.#lastNs && fromNs < timeNs) this.#point(fromNs, 0);
    if (toNs > this.#lastNs && toNs < timeNs) this.#point(toNs, 0);
    this.#lastNs = timeNs;
  }

  /** A step of the line, level before and after it. */
  #point(timeNs: number, change: number): void {
    if (isWithin(this.#window, timeNs)) this.#line.step(timeNs, this.#waiting, this.#waiting + change);
    this.#waiting += change;
    this.#lastNs = timeNs;
  }

  end(timeNs: number): void {
    this.#advance(timeNs);
    this.#point(timeNs, 0);
  }
}
