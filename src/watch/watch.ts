/** One watch: a meter and all that pictures of it need, gathered when somebody looks. */
import { statsOf } from "../core/engine.ts";
import { bucketNames } from "../core/reasons.ts";
import { classesLines, policyLine } from "../policies.ts";
import { grouped } from "../report/number.ts";
import { totalsOf } from "../report/records.ts";
import { canBeYellow } from "../report/text.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Cost, Count, Policy } from "../types.ts";
import { type LiveColors, type LiveCount, sumOf } from "./counts.ts";
import { SharedNodes } from "./nodes.ts";
import { Pace, SPEED_MAX } from "./pace.ts";
import type { FlowNow, Mode, NodeRow, Snapshot } from "./snapshot.ts";
import { LiveView, NS_PER_SEC } from "./view.ts";
import { type Order, WorstFlows } from "./worst.ts";

/** Seconds in the chart of a terminal. */
export const RECENT_SECONDS = 60;
const RATE_SECONDS = [1, 10, 60] as const;
/** Time for the worst flows in one look: at ten looks a second, five percent of one processor. */
const LOOK_MS = 5;
const NS_PER_MS = 1e6;

export interface WatchSetting {
  readonly policy: Policy;
  /** The flow key as given; null under a policy of classes. */
  readonly by: string | null;
  readonly capture: string;
  readonly mode: Mode;
  /** Infinity: as fast as it can. */
  readonly speed: number;
}

function live({ packets, bytes }: Count): LiveCount {
  return { packets: Number(packets), bytes: Number(bytes) };
}

/** A policy that costs packets all through is shown in packets, any other in bits. */
function costOf(policy: Policy): Cost {
  if (policy.meter === "shaper") return policy.definition.costRule.cost;
  const policies =
    policy.meter === "classes" ? policy.classes.flatMap(({ path }) => path.map((e) => e.policy)) : [policy];
  const buckets = policies.flatMap(({ profiles }) => profiles.flatMap((profile) => profile.buckets));
  return buckets.length > 0 && buckets.every(({ costRule }) => costRule.cost === "packets") ? "packets" : "bytes";
}

export class Watch {
  readonly meter: CaptureMeter;
  readonly view: LiveView;
  readonly pace: Pace;
  readonly #setting: WatchSetting;
  readonly #worst: WorstFlows;
  readonly #nodes: SharedNodes | undefined;
  readonly #policyLine: string;
  readonly #buckets: readonly string[];
  readonly #cost: Cost;
  readonly #hasYellow: boolean;
  #mode: Mode;

  constructor(meter: CaptureMeter, setting: WatchSetting) {
    const { policy, by } = setting;
    this.meter = meter;
    this.view = new LiveView(meter, policy);
    this.pace = new Pace(setting.speed);
    this.#setting = setting;
    this.#mode = setting.mode;
    this.#worst = new WorstFlows(meter, this.view);
    this.#cost = costOf(policy);
    this.#hasYellow = canBeYellow(policy);
    if (policy.meter === "classes") {
      this.#nodes = new SharedNodes(meter, policy);
      this.#policyLine = classesLines(policy)[0]!;
      this.#buckets = [];
    } else {
      this.#policyLine = policyLine(policy, by ?? undefined);
      const hasLevels = policy.meter !== "shaper" && this.view.levels !== undefined;
      const names = hasLevels ? bucketNames(policy).filter((name) => name !== "") : [];
      // The only bucket needs no name to be told from others.
      this.#buckets = names.length === 1 ? ["level"] : names;
    }
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** The end of a file that is followed has been reached: from now on it is as live as its writer. */
  followOn(): void {
    this.#mode = "live";
    this.pace.setSpeed(SPEED_MAX, this.view.clockNs, performance.now());
  }

  /** Nothing more will come. */
  end(): void {
    this.#mode = "ended";
  }

  /** The time that is shown: levels drain and seconds pass while no packet comes. */
  nowNs(): number {
    const { view, pace } = this;
    const wallMs = performance.now();
    if (view.originNs === undefined) return 0;
    if (this.#mode === "live") return view.clockNs + (wallMs - view.openedMs) * NS_PER_MS;
    if (this.#mode === "ended" || pace.isFree) return view.clockNs;
    return Math.max(view.clockNs, pace.dueNs(wallMs) === Infinity ? 0 : pace.dueNs(wallMs));
  }

  /** Looks for the worst flows, for a bounded time; then any number of snapshots may be taken. */
  look(): void {
    this.#worst.look(this.nowNs(), LOOK_MS);
    this.view.bins.advance(Math.floor(this.nowNs() / NS_PER_SEC));
  }

  /** Once, at the end: the last snapshots are exact. */
  lookAtAll(): void {
    this.#worst.lookAtAll(this.nowNs());
  }

  snapshot(order: Order, most: number): Snapshot {
    const { view, pace } = this;
    const { policy, capture } = this.#setting;
    const nowNs = this.nowNs();
    const second = Math.floor(nowNs / NS_PER_SEC);
    const { totals, originNs } = view;
    // At the end the last second is over, whatever part of it there was.
    const secondsOver = this.#mode === "ended" && originNs !== undefined ? second + 1 : second;
    const classes = view.classes;
    return {
      capture,
      policy: this.#policyLine,
      cost: this.#cost,
      mode: this.#mode,
      speed: pace.speed,
      isPaused: pace.isPaused,
      timeNs: originNs === undefined ? null : originNs + BigInt(Math.floor(nowNs)),
      spanNs: nowNs,
      second,
      totals,
      total: sumOf(totals),
      hasYellow: this.#hasYellow,
      rates: RATE_SECONDS.map((seconds) => view.bins.rates(seconds, secondsOver)),
      recent: view.bins.rows(second - RECENT_SECONDS + 1, second),
      flows: this.#worst.flows,
      buckets: this.#buckets,
      worst: this.#worst.worst(order, most, nowNs).map((index) => this.#flow(index, nowNs)),
      classes: policy.meter === "classes" ? classNow(policy, classes) : [],
      nodes: this.#nodeRows(classes),
      notes: this.#notes(),
    };
  }

  #nodeRows(classes: readonly LiveColors[]): NodeRow[] {
    return (this.#nodes?.now(classes) ?? []).map(({ name, colors, refused }) => {
      return { name, colors, refused, instances: this.#worst.instancesOf(name) };
    });
  }

  #flow(index: number, nowNs: number): FlowNow {
    const { flow, label, green, yellow, red, ...total } = totalsOf(this.meter, index);
    return {
      index,
      flow,
      className: label?.name,
      colors: { green: live(green), yellow: live(yellow), red: live(red) },
      total: live(total),
      levels: this.view.levels?.now(index, nowNs) ?? [],
    };
  }

  #notes(): string[] {
    const { untracked, regressions, evictedFlows } = statsOf(this.meter.core);
    return [
      ...(untracked.packets > 0n
        ? [
            `the flow table is full: ${grouped(untracked.packets)} packets of untracked flows refused; raise --max-flows`,
          ]
        : []),
      ...(regressions > 0n
        ? [`${grouped(regressions)} packets older than one before them, metered at the newest time`]
        : []),
      ...(evictedFlows > 0n ? [`${grouped(evictedFlows)} drained flows dropped to make room; no verdict changed`] : []),
      ...this.#setting.policy.warnings,
    ];
  }
}

function classNow({ classes }: Extract<Policy, { meter: "classes" }>, colors: readonly LiveColors[]) {
  return classes.map(({ name, action }, index) => ({ name, action, colors: colors[index]! }));
}
