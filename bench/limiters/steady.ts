/**
 * Memory through a long run over more keys than a table holds, or as many: resident memory and heap, sampled each tenth;
 * and the garbage that calls leave. Runs in a process of its own (isolate.ts), with --expose-gc.
 */
import { createDecision } from "../../src/edge/decision.ts";
import type { EdgeMeter } from "../../src/edge/types.ts";
import { answer } from "../isolate.ts";
import { boxed, flat, garbageOf } from "./garbage.ts";
import { INCREMENT_MS, START_MS } from "./workload.ts";
import { workloadMeter } from "./weir.ts";

export interface SteadyInput {
  readonly engine: "wasm" | "js";
  readonly key: "u32" | "string";
  /** Whether calls write into one answer (`decideInto`) or make one each (`decide`). */
  readonly reusesAnswer: boolean;
  /** Distinct keys, each seen once before any is seen twice. */
  readonly keys: number;
  readonly maxFlows: number;
  readonly decisions: number;
}

interface MemorySample {
  readonly residentBytes: number;
  readonly heapBytes: number;
}

export interface SteadyResult {
  readonly statedBytes: number;
  /** Before creation, after it, and after each tenth of the decisions. */
  readonly before: MemorySample;
  readonly created: MemorySample;
  readonly tenths: readonly MemorySample[];
  /** Calls for which there was no room: none of the places looked at had drained, though half of all had. */
  readonly untracked: number;
  readonly forgotten: number;
  /** Of calls that reuse their answer: collections of garbage they caused, and bytes by which the heap grew. */
  readonly collections: number;
  readonly grownBytes: number;
}

/** Prime, and dividing no key count in use: visits all keys once in each round. */
const STEP = 433_494_437;
/** A key drains in 600 ms, so that keys which have not fill half of the table. */
const BUSY_MS = 2 * INCREMENT_MS;
const TENTHS = 10;

function sampleMemory(): MemorySample {
  globalThis.gc!();
  globalThis.gc!();
  const { rss, heapUsed } = process.memoryUsage();
  return { residentBytes: rss, heapBytes: heapUsed };
}

/** The next `count` decisions of a run, a function for each kind: none may slow another down. */
function playerOf(input: SteadyInput, meter: EdgeMeter): (count: number) => void {
  const { key, keys, maxFlows, decisions, reusesAnswer } = input;
  const perMs = Math.max(1, Math.floor(maxFlows / BUSY_MS));
  const out = createDecision();
  const names = key === "u32" ? [] : Array.from({ length: keys }, (_, index) => flat(`customer-${String(index)}`));
  const times = boxed(Math.ceil((decisions * (TENTHS + 1)) / TENTHS / perMs) + 1, (ms) => START_MS + ms);
  let done = 0;
  const last = { kept: out };
  return (count) => {
    for (const end = done + count; done < end; done += 1) {
      const nowMs = times[Math.floor(done / perMs)]!;
      const index = (done * STEP) % keys;
      const name = key === "u32" ? index : names[index]!;
      // Kept, or a compiler leaves an object out that nobody looks at.
      last.kept = reusesAnswer ? meter.decideInto(out, name, nowMs) : meter.decide(name, nowMs);
    }
  };
}

async function run(input: SteadyInput): Promise<SteadyResult> {
  const { engine, key, maxFlows, decisions } = input;
  const before = sampleMemory();
  const meter = workloadMeter(engine, key, maxFlows);
  const play = playerOf(input, meter);
  const created = sampleMemory();
  const tenths: MemorySample[] = [];
  for (let tenth = 0; tenth < TENTHS; tenth += 1) {
    play(Math.floor(decisions / TENTHS));
    tenths.push(sampleMemory());
  }
  const garbage = await garbageOf(() => play(Math.floor(decisions / TENTHS)));
  const { memoryBytes, untracked, forgotten } = meter.stats();
  return { statedBytes: memoryBytes, before, created, tenths, untracked, forgotten, ...garbage };
}

answer(run);
