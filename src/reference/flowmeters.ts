/** From a definition to its meter. */
import type { BucketDefinition, ChargeMode, MeterDefinition } from "../types.ts";
import { createBorrowNode } from "./borrow.ts";
import { createBucketMeter } from "./bucket.ts";
import { createDual } from "./dual.ts";
import { createEventCounter } from "./eventcounter.ts";
import type { FlowMeter } from "./flowmeter.ts";
import { createMef } from "./mef.ts";
import { createMulti } from "./multi.ts";
import { createSrtcm } from "./srtcm.ts";
import { createTrtcm } from "./trtcm.ts";
import { createTrtcm4115 } from "./trtcm4115.ts";
import { createTurner } from "./turner.ts";
import { createWeighted, type WeightedGroup } from "./weighted.ts";

/** The meter of a definition; `groupOf` finds the group of a weighted one. */
export function createFlowMeter(
  definition: MeterDefinition,
  charge: ChargeMode,
  groupOf: (group: number) => WeightedGroup,
): FlowMeter<unknown> {
  switch (definition.kind) {
    case "bucket":
      return charge === "borrow" ? createBorrowNode(definition.bucket, null) : createBucketMeter(definition);
    case "borrow-node":
      return createBorrowNode(definition.bucket, definition.ceiling);
    case "turner":
      return createTurner(definition);
    case "event-counter":
      return createEventCounter(definition);
    case "srtcm":
      return createSrtcm(definition);
    case "trtcm":
      return createTrtcm(definition);
    case "trtcm-4115":
      return createTrtcm4115(definition);
    case "mef":
      return createMef(definition);
    case "dual":
      return createDual(definition);
    case "multi":
      return createMulti(definition);
    case "weighted":
      return createWeighted(definition, groupOf(definition.group));
  }
}

/** All buckets of a definition, in the order in which they are asked. */
export function bucketsOf(definition: MeterDefinition): readonly BucketDefinition[] {
  switch (definition.kind) {
    case "multi":
      return definition.buckets;
    case "borrow-node":
      return [definition.bucket, definition.ceiling];
    case "trtcm":
      return [definition.peak, definition.committed];
    case "dual":
      return [definition.peak, definition.sustained];
    case "srtcm":
    case "trtcm-4115":
    case "mef":
      return [definition.committed, definition.excess];
    case "bucket":
    case "turner":
    case "event-counter":
    case "weighted":
      return [definition.bucket];
  }
}
