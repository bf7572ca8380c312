/** Sources whose flows each keep their own time: a heap of one event a flow. */
import { Pareto } from "./pareto.ts";
import type { Popularity } from "./popularity.ts";
import type { Random } from "./random.ts";
import type { Arrivals } from "./settings.ts";
import type { Source } from "./source.ts";

/** Of four times side by side most lie in one line of cache, and a heap of four ways has half the levels. */
const WAYS = 4;

/** How the packets of single flows follow each other. */
export interface FlowProcess {
  /** When a flow sends first. Called once a flow, in order. */
  first(flow: number): number;
  /** When it sends next, after a packet at `atNs`. */
  next(flow: number, atNs: number): number;
}

/** Merges the flows of a process by time; at equal times the flow of the lower number comes first. */
export class HeapedSource implements Source {
  readonly #process: FlowProcess;
  /** Not rounded. What comes first is at 0; what is at 4i + 1 to 4i + 4 comes after what is at i. */
  readonly #times: Float64Array;
  /** The flows that these times are of. Side by side, so that a look at a time is no jump by flow. */
  readonly #flows: Uint32Array;

  constructor(flows: number, process: FlowProcess) {
    this.#process = process;
    this.#times = Float64Array.from({ length: flows }, (_, flow) => process.first(flow));
    this.#flows = Uint32Array.from({ length: flows }, (_, flow) => flow);
    for (let place = Math.floor((flows - 2) / WAYS); place >= 0; place -= 1) {
      this.#sink(place, this.#times[place]!, this.#flows[place]!);
    }
  }

  get timeNs(): number {
    return Math.floor(this.#times[0]!);
  }

  get flow(): number {
    return this.#flows[0]!;
  }

  advance(): void {
    const flow = this.#flows[0]!;
    this.#sink(0, this.#process.next(flow, this.#times[0]!), flow);
  }

  /** Puts an event at a place, or down to where those below it come later. */
  #sink(from: number, time: number, flow: number): void {
    const [times, flows] = [this.#times, this.#flows];
    let place = from;
    for (let first = WAYS * place + 1; first < times.length; first = WAYS * place + 1) {
      let child = first;
      const end = Math.min(first + WAYS, times.length);
      for (let other = first + 1; other < end; other += 1) {
        if (isBefore(times[other]!, flows[other]!, times[child]!, flows[child]!)) child = other;
      }
      if (isBefore(time, flow, times[child]!, flows[child]!)) break;
      times[place] = times[child]!;
      flows[place] = flows[child]!;
      place = child;
    }
    times[place] = time;
    flows[place] = flow;
  }
}

function isBefore(time: number, flow: number, otherTime: number, otherFlow: number): boolean {
  return time < otherTime || (time === otherTime && flow < otherFlow);
}

/** Mean time between packets of each flow, when all together have `gapNs` between them. */
function gapsOf(flows: number, popularity: Popularity, gapNs: number): Float64Array {
  return Float64Array.from({ length: flows }, (_, flow) => gapNs / popularity.shareOf(flow));
}

/** Each flow evenly at its own rate; flow i of n begins i/n of its gap after the start. */
export class ConstantFlows implements FlowProcess {
  readonly #gapsNs: Float64Array;

  constructor(flows: number, popularity: Popularity, gapNs: number) {
    this.#gapsNs = gapsOf(flows, popularity, gapNs);
  }

  first(flow: number): number {
    return this.#gapsNs[flow]! * (flow / this.#gapsNs.length);
  }

  next(flow: number, atNs: number): number {
    return atNs + this.#gapsNs[flow]!;
  }
}

/**
 * Each flow is on and off in turn, for times of a Pareto distribution. While on, it sends evenly at `peak` times its
 * mean rate. At the start each flow is in the midst of a period, as it would be after having run for ever: the mean
 * rate holds from the first moment.
 */
export class OnOffFlows implements FlowProcess {
  readonly #random: Random;
  readonly #peak: number;
  /** Lengths of on periods in packets, of off periods in gaps at the peak rate. */
  readonly #on: Pareto;
  readonly #off: Pareto;
  /** At the peak rate, by flow. */
  readonly #gapsNs: Float64Array;
  /** Packets of the on period that are still to come, by flow. */
  readonly #left: Float64Array;

  constructor(
    popularity: Popularity,
    flows: number,
    gapNs: number,
    { alpha, peak, onPackets }: Extract<Arrivals, { kind: "on-off" }>,
    random: Random,
  ) {
    this.#random = random;
    this.#peak = peak;
    this.#on = new Pareto(onPackets, alpha);
    this.#off = new Pareto(onPackets * (peak - 1), alpha);
    this.#gapsNs = gapsOf(flows, popularity, gapNs / peak);
    this.#left = new Float64Array(flows);
  }

  first(flow: number): number {
    const gapNs = this.#gapsNs[flow]!;
    if (this.#random.unit() * this.#peak >= 1) {
      this.#left[flow] = this.#onPeriod();
      return this.#off.drawRest(this.#random) * gapNs;
    }
    const packets = this.#random.rounded(this.#on.drawRest(this.#random));
    const atNs = this.#random.unit() * gapNs;
    if (packets === 0) return atNs + this.#offPeriod(flow);
    this.#left[flow] = packets;
    return atNs;
  }

  next(flow: number, atNs: number): number {
    const gapNs = this.#gapsNs[flow]!;
    this.#left[flow]! -= 1;
    return this.#left[flow]! > 0 ? atNs + gapNs : atNs + gapNs + this.#offPeriod(flow);
  }

  /** Begins another on period; answers how long the flow is off before it. */
  #offPeriod(flow: number): number {
    this.#left[flow] = this.#onPeriod();
    return this.#off.draw(this.#random) * this.#gapsNs[flow]!;
  }

  /** Packets of an on period: at least 1, for the settings let none have a shortest of less. */
  #onPeriod(): number {
    return this.#random.rounded(this.#on.draw(this.#random));
  }
}
