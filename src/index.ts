/** The library: policies, engines that meter batches from memory, and the meter of captures. */
import { createCoreEngine } from "./core/engine.ts";
import { coreModule } from "./core/module.node.ts";
import type { EngineOptions, MeterEngine } from "./types.ts";

export { coreModule } from "./core/module.node.ts";
export type { CoreBuild } from "./core/module.node.ts";
export { createDecision, shardOf, SnapshotError } from "./edge/create.ts";
export { createMeter, restoreMeter } from "./edge/entry.node.ts";
export type * from "./edge/types.ts";
export { createJsEngine } from "./engine-js/meter.ts";
export { CaptureError, ConfigError, OutputError } from "./errors.ts";
export { compileClasses, compileLoaded, compilePolicy, loadPolicyText, METERS, readerBeside } from "./policies.ts";
export { classesLines, describeClasses, describePolicy, policyLine } from "./policies.ts";
export type { ClassesDescription, ClassesInput, LoadedPolicy, PolicyDescription, PolicyInput } from "./policies.ts";
export { openInput } from "./trace/input.ts";
export type { CaptureInput } from "./trace/captureinput.ts";
export { CaptureMeter } from "./trace/meter.ts";
export type { CaptureMeterOptions, Step } from "./trace/meter.ts";
export type * from "./types.ts";

/**
 * An engine over the WebAssembly core: fill `batch`, call `run`, read colors. Throws RangeError when the table for
 * `maxFlows` does not fit in memory.
 */
export function createEngine(options: EngineOptions): MeterEngine {
  return createCoreEngine(coreModule(), options);
}
