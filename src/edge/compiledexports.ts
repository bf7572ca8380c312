/** What the entries for compiled meters offer beside making them. */
export { ConfigError } from "../errors.ts";
export { createDecision } from "./decision.ts";
export { shardOf } from "./shard.ts";
export { SnapshotError } from "./snapshot.ts";
export type { CompiledLibrary } from "./compiled.ts";
export type * from "./types.ts";
