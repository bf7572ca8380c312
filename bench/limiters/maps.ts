/** What is written first: the theoretical arrival time of GCRA, in milliseconds, in a Map. */
import { byName, byNumber, type LimiterRow } from "./limiter.ts";
import { INCREMENT_MS, WINDOW_MS } from "./workload.ts";

const TOLERANCE_MS = WINDOW_MS - INCREMENT_MS;

/** For keys of one kind, so that the Map's code sees no other. */
function gcra<Key>(arrivals: Map<Key, number>): (key: Key, nowMs: number) => boolean {
  return (key, nowMs) => {
    const arrivalMs = arrivals.get(key) ?? 0;
    if (arrivalMs - TOLERANCE_MS > nowMs) return false;
    arrivals.set(key, Math.max(arrivalMs, nowMs) + INCREMENT_MS);
    return true;
  };
}

export const MAPS: readonly LimiterRow[] = [
  {
    name: "GCRA in a Map, string key",
    key: "string",
    form: "call",
    kind: "js",
    isExact: true,
    create: () => byName(gcra(new Map<string, number>())),
  },
  {
    name: "GCRA in a Map, number key",
    key: "u32",
    form: "call",
    kind: "js",
    isExact: true,
    create: () => byNumber(gcra(new Map<number, number>())),
  },
];
