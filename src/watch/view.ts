/**
 * What a watcher sees, packet by packet: totals, classes, seconds, levels. A metered batch is opened and applied up to
 * the time that is shown, so a replay at its own pace is exact however many packets a batch has.
 */
import { BatchClock } from "../see/batchclock.ts";
import { drawnProfileOf } from "../see/followed.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Policy } from "../types.ts";
import { Bins } from "./bins.ts";
import { addCounts, addPacket, colorsAt, COUNT_NUMBERS, type LiveColors } from "./counts.ts";
import { FlowLevels } from "./levels.ts";

export const NS_PER_SEC = 1_000_000_000;

/** All times count from the first packet. */
export class LiveView {
  readonly bins = new Bins();
  /** Undefined where levels are not a flow's own, and under a policy of classes. */
  readonly levels: FlowLevels | undefined;
  readonly #meter: CaptureMeter;
  readonly #clock = new BatchClock();
  readonly #totals = new Float64Array(COUNT_NUMBERS);
  /** Of the running second, not yet among the totals and the seconds. */
  readonly #running = new Float64Array(COUNT_NUMBERS);
  /** Six numbers a class; empty under a policy of one meter. */
  readonly #classes: Float64Array;
  #clockNs = 0;
  #second = 0;
  #nextSecondNs = NS_PER_SEC;
  #count = 0;
  #next = 0;
  #openedMs = 0;

  constructor(meter: CaptureMeter, policy: Policy) {
    this.#meter = meter;
    this.#classes = new Float64Array(policy.meter === "classes" ? policy.classes.length * COUNT_NUMBERS : 0);
    const profile = drawnProfileOf(policy);
    this.levels = profile === undefined ? undefined : new FlowLevels(profile);
  }

  /** Time of the first packet, in the capture's own time; undefined before there is one. */
  get originNs(): bigint | undefined {
    return this.#clock.originNs;
  }

  /** The newest time among the packets applied. */
  get clockNs(): number {
    return this.#clockNs;
  }

  /** When packets came last, by the clock on the wall. */
  get openedMs(): number {
    return this.#openedMs;
  }

  get totals(): LiveColors {
    return colorsAt(this.#totals);
  }

  /** In the order of the policy; empty under a policy of one meter. */
  get classes(): LiveColors[] {
    return Array.from({ length: this.#classes.length / COUNT_NUMBERS }, (_, index) =>
      colorsAt(this.#classes, index * COUNT_NUMBERS),
    );
  }

  /** Opens the batch that was just metered; the one before must have been applied. */
  open(count: number, wallMs: number): void {
    this.#count = count;
    this.#next = 0;
    this.#openedMs = wallMs;
    this.#clock.begin(this.#meter.views, count);
  }

  get isApplied(): boolean {
    return this.#next === this.#count;
  }

  /** Time of the next packet that is not applied yet. Only when there is one. */
  get nextNs(): number {
    return this.#clock.elapsedNs(this.#clock.columnOf(this.#meter.views), this.#next);
  }

  /** Takes the packets of the open batch up to time `untilNs`, that included. */
  apply(untilNs: number): void {
    const { views } = this.#meter;
    const { length, color, flow, class: classes, levels } = views;
    const clock = this.#clock.columnOf(views);
    const hasClasses = this.#classes.length > 0;
    const ownLevels = this.levels;
    let row = this.#next;
    for (; row < this.#count; row += 1) {
      const timeNs = this.#clock.elapsedNs(clock, row);
      if (timeNs > untilNs) break;
      if (timeNs >= this.#nextSecondNs) this.#turn(timeNs);
      this.#clockNs = timeNs;
      const bytes = length[row]!;
      addPacket(this.#running, 0, color[row]!, bytes);
      if (hasClasses) addPacket(this.#classes, classes[row]! * COUNT_NUMBERS, color[row]!, bytes);
      // Record 0 is that of packets without a flow.
      else if (ownLevels !== undefined && flow[row]! > 0) ownLevels.put(flow[row]!, row, levels, timeNs);
    }
    this.#next = row;
    this.#settle();
  }

  /** A new second begins with the packet of this time. */
  #turn(timeNs: number): void {
    this.#settle();
    this.#second = Math.floor(timeNs / NS_PER_SEC);
    this.#nextSecondNs = (this.#second + 1) * NS_PER_SEC;
  }

  #settle(): void {
    addCounts(this.#totals, 0, this.#running);
    this.bins.add(this.#second, this.#running);
    this.#running.fill(0);
  }
}
