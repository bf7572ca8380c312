/** What the page and its worker tell each other. Plain values, as structured cloning takes them. */
import type { CompiledPolicy } from "../types.ts";
import type { LevelLines } from "./meter/flowlevels.ts";
import type { FlowQuery, FlowRow, FlowRows } from "./picture/flowtable.ts";
import type { RateLines } from "./picture/rates.ts";
import type { TimeWindow } from "../see/timewindow.ts";

/** All that a picture depends on. The worker does again only what differs from the last one. */
export interface Ask {
  readonly id: number;
  readonly policy: CompiledPolicy;
  /** Equal texts are equal policies. */
  readonly policyText: string;
  /** As `--by` takes it. */
  readonly by: string;
  /** Null: all of the capture. */
  readonly window: TimeWindow | null;
  /** Width of the charts in columns of pixels. */
  readonly columns: number;
  /** What rates are the mean of; 0: what suits the width. */
  readonly intervalNs: number;
  /** Whose level is shown; null: the worst flow's. */
  readonly flow: number | null;
  readonly query: FlowQuery;
}

export type ToWorker =
  | { readonly kind: "load"; readonly file: Blob; readonly name: string }
  | { readonly kind: "sample"; readonly preset: string }
  | { readonly kind: "ask"; readonly ask: Ask };

export interface ColorTotals {
  readonly packets: number;
  readonly bytes: number;
}

/** Totals of what has been metered. Exact: a capture of 2^53 bytes is beyond any page. */
export interface Totals {
  readonly green: ColorTotals;
  readonly yellow: ColorTotals;
  readonly red: ColorTotals;
  readonly oversize: ColorTotals;
  readonly regressions: number;
}

export interface Picture {
  readonly kind: "picture";
  readonly id: number;
  /** Packets metered; fewer than `packets` while more are on their way. */
  readonly metered: number;
  readonly packets: number;
  readonly window: TimeWindow;
  readonly totals: Totals;
  readonly rates: RateLines;
  /** Null: none yet, no flow, or a meter whose level is not one flow's own. */
  readonly levels: LevelLines | null;
  readonly levelFlow: FlowRow | null;
  readonly flows: FlowRows;
  /** Time that this took in the worker; of metering alone. */
  readonly workMs: number;
  readonly meterMs: number;
}

export interface CaptureFacts {
  readonly name: string;
  readonly packets: number;
  readonly spanNs: number;
  readonly failure: string | null;
  readonly remarks: readonly string[];
}

export type FromWorker =
  | { readonly kind: "progress"; readonly bytesRead: number; readonly packets: number }
  | ({ readonly kind: "loaded" } & CaptureFacts)
  | { readonly kind: "failed"; readonly line: string }
  | Picture;
