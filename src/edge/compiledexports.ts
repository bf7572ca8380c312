/** What the entries for compiled meters offer beside making them. */
export * from "./exports.ts";
export type { CompiledLibrary } from "./compiled.ts";
