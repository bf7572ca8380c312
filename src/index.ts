/** The library: policies, engines that meter batches from memory, and the meter of captures. */
import { createCoreEngine } from "./core/engine.ts";
import { createCoreLink } from "./core/linkengine.ts";
import { coreModule } from "./core/module.node.ts";
import { createShardedEngine as createShards, type ShardedEngine, type ShardedOptions } from "./threads/sharded.ts";
import type { CountingEngine, EngineOptions, LinkEngine, LinkOptions } from "./types.ts";

export { coreModule } from "./core/module.node.ts";
export type { CoreBuild } from "./core/module.node.ts";
export { createDecision, shardOf, SnapshotError } from "./edge/exports.ts";
export { compileMeter, createMeter, restoreMeter } from "./edge/entry.node.ts";
export type * from "./edge/types.ts";
export { createJsEngine } from "./engine-js/meter.ts";
export { createJsLink } from "./engine-js/schedule/link.ts";
export { CaptureError, ConfigError, OutputError } from "./errors.ts";
export { compileClasses, compileLoaded, compilePolicy, loadPolicyText, METERS, readerBeside } from "./policies.ts";
export { classesLines, describeClasses, describePolicy, policyLine } from "./policies.ts";
export type { ClassesDescription, ClassesInput, LoadedPolicy, PolicyDescription, PolicyInput } from "./policies.ts";
export { compileShaper, SHAPERS } from "./policies.ts";
export type { ShaperDescription, ShaperInput } from "./policies.ts";
export { compileLink, compileLoadedLink, describeLink, linkLines } from "./policies.ts";
export type { LinkDescription, LinkInput, LoadedLink } from "./policies.ts";
export type { ShardedEngine, ShardedOptions } from "./threads/sharded.ts";
export { WorkerError } from "./threads/worker.ts";
export { openInput } from "./trace/input.ts";
export type { CaptureInput } from "./trace/captureinput.ts";
export { CaptureMeter } from "./trace/meter.ts";
export type { CaptureMeterOptions, Step } from "./trace/meter.ts";
export type * from "./types.ts";

/**
 * An engine over the WebAssembly core: fill `batch`, call `run`, read colors. Throws RangeError when the table for
 * `maxFlows` does not fit in memory, and for `counts` where there is no room for them.
 */
export function createEngine(options: EngineOptions): CountingEngine {
  return createCoreEngine(coreModule(), options);
}

/**
 * An engine of several threads for batches from memory: fill `batch`, call `run`, which returns when all threads are
 * done. Throws ConfigError for policies that cannot be taken apart by flows, RangeError when a table does not fit.
 */
export function createShardedEngine(options: ShardedOptions): ShardedEngine {
  return createShards(coreModule(), options);
}

/**
 * A link over the WebAssembly core: fill `batch`, call `run`, read colors and `departed`. Throws RangeError when
 * `maxQueued` cannot be, or does not fit in memory.
 */
export function createLink(options: LinkOptions): LinkEngine {
  return createCoreLink(coreModule(), options);
}
