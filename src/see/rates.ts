/** What was offered and how it came out over time: of all packets and, under a policy of classes, of each class. */
import type { CoreViews } from "../core/views.ts";
import type { Color, Policy } from "../types.ts";
import { BatchClock } from "./batchclock.ts";
import { type BinnedCounts, TimeBins } from "./timebins.ts";
import { ALL_TIME, isWithin, type TimeWindow } from "./timewindow.ts";

/** Eight and more a pixel of a wide screen, so that one can zoom in. */
const BINS = 8192;
const CLASS_BINS = 1024;
/** Classes above these are part of the whole only. */
export const CLASSES_MAX = 64;

export class RateRecorder {
  readonly clock = new BatchClock();
  readonly #all = new TimeBins(BINS);
  readonly #classes: readonly TimeBins[];
  readonly #window: TimeWindow;

  /** Bins begin with the window, and hold what is in it. */
  constructor(policy: Policy, window = ALL_TIME) {
    this.#window = window;
    const count = policy.meter === "classes" ? Math.min(policy.classes.length, CLASSES_MAX) : 0;
    this.#classes = Array.from({ length: count }, () => new TimeBins(CLASS_BINS));
  }

  /** Takes in a metered batch. */
  take(views: CoreViews, packets: number): void {
    const clock = this.clock.begin(views, packets);
    const { color, length, class: classes } = views;
    for (let packet = 0; packet < packets; packet += 1) {
      const timeNs = this.clock.elapsedNs(clock, packet);
      if (!isWithin(this.#window, timeNs)) continue;
      const elapsedNs = timeNs - this.#window.fromNs;
      this.#all.add(elapsedNs, color[packet] as Color, length[packet]!);
      if (this.#classes.length === 0) continue;
      this.#classes[classes[packet]!]?.add(elapsedNs, color[packet] as Color, length[packet]!);
    }
  }

  get all(): BinnedCounts {
    return this.#all.counts();
  }

  /** In the order of the policy; those that had no packet have no bins. */
  get classes(): readonly BinnedCounts[] {
    return this.#classes.map((bins) => bins.counts());
  }
}
