/** What every picture of a watch shows, as plain values. */
import type { Cost } from "../types.ts";
import type { Rates } from "./bins.ts";
import type { LiveColors, LiveCount } from "./counts.ts";
import type { LevelNow } from "./levels.ts";
import type { NodeNow } from "./nodes.ts";

/** `catching up`: what a followed file held already. `ended`: the last picture stays. */
export type Mode = "live" | "replay" | "catching up" | "ended";

/** A flow with what was metered of it. */
export interface FlowNow {
  /** The record's index: names the flow from one picture to the next. */
  readonly index: number;
  readonly flow: string;
  /** Under a policy of classes. */
  readonly className: string | undefined;
  readonly colors: LiveColors;
  readonly total: LiveCount;
  /** In the order of `Snapshot.buckets`; empty where levels are not a flow's own. */
  readonly levels: readonly LevelNow[];
}

export interface ClassNow {
  readonly name: string;
  readonly action: "meter" | "pass" | "block";
  readonly colors: LiveColors;
}

export interface NodeRow extends NodeNow {
  readonly instances: number;
}

export interface Snapshot {
  readonly capture: string;
  /** One line. */
  readonly policy: string;
  /** What rates are counted in. */
  readonly cost: Cost;
  readonly mode: Mode;
  /** Infinity: as fast as it can; of replays. */
  readonly speed: number;
  readonly isPaused: boolean;
  /** The capture's own clock as shown; null before the first packet. */
  readonly timeNs: bigint | null;
  /** From the first packet to what is shown. */
  readonly spanNs: number;
  /** The running second, counted from the first packet. */
  readonly second: number;
  readonly totals: LiveColors;
  readonly total: LiveCount;
  /** A meter of the policy can mark packets yellow. */
  readonly hasYellow: boolean;
  /** Over 1, 10 and 60 whole seconds. */
  readonly rates: readonly Rates[];
  /** Six numbers of each of the last seconds, oldest first; the last one is running. */
  readonly recent: readonly (readonly number[])[];
  readonly flows: number;
  /** Names of the buckets whose levels are shown; "level" where there is one. */
  readonly buckets: readonly string[];
  readonly worst: readonly FlowNow[];
  /** Empty under a policy of one meter, as `nodes`. */
  readonly classes: readonly ClassNow[];
  readonly nodes: readonly NodeRow[];
  readonly notes: readonly string[];
}
