/** From a definition to its shaper. */
import type { ShaperDefinition } from "../../types.ts";
import type { FlowShaper } from "./flowshaper.ts";
import { createLeakyBucket } from "./leakybucket.ts";
import { createTicks } from "./ticks.ts";
import { createTokenBucket, createTwoRate } from "./tokenbucket.ts";

/** The shaper of a definition. */
export function createFlowShaper(definition: ShaperDefinition): FlowShaper<unknown> {
  switch (definition.kind) {
    case "leaky-bucket":
      return createLeakyBucket(definition);
    case "token-bucket":
      return createTokenBucket(definition);
    case "two-rate":
      return createTwoRate(definition);
    case "ticks":
      return createTicks(definition);
  }
}
