/** Garbage of calls that reuse their answer, by what becomes of them. Runs in a process of its own, with --expose-gc. */
import { answer } from "../../bench/isolate.ts";
import { boxed, flat, garbageOf, type Garbage } from "../../bench/limiters/garbage.ts";
import { createDecision } from "../../src/edge/decision.ts";
import { createMeter } from "../../src/edge/entry.node.ts";
import type { EdgeMeter, Key } from "../../src/edge/types.ts";

export interface GarbageInput {
  readonly engine: "wasm" | "js";
  readonly key: "u32" | "string";
  readonly reusesAnswer: boolean;
  /** A round that leaves less left nothing of its calls. */
  readonly roundBytesMax: number;
  readonly roundsMax: number;
}

/** Of one kind of call: those measured together, and the garbage of each round up to the first that left next to none. */
export interface CallGarbage {
  readonly kind: string;
  readonly calls: number;
  /** How many of the calls so far were as the kind says. */
  readonly asSaid: number;
  readonly rounds: readonly Garbage[];
}

export interface GarbageResult {
  readonly kinds: readonly CallGarbage[];
}

interface Kind {
  readonly name: string;
  readonly calls: number;
  /** Milliseconds from one call to the next, on average. */
  readonly stepMs: number;
  /** Distinct keys, of which none comes twice before all have come once. */
  readonly keys: number;
  /** Calls that were as the name says. */
  count(meter: EdgeMeter): number;
}

const START_MS = 1_700_000_000_000;
const FLOWS = 10_000;

const KINDS: readonly Kind[] = [
  { name: "allowed", calls: 500_000, stepMs: 0.02, keys: FLOWS, count: (meter) => callsOf(meter, "green") },
  { name: "refused", calls: 500_000, stepMs: 0, keys: FLOWS, count: (meter) => callsOf(meter, "red") },
  { name: "new, others leave", calls: 200_000, stepMs: 0.02, keys: 80_000, count: (meter) => meter.stats().evicted },
  { name: "new, no room", calls: 100_000, stepMs: 0, keys: 80_000, count: (meter) => meter.stats().untracked },
];

function callsOf(meter: EdgeMeter, color: "green" | "red"): number {
  return meter.stats().policies[0]![color].calls;
}

async function measured(kind: Kind, input: GarbageInput): Promise<CallGarbage> {
  const { engine, key, reusesAnswer, roundBytesMax, roundsMax } = input;
  const meter = createMeter({
    policies: [{ meter: "token-bucket", rate: "10 packets/s", burst: "5 packets" }],
    maxFlows: FLOWS,
    key,
    engine,
    seed: [1, 2, 3, 4],
  });
  const keys: readonly Key[] = Array.from({ length: kind.keys }, (_, index) =>
    key === "u32" ? index : flat(`customer-${index}`),
  );
  const perMs = kind.stepMs === 0 ? Infinity : 1 / kind.stepMs;
  const times = boxed(Math.ceil((roundsMax * kind.calls) / perMs) + 1, (ms) => START_MS + ms);
  const out = createDecision();
  // Kept, or a compiler leaves an object out that nobody looks at.
  const last = { kept: out };
  let done = 0;
  const play = () => {
    for (const end = done + kind.calls; done < end; done += 1) {
      const now = times[Math.floor(done / perMs)]!;
      const name = keys[done % kind.keys]!;
      last.kept = reusesAnswer ? meter.decideInto(out, name, now) : meter.decide(name, now);
    }
  };
  const rounds: Garbage[] = [];
  let isClean = false;
  while (!isClean && rounds.length < roundsMax) {
    const garbage = await garbageOf(play);
    rounds.push(garbage);
    isClean = garbage.collections === 0 && garbage.grownBytes < roundBytesMax;
  }
  return { kind: kind.name, calls: kind.calls, asSaid: kind.count(meter), rounds };
}

async function run(input: GarbageInput): Promise<GarbageResult> {
  const kinds: CallGarbage[] = [];
  for (const kind of KINDS) kinds.push(await measured(kind, input));
  return { kinds };
}

answer(run);
