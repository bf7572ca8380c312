/** Weir's edge library: the WebAssembly core and the engine without it, one decision a call and in batches. */
import { createDecision } from "../../src/edge/decision.ts";
import { createMeter } from "../../src/edge/entry.node.ts";
import type { EdgeMeter, EngineName, KeyKind } from "../../src/edge/types.ts";
import { BATCH, byName, byNumber, type Limiter, type LimiterRow } from "./limiter.ts";
import { LIMIT } from "./workload.ts";

/** A meter as the workload has it: every key tracked, none dropped. */
export function workloadMeter(engine: EngineName, key: KeyKind, maxFlows: number): EdgeMeter {
  return createMeter({
    policies: [{ meter: "token-bucket", cost: "packets", rate: `${LIMIT} packets/min`, burst: `${LIMIT} packets` }],
    maxFlows,
    key,
    engine,
    batchRows: BATCH,
    seed: [0x0706_0504, 0x0302_0100, 0x0f0e_0d0c, 0x0b0a_0908],
  });
}

/** Whether a call is allowed and nothing else, which is all that the limiters in JavaScript answer. */
function allowedOnly(engine: EngineName, keys: number): Limiter {
  const meter = workloadMeter(engine, "u32", keys);
  return { ...byNumber((id, nowMs) => meter.allows(id, nowMs)), statedBytes: meter.stats().memoryBytes };
}

function perCall(engine: EngineName, key: "u32" | "string", keys: number): Limiter {
  const meter = workloadMeter(engine, key, keys);
  const out = createDecision();
  const decide = (id: number | string, nowMs: number): boolean => meter.decideInto(out, id, nowMs).allowed;
  return { ...(key === "u32" ? byNumber(decide) : byName(decide)), statedBytes: meter.stats().memoryBytes };
}

/** Columns filled by copying, colors read one by one. */
function inBatches(engine: EngineName, keys: number): Limiter {
  const meter = workloadMeter(engine, "u32", keys);
  const batch = meter.batch(BATCH);
  batch.cost.fill(1);
  batch.policy.fill(0);
  return {
    statedBytes: meter.stats().memoryBytes,
    play({ ids, startMs, perMs }, from, to) {
      const { time, color } = batch;
      let allowed = 0;
      for (let first = from; first < to; first += BATCH) {
        const count = Math.min(BATCH, to - first);
        batch.key.set(ids.subarray(first, first + count));
        for (let index = 0; index < count; index += 1) time[index] = startMs + Math.floor((first + index) / perMs);
        meter.run(batch, count);
        // Green is 0 and red 2: counted without a branch, as the verdicts of arrays are.
        for (let index = 0; index < count; index += 1) allowed += 1 - (color[index]! >>> 1);
      }
      return allowed;
    },
  };
}

const ENGINES = [
  { engine: "wasm", text: "Weir" },
  { engine: "js", text: "Weir, pure JavaScript" },
] as const;

export const WEIR: readonly LimiterRow[] = ENGINES.flatMap(({ engine, text }): LimiterRow[] => [
  {
    name: `${text}, u32 key`,
    key: "u32",
    form: "call",
    kind: "weir",
    isExact: true,
    create: (keys) => perCall(engine, "u32", keys),
  },
  {
    name: `${text}, u32 key, allowed only`,
    key: "u32",
    form: "call",
    kind: "weir",
    isExact: true,
    create: (keys) => allowedOnly(engine, keys),
  },
  {
    name: `${text}, u32 key, ${BATCH} a call`,
    key: "u32",
    form: "batch",
    kind: "weir",
    isExact: true,
    create: (keys) => inBatches(engine, keys),
  },
  {
    name: `${text}, string key`,
    key: "string",
    form: "call",
    kind: "weir",
    isExact: true,
    create: (keys) => perCall(engine, "string", keys),
  },
]);
