/** Who takes part in the engine topics, behind one call: columns in, one color a packet out. */
import { coreModule } from "../src/core/module.node.ts";
import { createCoreEngine } from "../src/core/engine.ts";
import { createJsEngine } from "../src/engine-js/meter.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import type { EngineOptions, MeterEngine } from "../src/types.ts";
import { MapNumberMeter } from "./rivals/mapnumber.ts";
import { MapStringMeter } from "./rivals/mapstring.ts";
import { BURST_BYTES, type Columns, contractOf } from "./workload.ts";

/** Meters packets [from, to) of the columns; their colors go to `colors` from `colorsFrom` on. */
export interface Player {
  meter(columns: Columns, from: number, to: number, colors: Uint8Array, colorsFrom: number): void;
}

export interface Contender {
  readonly name: string;
  /** Exact engines must agree on every color; a float one may differ, and is asked how often. */
  readonly isExact: boolean;
  /** Counted as pure JavaScript when the fastest of them is looked for. */
  readonly isJs: boolean;
  /** More flows than this are not tried: time, or memory of the JavaScript heap. */
  readonly flowsMax: number;
  create(flows: number): Player;
}

export const CORE = "core";
const CORE_COMPACT = "core, compact flows";
export const CORE_RECORDS = "core, flow records";
export const JS = "js engine";
export const MAP_NUMBER = "Map of objects, number key";
export const REFERENCE = "reference (bigint)";
const MAP_STRING = "Map of objects, string key";

const SECRET = [0x0706_0504, 0x0302_0100, 0x0f0e_0d0c, 0x0b0a_0908] as const;

/** Engines and rivals of the timed rounds; ratios are taken to the first. */
export const CONTENDERS: readonly Contender[] = [
  engineRow(CORE, false, (options) => createCoreEngine(coreModule(), options)),
  engineRow(CORE_COMPACT, false, (options) => createCoreEngine(coreModule(), { ...options, compact: true })),
  engineRow(CORE_RECORDS, false, (options) => createCoreEngine(coreModule(), { ...options, records: true })),
  engineRow(JS, true, createJsEngine),
  rivalRow(MAP_NUMBER, 1e7, (bytesPerSec) => new MapNumberMeter(bytesPerSec, BURST_BYTES)),
  rivalRow(MAP_STRING, 1e6, (bytesPerSec) => new MapStringMeter(bytesPerSec, BURST_BYTES)),
];

/** The judge: too slow for rounds, so it meters the beginning of the stream once. */
export const JUDGE: Contender = { ...engineRow(REFERENCE, false, createReferenceEngine), flowsMax: 1e6 };

function engineRow(name: string, isJs: boolean, create: (options: EngineOptions) => MeterEngine): Contender {
  return {
    name,
    isJs,
    isExact: true,
    flowsMax: Infinity,
    create: (flows) => new EnginePlayer(create(engineOptions(flows))),
  };
}

function rivalRow(name: string, flowsMax: number, create: (bytesPerSec: number) => Player): Contender {
  return { name, isJs: true, isExact: false, flowsMax, create: (flows) => create(contractOf(flows).bytesPerSec) };
}

/** No hint of the flow count is given: tables grow from the smallest, as rivals' maps do. */
export function engineOptions(flows: number): EngineOptions {
  return { policy: contractOf(flows).policy, maxFlows: flows, secret: SECRET, records: false, delays: false };
}

/** An engine with the copies that stand between its batch and the caller's columns: they are part of its cost. */
export class EnginePlayer implements Player {
  readonly #engine: MeterEngine;

  constructor(engine: MeterEngine) {
    this.#engine = engine;
  }

  meter({ time, length, key }: Columns, from: number, to: number, colors: Uint8Array, colorsFrom: number): void {
    const engine = this.#engine;
    for (let first = from; first < to; first += engine.batchPacketsMax) {
      const end = Math.min(first + engine.batchPacketsMax, to);
      const { batch } = engine;
      batch.time.set(time.subarray(2 * first, 2 * end));
      batch.length.set(length.subarray(first, end));
      batch.key.set(key.subarray(2 * first, 2 * end));
      engine.run(end - first);
      colors.set(engine.batch.color.subarray(0, end - first), colorsFrom + first - from);
    }
  }
}
