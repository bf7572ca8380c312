/** Follows the levels of a few flows through a run: flows that are known beforehand, or those that lose first. */
import {
  BATCH,
  BATCH_PACKETS_MAX,
  COLUMN_FLOW,
  COLUMN_KEY,
  KEY_BYTES,
  KEY_LENGTH,
  KEY_PREFIX,
  RECORD_UNTRACKED,
} from "../../assembly/abi.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Color } from "../types.ts";
import { BatchClock } from "./batchclock.ts";
import type { FollowedSeries, FollowPlan } from "./followed.ts";
import { ALL_TIME, type TimeWindow } from "./timewindow.ts";

const WORD = 2 ** 32;
const RED = 2;

/** A flow's identity across runs of the same captures and options: its record, and its key in the core's form. */
export interface WatchedFlow {
  readonly record: number;
  readonly key: Uint8Array;
}

/** The identity of a flow that has a record. */
export function watchedFlowOf({ core, views }: CaptureMeter, record: number): WatchedFlow {
  const at = core.keyAt(record) >>> 0;
  return { record, key: views.bytes.slice(at, at + KEY_BYTES) };
}

/** What follows the canonical part of a key is of no meaning. */
function isKey(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  const length = key[KEY_LENGTH]!;
  for (let index = KEY_PREFIX; index < KEY_BYTES; index += 1) if (bytes[at + index] !== key[index]) return false;
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== key[index]) return false;
  return true;
}

interface Watched {
  readonly key: Uint8Array;
  readonly series: FollowedSeries;
}

export interface WatchOptions {
  readonly plan: FollowPlan;
  /** Known beforehand: followed from their first packet. */
  readonly flows: readonly WatchedFlow[];
  /** So many others are followed from their first refused packet on. */
  readonly adoptedMax: number;
  /** Packets of the run that count; more have come since it was first read. */
  readonly packetsMax?: number;
  /** What is kept of the flows; all when not said. */
  readonly window?: TimeWindow;
}

export class FlowWatch {
  readonly clock = new BatchClock();
  readonly #plan: FollowPlan;
  readonly #wanted: Map<number, Uint8Array>;
  readonly #watched = new Map<number, Watched>();
  readonly #adoptedMax: number;
  readonly #window: TimeWindow;
  #adopted = 0;
  #left: number;

  constructor({ plan, flows, adoptedMax, packetsMax = Infinity, window = ALL_TIME }: WatchOptions) {
    this.#plan = plan;
    this.#wanted = new Map(flows.map(({ record, key }) => [record, key]));
    this.#adoptedMax = adoptedMax;
    this.#window = window;
    this.#left = packetsMax;
  }

  /** Takes in a metered batch. */
  take({ views }: CaptureMeter, batchPackets: number): void {
    const packets = Math.min(batchPackets, this.#left);
    this.#left -= packets;
    const clock = this.clock.begin(views, packets);
    const { bytes, words, color, length, levels, departure } = views;
    const [first, second] = levels;
    const takesDepartures = this.#plan.columns === "departures";
    const records = words.subarray((BATCH + COLUMN_FLOW) / 4, (BATCH + COLUMN_FLOW) / 4 + BATCH_PACKETS_MAX);
    for (let packet = 0; packet < packets; packet += 1) {
      const record = records[packet]!;
      let watched = this.#watched.get(record);
      if (watched === undefined && !this.#begins(record, color[packet]!)) continue;
      const keyAt = BATCH + COLUMN_KEY + packet * KEY_BYTES;
      const timeNs = this.clock.elapsedNs(clock, packet);
      const one = takesDepartures
        ? this.clock.elapsedNs(departure, packet)
        : first[2 * packet + 1]! * WORD + first[2 * packet]!;
      const two = takesDepartures ? 0 : second[2 * packet + 1]! * WORD + second[2 * packet]!;
      watched ??= this.#follow(record, bytes.slice(keyAt, keyAt + KEY_BYTES), timeNs, [one, two]);
      // The record of a flow that was dropped goes to another.
      if (watched === undefined || !isKey(bytes, keyAt, watched.key)) continue;
      watched.series.take(timeNs, length[packet]!, color[packet] as Color, one, two);
    }
  }

  /** Packets of `packetsMax` that have not come yet. */
  get packetsLeft(): number {
    return this.#left;
  }

  #begins(record: number, color: number): boolean {
    if (this.#wanted.has(record)) return true;
    return color === RED && this.#adopted < this.#adoptedMax && record !== RECORD_UNTRACKED;
  }

  /** Begins to follow a flow, if it is one of those. */
  #follow(record: number, key: Uint8Array, timeNs: number, levels: readonly [number, number]): Watched | undefined {
    const wanted = this.#wanted.get(record);
    if (wanted !== undefined && !isKey(key, 0, wanted)) return undefined;
    if (wanted === undefined) this.#adopted += 1;
    const begun = wanted === undefined ? levels : this.#plan.initial;
    const series = this.#plan.begin(timeNs, begun, this.#window);
    const watched = { key, series };
    this.#watched.set(record, watched);
    return watched;
  }

  /** What was seen of a flow, drawn to the end of the run; undefined when it was not followed. */
  seriesOf({ record, key }: WatchedFlow): FollowedSeries | undefined {
    const watched = this.#watched.get(record);
    return watched !== undefined && isKey(watched.key, 0, key) ? watched.series : undefined;
  }

  /** Draws all lines to the end. Called once. */
  end(): void {
    for (const { series } of this.#watched.values()) series.end(this.clock.spanNs);
  }
}
