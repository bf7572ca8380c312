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
  STATE_WORDS,
} from "../../assembly/edge/abi.ts";
import type { Meter } from "./meter.ts";
import type { CallCount, EdgeStats, PolicyStats } from "./types.ts";

export function statsOf({ engine, settings, policies }: Meter): EdgeStats {
  const { buffer } = engine.memory;
  const state = new BigUint64Array(buffer, STATE, STATE_WORDS);
  const count = (index: number) => Number(state[index]);
  return {
    engine: engine.name,
    flows: count(STATE_FLOWS),
    maxFlows: settings.maxFlows,
    memoryBytes: buffer.byteLength,
    inserted: count(STATE_INSERTED),
    evicted: count(STATE_EVICTED),
    forgotten: count(STATE_FORGOTTEN),
    untracked: count(STATE_UNTRACKED),
    regressions: count(STATE_REGRESSIONS),
    clockSteps: count(STATE_STEPS),
    blocked: count(STATE_BLOCKED),
    saturated: count(STATE_SATURATED),
    policies: policies.map((name, index) => policyStats(buffer, name, index, settings.costParts)),
  };
}

function policyStats(buffer: ArrayBuffer, name: string, index: number, parts: number): PolicyStats {
  const counts = new BigUint64Array(buffer, COUNTS + index * COUNTS_BYTES, COUNTS_BYTES / 8);
  const of = (color: number): CallCount => ({
    calls: Number(counts[COUNTS_CALLS / 8 + color]),
    cost: Number(counts[COUNTS_UNITS / 8 + color]) / parts,
  });
  return { name, green: of(0), yellow: of(1), red: of(2) };
}
