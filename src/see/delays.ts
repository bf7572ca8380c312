/** Delays of a shaper's packets: over time, and how many had how much. Of all packets that depart. */
import type { CoreViews } from "../core/views.ts";
import { BatchClock } from "./batchclock.ts";
import { type BinnedDelays, DelayBins } from "./delaybins.ts";

/** Eight and more a pixel of a wide screen, so that one can zoom in. */
const BINS = 8192;
const RED = 2;

/** Packets whose delay is above the bound before this one, up to `mostNs`. */
export interface DelayClass {
  readonly mostNs: number;
  readonly packets: number;
}

/** Nothing, then 1, 2 and 5 times powers of ten, to 5000 s; then all. */
const BOUNDS_NS: readonly number[] = [
  0,
  ...Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat(),
  Infinity,
];

export class DelayRecorder {
  readonly #clock = new BatchClock();
  readonly #bins = new DelayBins(BINS);
  readonly #packets = BOUNDS_NS.map(() => 0);

  /** Takes in a metered batch. */
  take(views: CoreViews, packets: number): void {
    const clock = this.#clock.begin(views, packets);
    const { color, departure } = views;
    for (let packet = 0; packet < packets; packet += 1) {
      if (color[packet] === RED) continue;
      const arrivalNs = this.#clock.elapsedNs(clock, packet);
      const delayNs = this.#clock.elapsedNs(departure, packet) - arrivalNs;
      this.#bins.add(arrivalNs, delayNs);
      this.#packets[classOf(delayNs)]! += 1;
    }
  }

  get overTime(): BinnedDelays {
    return this.#bins.delays();
  }

  /** From the first class above no delay that has a packet to the last one; before them no delay, if any had none. */
  get classes(): readonly DelayClass[] {
    const [none, ...rest] = BOUNDS_NS.map((mostNs, index) => ({ mostNs, packets: this.#packets[index]! }));
    const first = rest.findIndex(({ packets }) => packets > 0);
    const end = rest.findLastIndex(({ packets }) => packets > 0) + 1;
    return [...(none!.packets > 0 ? [none!] : []), ...(first < 0 ? [] : rest.slice(first, end))];
  }
}

/** The first bound that a delay is not above. */
function classOf(delayNs: number): number {
  let [low, high] = [0, BOUNDS_NS.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (BOUNDS_NS[middle]! < delayNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
