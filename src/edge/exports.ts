/** What every entry of the package exports, beside the functions over its own engines. */
export { ConfigError } from "../errors.ts";
export { createDecision } from "./decision.ts";
export { shardOf } from "./shard.ts";
export { SnapshotError } from "./snapshot.ts";
export type { MeterLibrary } from "./create.ts";
export type * from "./types.ts";
