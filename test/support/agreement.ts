// Runs a trace on engines, and holds them against the definition.
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { EngineOptions, MeterEngine } from "../../src/types.ts";
import { engineOptions, FAST_ENGINES, type EngineRow } from "./engines.ts";
import { byNodeAndKey, hasLevels } from "./play.ts";
import { runPackets, type Outcome } from "./run.ts";
import type { Trace } from "./traces.ts";

type Offered = Pick<Trace, "policy" | "packets">;

/** Fails when the two differ; `expect` says how, but takes too long to be asked each time. */
export function expectEqual(actual: unknown, expected: unknown, name: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect({ [name]: actual }).toEqual({ [name]: expected });
}

/** A trace on a new engine. */
export function meter(
  row: EngineRow,
  { policy, packets }: Offered,
  changes: Partial<EngineOptions> = {},
  cuts: readonly number[] = [],
): { readonly engine: MeterEngine; readonly outcome: Outcome } {
  const engine = row.create(engineOptions(policy, { maxFlows: 200, ...changes }));
  return { engine, outcome: runPackets(engine, packets, cuts) };
}

/** The colors of the packets on a new engine. */
export function colorsOf(row: EngineRow, offered: Offered): number[] {
  return meter(row, offered, { delays: false }).outcome.colors;
}

/** Each fast engine gives these colors. */
export function expectColors(offered: Offered, colors: readonly number[]): void {
  for (const row of FAST_ENGINES) expectEqual(colorsOf(row, offered), colors, row.name);
}

/** Everything that an engine was asked of a trace is what the definition says. */
export function expectJudgement(
  row: EngineRow,
  trace: Trace,
  cuts: readonly number[],
  options: Partial<EngineOptions>,
): void {
  const levels = hasLevels(trace.policy);
  const { engine, outcome } = meter(row, trace, { ...options, levels }, cuts);
  const { outcome: judged } = trace;
  expectEqual(outcome, options.delays === false ? { ...judged, delays: [], reasons: [] } : judged, row.name);
  expectEqual(engine.classStats(), trace.classStats, row.name);
  if (options.records === true) expectEqual(byNodeAndKey(engine.flows()), trace.flows, row.name);
}
