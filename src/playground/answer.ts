/** One question about one pass: what its picture holds. */
import { bucketsOf } from "../policy/profile.ts";
import type { Count, MeterStats } from "../types.ts";
import type { KeyedFlows } from "./capture/keying.ts";
import type { LoadedCapture } from "./capture/load.ts";
import type { LevelLines } from "./meter/flowlevels.ts";
import { lengthsOf } from "./meter/inputs.ts";
import { hasLevels } from "./meter/levelreader.ts";
import { LevelTrace } from "./meter/leveltrace.ts";
import type { MeterPass } from "./meter/pass.ts";
import { FlowTable } from "./picture/flowtable.ts";
import { binRates, intervalFor, rateLines, type RateLines } from "./picture/rates.ts";
import type { TimeWindow } from "../see/timewindow.ts";
import type { Ask, ColorTotals, Picture, Totals } from "./protocol.ts";

/** A capture of one instant is shown as so long. */
const SPAN_NS_MIN = 1000;

export class Answer {
  readonly #capture: LoadedCapture;
  readonly #keyed: KeyedFlows;
  readonly #ask: Ask;
  readonly #pass: MeterPass;
  readonly #color: Uint8Array;
  readonly #table: FlowTable;
  readonly #window: TimeWindow;
  /** Of all packets. */
  #worst: number | undefined;

  constructor(
    capture: LoadedCapture,
    keyed: KeyedFlows,
    ask: Ask,
    pass: MeterPass,
    color: Uint8Array,
    nameOf: (flow: number) => string,
  ) {
    this.#capture = capture;
    this.#keyed = keyed;
    this.#ask = ask;
    this.#pass = pass;
    this.#color = color;
    const bytes = ask.policy.length === "ip" ? keyed.ipBytes : keyed.frameBytes;
    this.#table = new FlowTable(keyed, pass.tallies, bytes, nameOf);
    this.#window = windowOf(capture, ask);
  }

  /** Whose level is shown; undefined without flows. */
  get flow(): number | undefined {
    const { flow } = this.#ask;
    if (flow !== null && flow < this.#keyed.count) return flow;
    if (!this.#pass.isDone) return this.#table.worst();
    this.#worst ??= this.#table.worst();
    return this.#worst;
  }

  /** The levels that the pass has drawn on its way, if they are those of the flow that is shown. */
  followedLevels(): LevelLines | null {
    return (this.flow === undefined ? undefined : this.#pass.linesOf(this.flow)) ?? null;
  }

  /** Null when the meter has no level of one flow. */
  levelTrace(module: WebAssembly.Module): LevelTrace | null {
    const { policy, columns } = this.#ask;
    const { flow } = this;
    if (flow === undefined || !hasLevels(policy)) return null;
    return new LevelTrace(module, this.#capture.columns, this.#keyed, policy, flow, this.#window, columns);
  }

  #rates(): RateLines {
    const { policy, columns, intervalNs } = this.#ask;
    const isPackets = bucketsOf(policy.definition).every(({ costRule }) => costRule.cost === "packets");
    const weights = isPackets ? undefined : lengthsOf(this.#capture.columns, policy);
    const widthNs = intervalFor(this.#window, intervalNs, columns);
    const { done } = this.#pass;
    const bins = binRates(this.#capture.columns, this.#color, weights, done, this.#window, widthNs);
    return { intervalNs: widthNs, ...rateLines(bins, isPackets ? "packets" : "bytes", this.#window, columns) };
  }

  picture(levels: LevelLines | null, workMs: number, meterMs: number): Picture {
    const { flow } = this;
    return {
      kind: "picture",
      id: this.#ask.id,
      metered: this.#pass.done,
      packets: this.#capture.columns.packets,
      window: this.#window,
      totals: totalsOf(this.#pass.stats()),
      rates: this.#rates(),
      levels,
      levelFlow: flow === undefined ? null : this.#table.row(flow),
      flows: this.#table.rows(this.#ask.query),
      workMs,
      meterMs,
    };
  }
}

/** What a question shows of the capture. */
export function windowOf(capture: LoadedCapture, { window }: Ask): TimeWindow {
  return window ?? { fromNs: 0, toNs: spanOf(capture) };
}

/** From the first packet to the newest. */
export function spanOf({ columns }: LoadedCapture): number {
  return Math.max(columns.clockNs[columns.packets - 1]!, SPAN_NS_MIN);
}

function plain({ packets, bytes }: Count): ColorTotals {
  return { packets: Number(packets), bytes: Number(bytes) };
}

function totalsOf({ green, yellow, red, oversize, regressions }: MeterStats): Totals {
  return {
    green: plain(green),
    yellow: plain(yellow),
    red: plain(red),
    oversize: plain(oversize),
    regressions: Number(regressions),
  };
}
