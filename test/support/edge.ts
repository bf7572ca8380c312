// Edge meters on every engine there is, and what tests ask of them.
import { readFileSync } from "node:fs";
import type { EdgeEngine } from "../../src/edge/engine.ts";
import { createJsEngine } from "../../src/edge/js/engine.ts";
import { Meter } from "../../src/edge/meter.ts";
import { settingsOf, type Settings } from "../../src/edge/options.ts";
import { profilesOfReading, readInFull } from "../../src/edge/fullpolicy.ts";
import { edgePolicyOf } from "../../src/edge/profiles.ts";
import type { MeterOptions, PolicyInput } from "../../src/edge/types.ts";
import { createWasmEngine } from "../../src/edge/wasmengine.ts";
import { bucketsOf } from "../../src/policy/profile.ts";
import { unnamedSource } from "../../src/policy/source.ts";
import type { CompiledPolicy } from "../../src/types.ts";

export interface EdgeRow {
  readonly name: string;
  make(bytes: number): EdgeEngine;
}

/** The core in a build that asserts every access and one that does not, and the engine without WebAssembly. */
export const EDGE_ENGINES: readonly EdgeRow[] = [wasmRow("edge.wasm"), jsRow(), wasmRow("edge.debug.wasm")];

function wasmRow(file: string): EdgeRow {
  const module = new WebAssembly.Module(readFileSync(new URL(`../../build/${file}`, import.meta.url)));
  return { name: file, make: (bytes) => createWasmEngine(module, bytes) };
}

function jsRow(): EdgeRow {
  return { name: "js", make: createJsEngine };
}

/** A seed, so that tests do not depend on one. */
export const SEED = [1, 2, 3, 4] as const;

/** A meter over one engine. */
export function edgeMeter(row: EdgeRow, options: MeterOptions): Meter {
  return new Meter(settingsOf({ seed: SEED, batchRows: 64, ...options }, readInFull), row.make);
}

/** What restoring makes meters of a snapshot's options with. */
export function makerOn(row: EdgeRow): (options: MeterOptions) => Meter {
  return (options) => new Meter(settingsOf(options, readInFull), row.make);
}

/** A meter of a policy given by its definition: times in ns that never step, keys of 64 bits. */
export function meterOfDefinition(row: EdgeRow, policy: CompiledPolicy): Meter {
  const { meter, definition } = policy;
  const reading = { meter, definition, sources: bucketsOf(definition).map(unnamedSource) };
  const own = edgePolicyOf({}, profilesOfReading(reading, 1), 1, 1);
  const settings: Settings = {
    policies: [{ name: "it", own, members: [0] }],
    maxFlows: 200,
    key: "u64",
    time: "ns",
    onFull: "evict-drained",
    clockStep: Infinity,
    batchRows: 64,
    costParts: 1,
    replaceable: false,
    seed: SEED,
    compile: (input) => edgePolicyOf(input, readInFull(input, 1), 1, 1),
  };
  return new Meter(settings, row.make);
}

/** Every kind of meter, in each of its modes that matter to state, with costs of 1 or of bytes. */
export const POLICIES: readonly PolicyInput[] = [
  { meter: "token-bucket", rate: "10 packets/s", burst: "5 packets" },
  { meter: "token-bucket", rate: "999999937 packets/s", burst: "5 packets" },
  { meter: "leaky-bucket", rate: "7 packets/s", burst: "5 packets", initial: "50%" },
  { meter: "token-bucket", rate: "1 Mbit/s", burst: "64 kB", overhead: 24, minLength: 84 },
  { meter: "gcra", increment: "100 ms", limit: "300 ms", cost: "packets" },
  { meter: "token-bucket", rate: "10 packets/s", burst: "5 packets", check: "overdraft" },
  { meter: "turner", rate: "10 packets/s", burst: "5 packets", cap: "8 packets" },
  { meter: "event-counter", rate: "10 packets/s", alarm: 5, clear: 2, cap: "9 packets" },
  { meter: "dual", peakRate: "20 packets/s", peakBurst: "3 packets", rate: "10 packets/s", burst: "8 packets" },
  {
    meter: "dual",
    peakRate: "20 packets/s",
    peakBurst: "3 packets",
    rate: "10 packets/s",
    burst: "8 packets",
    mode: "independent",
  },
  { meter: "srtcm", cir: "10 packets/s", cbs: "5 packets", ebs: "4 packets", colorAware: true },
  { meter: "trtcm", cir: "10 packets/s", cbs: "5 packets", pir: "20 packets/s", pbs: "6 packets" },
  {
    meter: "trtcm-4115",
    cir: "10 packets/s",
    cbs: "5 packets",
    eir: "3 packets/s",
    ebs: "6 packets",
    colorAware: true,
  },
  { meter: "mef", cir: "10 packets/s", cbs: "5 packets", eir: "3 packets/s", ebs: "6 packets", coupling: "on" },
  { meter: "multi", buckets: ["10 packets/s 5 packets", "100 packets/min 30 packets", "1000 packets/h 100 packets"] },
];

/** Cost units of a call under a policy that stand for `size`, a small number. */
export function costOf({ rate }: PolicyInput, size: number): number {
  return typeof rate === "string" && rate.includes("bit") ? 9000 * size : size;
}

/** Whole numbers below `end`, from a seed: the same in every engine and run. */
export function drawer(seed: number): (end: number) => number {
  let state = Math.imul(seed, 0x9e37_79b1) >>> 0;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}
