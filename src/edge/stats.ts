/** The counters of a meter. */
import {
  COUNTS,
  COUNTS_BYTES,
  COUNTS_CALLS,
  COUNTS_UNITS,
  STATE,
  STATE_BLOCKED,
  STATE_EVICTED,
  STATE_FLOWS,
  STATE_FORGOTTEN,
  STATE_INSERTED,
  STATE_REGRESSIONS,
  STATE_SATURATED,
  STATE_STEPS,
  STATE_UNTRACKED,
} from "../../assembly/edge/abi.ts";
import type { Meter } from "./meter.ts";
import type { CallCount, EdgeStats, PolicyStats } from "./types.ts";

export function statsOf({ engine, settings, policies, views }: Meter): EdgeStats {
  const { wides } = views;
  const count = (index: number) => Number(wides[STATE / 8 + index]);
  return {
    engine: engine.name,
    flows: count(STATE_FLOWS),
    maxFlows: settings.maxFlows,
    memoryBytes: wides.byteLength,
    inserted: count(STATE_INSERTED),
    evicted: count(STATE_EVICTED),
    forgotten: count(STATE_FORGOTTEN),
    untracked: count(STATE_UNTRACKED),
    regressions: count(STATE_REGRESSIONS),
    clockSteps: count(STATE_STEPS),
    blocked: count(STATE_BLOCKED),
    saturated: count(STATE_SATURATED),
    policies: policies.map((name, index): PolicyStats => {
      const [green, yellow, red] = [0, 1, 2].map((color): CallCount => {
        const at = (COUNTS + index * COUNTS_BYTES) / 8 + color;
        const cost = Number(wides[at + COUNTS_UNITS / 8]) / settings.costParts;
        return { calls: Number(wides[at + COUNTS_CALLS / 8]), cost };
      }) as [CallCount, CallCount, CallCount];
      return { name, green, yellow, red };
    }),
  };
}
