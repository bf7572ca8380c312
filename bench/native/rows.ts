/** Who takes part in topic `native`. */
import type { BucketProfile, CompiledPolicy, EngineOptions } from "../../src/types.ts";
import { createCoreEngine } from "../../src/core/engine.ts";
import { coreModule } from "../../src/core/module.node.ts";
import { createJsEngine } from "../../src/engine-js/meter.ts";
import { compilePolicy } from "../../src/policies.ts";
import { EnginePlayer, engineOptions, type Player } from "../contenders.ts";
import { MapNumberMeter } from "../rivals/mapnumber.ts";
import { MapStringMeter } from "../rivals/mapstring.ts";
import { TypedArrayMeter } from "../rivals/typedarray.ts";
import { BURST_BYTES, contractOf } from "../workload.ts";

/**
 * What a row's colors have to be: those of the core, packet by packet; nearly, because it rounds; those of another
 * meter, or of none.
 */
export type Agreement = "exact" | "rounds" | "other meter" | "none";

interface Row {
  readonly name: string;
  readonly agreement: Agreement;
  /** More flows than this are not tried: time, or memory. */
  readonly flowsMax: number;
}

/** A row that runs in a Node process. */
export interface NodeRow extends Row {
  create(flows: number): Player;
}

/** A row that is a program in C. */
export interface ProgramRow extends Row {
  readonly source: string;
  readonly defines?: readonly string[];
  /** Package that pkg-config has to know. */
  readonly library?: string;
}

export const CORE = "core";
export const CORE_TRUSTED = "core, trusted keys";
export const C_TRUSTED = "C, same layout, prefetch, trusted keys";
export const CORE_TWO = "core, two buckets (srTCM)";
export const C_PREFETCH = "C, same layout, prefetch";
export const C_PLAIN = "C, plain loop";
export const FLOOR = "floor: blind add to a random line";
export const DPDK = "DPDK rte_hash bulk + rte_meter srTCM";
export const BEST_JS = "js engine (same tricks)";
export const TYPED_JS = "typed arrays, straightforward";
export const MAP_NUMBER = "Map of objects, number key";
export const MAP_STRING = "Map of objects, string key";

/** Second bucket of the markers. */
const EXCESS_BYTES = 2 * BURST_BYTES;
/** Beyond, the core is told what to expect: its next table does not fit beside those that it has outgrown. */
const GROWN_FLOWS_MAX = 2 ** 24;

export const NODE_ROWS: readonly NodeRow[] = [
  {
    name: CORE,
    agreement: "exact",
    flowsMax: Infinity,
    create: (flows) => new EnginePlayer(createCoreEngine(coreModule(), coreOptions(flows))),
  },
  {
    name: CORE_TRUSTED,
    agreement: "exact",
    flowsMax: 1e7,
    create: (flows) => new EnginePlayer(createCoreEngine(coreModule(), { ...coreOptions(flows), trustedKeys: true })),
  },
  {
    name: CORE_TWO,
    agreement: "other meter",
    flowsMax: 1e7,
    create: (flows) =>
      new EnginePlayer(createCoreEngine(coreModule(), { ...coreOptions(flows), policy: markerOf(flows) })),
  },
  {
    name: BEST_JS,
    agreement: "exact",
    flowsMax: Infinity,
    create: (flows) => new EnginePlayer(createJsEngine(engineOptions(flows))),
  },
  rivalRow(TYPED_JS, 1e7, (flows) => new TypedArrayMeter(flows, contractOf(flows).bytesPerSec, BURST_BYTES)),
  rivalRow(MAP_NUMBER, 1e7, (flows) => new MapNumberMeter(contractOf(flows).bytesPerSec, BURST_BYTES)),
  rivalRow(MAP_STRING, 1e6, (flows) => new MapStringMeter(contractOf(flows).bytesPerSec, BURST_BYTES)),
];

export const PROGRAM_ROWS: readonly ProgramRow[] = [
  { name: C_PREFETCH, agreement: "exact", flowsMax: Infinity, source: "prefetch.c" },
  {
    name: "C, same layout, prefetch of home lines",
    agreement: "exact",
    flowsMax: 1e7,
    source: "prefetch.c",
    defines: ["HOME_LINES_ONLY"],
  },
  {
    name: "C, same layout, prefetch, two lines compared",
    agreement: "exact",
    flowsMax: 1e7,
    source: "prefetch.c",
    defines: ["TWO_LINES"],
  },
  {
    name: C_TRUSTED,
    agreement: "exact",
    flowsMax: 1e7,
    source: "prefetch.c",
    defines: ["TRUSTED_KEYS"],
  },
  { name: C_PLAIN, agreement: "exact", flowsMax: Infinity, source: "plain.c" },
  { name: FLOOR, agreement: "none", flowsMax: Infinity, source: "floor.c" },
  { name: DPDK, agreement: "other meter", flowsMax: 1e7, source: "dpdk.c", library: "libdpdk" },
];

function rivalRow(name: string, flowsMax: number, create: (flows: number) => Player): NodeRow {
  return { name, agreement: "rounds", flowsMax, create };
}

function coreOptions(flows: number): EngineOptions {
  return flows > GROWN_FLOWS_MAX ? { ...engineOptions(flows), expectedFlows: flows } : engineOptions(flows);
}

/** A single-rate marker with the contract as its committed part. */
function markerOf(flows: number): CompiledPolicy {
  const cir = `${contractOf(flows).bytesPerSec} B/s`;
  return compilePolicy({ meter: "srtcm", cir, cbs: `${BURST_BYTES} B`, ebs: `${EXCESS_BYTES} B` });
}

/** The contract as the programs in C take it: struct contract of c/meter.h, field by field. */
export function contractArgs(flows: number): string[] {
  const { bytesPerSec, policy } = contractOf(flows);
  const [bucket] = policy.profiles[0]!.buckets;
  const { cost, overheadBytes, minLengthBytes } = bucket.costRule;
  if (cost !== "bytes") throw new Error("the programs in C are told of contracts in bytes");
  const words = [
    ...bucketWords(bucket),
    BigInt(overheadBytes),
    BigInt(minLengthBytes),
    BigInt(Math.round(bytesPerSec)),
    BigInt(BURST_BYTES),
    BigInt(EXCESS_BYTES),
  ];
  return words.map(String);
}

function bucketWords({ drainPerNs, levelPerUnit, testLevel, unitsMax, drainedAfterNs, testsOwnCost }: BucketProfile) {
  const allOnes = 2n ** 64n - 1n;
  return [drainPerNs, levelPerUnit, testLevel, unitsMax, drainedAfterNs, testsOwnCost ? allOnes : 0n, allOnes];
}

/** Bits of the number of lines of two slots that hold so many flows at half of their slots, as in the core. */
export function lineBitsOf(flows: number): number {
  return Math.max(6, Math.ceil(Math.log2(flows)));
}
