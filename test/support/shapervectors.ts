// The recorded departures, and the shapers that their policies stand for.
import { readdirSync, readFileSync } from "node:fs";
import { compileShaperDefinition } from "../../src/policies.ts";
import type { CostRule, QueueCount, Rational, ShaperPolicy } from "../../src/types.ts";

interface VectorPolicy {
  readonly kind: "shaper" | "token_shaper" | "tanenbaum";
  readonly rate?: number;
  readonly depth?: number;
  readonly limit: number;
  readonly count?: QueueCount;
  readonly tick_ns?: number;
  readonly quantum_units?: number;
  readonly immediate?: boolean;
}

export interface ShaperVector {
  readonly name: string;
  readonly policy: VectorPolicy;
  readonly packets: readonly (readonly [timeNs: string, lengthBytes: number, colorIn: number])[];
  /** Color, and the end of service in ns as an exact fraction "p/q"; null: dropped. */
  readonly expect: readonly (readonly [color: number, departure: string | null])[];
}

const DIRECTORY = new URL("../vectors/shapers/", import.meta.url);
const BYTES: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };

export const SHAPER_VECTORS: readonly ShaperVector[] = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, DIRECTORY), "utf8")) as ShaperVector);

function whole(value: number | undefined): Rational {
  return { num: BigInt(value ?? 0), den: 1n };
}

/** The shaper of a vector. */
export function shaperOf({
  kind,
  rate,
  depth,
  limit,
  count,
  tick_ns,
  quantum_units,
  immediate,
}: VectorPolicy): ShaperPolicy {
  const bounds = { count: count ?? "bytes", limit: whole(limit), delayMaxNs: null };
  const costRule = BYTES;
  switch (kind) {
    case "shaper": {
      const ratePerSec = whole(rate);
      return compileShaperDefinition("leaky-bucket", { kind: "leaky-bucket", ratePerSec, costRule, bounds });
    }
    case "token_shaper": {
      const bucket = { ratePerSec: whole(rate), depth: whole(depth) };
      return compileShaperDefinition("token-bucket", { kind: "token-bucket", bucket, costRule, bounds });
    }
    case "tanenbaum":
      return compileShaperDefinition("tick-bytes", {
        kind: "ticks",
        tickNs: BigInt(tick_ns ?? 0),
        quantumUnits: BigInt(quantum_units ?? 0),
        carriesResidue: false,
        isImmediate: immediate === true,
        costRule,
        bounds,
      });
  }
}
