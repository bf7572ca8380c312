import { createCoreEngine } from "../../src/core/engine.ts";
import { type CoreBuild, coreModule } from "../../src/core/module.node.ts";
import { createJsEngine } from "../../src/engine-js/meter.ts";
import { createReferenceEngine } from "../../src/reference/meter.ts";
import type { EngineOptions, MeterEngine } from "../../src/types.ts";

export interface EngineRow {
  readonly name: string;
  /** Whether its search for a drained flow covers a table of a few flows whole, so that it finds one if there is one. */
  readonly searchesAll: boolean;
  create(options: EngineOptions): MeterEngine;
}

/** The core in one of its builds: release, release without SIMD, and with assertions on. */
function coreRow(build: CoreBuild): EngineRow {
  const name = `core-${build}`;
  return { name, searchesAll: true, create: (options) => createCoreEngine(coreModule(build), options, name) };
}

/** Every engine; the first is the judge of the others. Suites run over this table: a new row needs no new test. */
export const ENGINES: readonly EngineRow[] = [
  { name: "reference", searchesAll: true, create: createReferenceEngine },
  { name: "js", searchesAll: true, create: createJsEngine },
  coreRow("release"),
  coreRow("scalar"),
  coreRow("debug"),
];

/** The engines that are fast enough for millions of packets. */
export const FAST_ENGINES: readonly EngineRow[] = ENGINES.filter(({ name }) => name !== "reference");

/** Options of a small engine under a fixed secret. */
export function engineOptions(policy: EngineOptions["policy"], changes: Partial<EngineOptions> = {}): EngineOptions {
  return { policy, maxFlows: 1024, secret: [1, 2, 3, 4], records: false, delays: true, ...changes };
}
