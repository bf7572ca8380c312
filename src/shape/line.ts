/** The line that a shaper's output is compared with: its rate, in whole level steps. */
import { gcd } from "../rational.ts";
import type { MeasureSettings } from "../trace/meter.ts";
import type { Rational, ShaperPolicy } from "../types.ts";

/** Levels stay below this. */
const LEVEL_MAX = 2n ** 63n - 1n;
/** Output that one tick lets go at once, and what follows within it: quanta, generously. */
const TICK_QUANTA = 4n;

/** Units each second: the rate, of two the committed one, of ticks their quanta. */
export function lineRateOf({ definition }: ShaperPolicy): Rational {
  switch (definition.kind) {
    case "leaky-bucket":
      return definition.ratePerSec;
    case "token-bucket":
      return definition.bucket.ratePerSec;
    case "two-rate":
      return definition.committed.ratePerSec;
    case "ticks": {
      const num = definition.quantumUnits * 1_000_000_000n;
      const divisor = gcd(num, definition.tickNs);
      return { num: num / divisor, den: definition.tickNs / divisor };
    }
  }
}

/** Of a link: its classes are measured, and no bursts. */
export const LINK_MEASURES: MeasureSettings = { drainPerNs: 0n, levelPerUnit: 0n, backlog: "queue" };

/** What the core measures with. The drain is 0 where the level of a burst would not fit: none is measured then. */
export function measureSettingsOf({ definition, profile }: ShaperPolicy): MeasureSettings {
  const backlog = profile.kernel === "fluid-shaper" ? "fluid" : "queue";
  if (definition.kind !== "ticks") {
    const [{ drainPerNs, levelPerUnit }] = profile.buckets;
    return { drainPerNs, levelPerUnit, backlog };
  }
  const { quantumUnits, tickNs } = definition;
  const divisor = gcd(quantumUnits, tickNs);
  const fits = TICK_QUANTA * quantumUnits * (tickNs / divisor) <= LEVEL_MAX;
  if (!fits) return { drainPerNs: 0n, levelPerUnit: 0n, backlog };
  return { drainPerNs: quantumUnits / divisor, levelPerUnit: tickNs / divisor, backlog };
}
