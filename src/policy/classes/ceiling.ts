/** The second bucket of a node of a lending tree: what it takes with what it borrows. */

import { compare, divide, multiply, subtract, ZERO } from "../../rational.ts";
import type { BucketDefinition } from "../../types.ts";
import { formatRate, formatUnits, parseBurst, parseRate } from "../../units.ts";
import { NS_PER_SEC } from "../limits.ts";
import type { BucketSource } from "../source.ts";
import { at } from "./context.ts";
import type { Section } from "./section.ts";

export interface Ceiling {
  /** Packets that are borrowed fill it up to what the node's own burst leaves. */
  readonly bucket: BucketDefinition;
  readonly source: BucketSource;
}

/** The ceiling of a class or node with this bucket; undefined when it has none. Throws ConfigError. */
export function ceilingOf(section: Section, own: BucketDefinition): Ceiling | undefined {
  const [rateText, burstText] = [section.text("ceiling-rate"), section.text("ceiling-burst")];
  if (rateText === undefined && burstText === undefined) return undefined;
  if (rateText === undefined || burstText === undefined) {
    const missing = rateText === undefined ? "ceiling-rate" : "ceiling-burst";
    throw section.fail("MISSING", missing, "is missing; a ceiling is ceiling-rate and ceiling-burst");
  }
  const { cost } = own.costRule;
  const rate = at(section.where("ceiling-rate"), () => parseRate("ceiling-rate", rateText));
  const burst = at(section.where("ceiling-burst"), () => parseBurst("ceiling-burst", burstText));
  const inTime = burst.kind === "time";
  const costs = { "ceiling-rate": rate.cost, "ceiling-burst": inTime ? cost : burst.cost };
  for (const [key, unit] of Object.entries(costs)) {
    if (unit !== cost) throw section.fail("UNIT", key, `is in ${unit} but the cost is ${cost}; write it in ${cost}`);
  }
  const ratePerSec = rate.unitsPerSec;
  const depth = inTime ? divide(multiply(ratePerSec, burst.durationNs), NS_PER_SEC) : burst.units;
  if (compare(ratePerSec, own.ratePerSec) < 0) {
    const detail = `is below the rate; write at least ${formatRate(own.ratePerSec, cost)}`;
    throw section.fail("RANGE", "ceiling-rate", detail);
  }
  if (compare(depth, own.depth) < 0) {
    throw section.fail("RANGE", "ceiling-burst", `is below the burst; write at least ${formatUnits(own.depth, cost)}`);
  }
  const threshold = subtract(depth, own.depth);
  return {
    bucket: { ...own, ratePerSec, depth, threshold, initialLevel: ZERO },
    source: {
      name: "ceiling",
      rate: { parameter: "ceiling-rate", text: rateText },
      burst: { parameter: "ceiling-burst", text: burstText, inTime },
    },
  };
}
