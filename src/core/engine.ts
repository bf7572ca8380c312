/** The WebAssembly core behind the interface that every engine shares. */
import {
  BATCH_PACKETS_MAX,
  CONFIG_INTEGER_KEYS,
  RECORD_BYTE_COUNTS,
  RECORD_FIRST,
  RECORD_LAST,
  STAT_BYTES,
  STAT_EVICTED_FLOWS,
  STAT_FLOWS,
  STAT_OVERSIZE_BYTES,
  STAT_OVERSIZE_PACKETS,
  STAT_PACKETS,
  STAT_RECORDS,
  STAT_REGRESSIONS,
  STAT_UNTRACKED_BYTES,
  STAT_UNTRACKED_PACKETS,
} from "../../assembly/abi.ts";
import { STAT_UNQUEUED_BYTES, STAT_UNQUEUED_PACKETS } from "../../assembly/abi/shaper.ts";
import { slotsOf } from "./classes.ts";
import { classStatsOf } from "./classstats.ts";
import type {
  BatchColumns,
  ClassPolicy,
  ClassStats,
  Count,
  CountingEngine,
  EngineOptions,
  FlowCounts,
  FlowRecord,
  MeterStats,
  Policy,
} from "../types.ts";
import { type CoreExports, instantiateCore } from "./instance.ts";
import { configureCore } from "./setup.ts";
import { viewsOf } from "./views.ts";

/** An engine that runs the given compiled core. Throws RangeError when the first table does not fit in memory. */
export function createCoreEngine(module: WebAssembly.Module, options: EngineOptions, name = "core"): CoreEngine {
  const core = instantiateCore(module);
  configureCore(core, options);
  viewsOf(core.memory).config[CONFIG_INTEGER_KEYS] = 1n;
  if (!core.initialize()) throw new RangeError(`maxFlows ${options.maxFlows}: its table does not fit in 4 GiB`);
  return new CoreEngine(core, options, name);
}

const NO_WORDS = new Uint32Array(0);
const NO_REASONS = new Uint8Array(0);
const NO_CLASSES = new Uint16Array(0);

/** What `createCoreEngine` makes; outside of it only a type. */
export class CoreEngine implements CountingEngine {
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly name: string;
  readonly core: CoreExports;
  readonly #options: EngineOptions;
  readonly #classes: ClassPolicy | undefined;
  /** Node of each path entry; empty under a policy of one meter. */
  readonly #nodeIds: readonly number[];
  #batch: BatchColumns | undefined;
  #buffer: ArrayBuffer | undefined;

  constructor(core: CoreExports, options: EngineOptions, name: string) {
    this.core = core;
    this.#options = options;
    this.name = name;
    const { policy } = options;
    this.#classes = policy.meter === "classes" ? policy : undefined;
    this.#nodeIds = nodeIdsOf(policy);
  }

  get batch(): BatchColumns {
    // Growth of the memory detaches views; asking for its buffer is cheaper than asking for views.
    const { buffer } = this.core.memory;
    if (this.#batch !== undefined && buffer === this.#buffer) return this.#batch;
    this.#buffer = buffer;
    const {
      time,
      length,
      key,
      colorIn,
      class: classes,
      color,
      delay,
      reason,
      levels,
      departure,
      departureRest,
    } = viewsOf(this.core.memory);
    const { delays, levels: wantsLevels, policy } = this.#options;
    const isShaped = policy.meter === "shaper";
    this.#batch = {
      time,
      length,
      key,
      colorIn,
      class: this.#classes === undefined ? NO_CLASSES : classes,
      nodeKeys: this.#classes === undefined ? [] : nodeKeysOf(this.core),
      color,
      delay: delays ? delay : NO_WORDS,
      reason: delays ? reason : NO_REASONS,
      levels: wantsLevels === true ? levels : [],
      departure: isShaped ? departure : NO_WORDS,
      departureRest: isShaped ? departureRest : NO_WORDS,
    };
    return this.#batch;
  }

  run(packetCount: number): void {
    checkCount(packetCount, BATCH_PACKETS_MAX);
    this.core.run(packetCount);
  }

  stats(): MeterStats {
    return statsOf(this.core);
  }

  classStats(): readonly ClassStats[] {
    return this.#classes === undefined ? [] : classStatsOf(this.core, this.#classes);
  }

  *flows(): Iterable<FlowRecord> {
    const core = this.core;
    if (!this.#options.records) throw new RangeError("flows(): the engine was created with records: false");
    const end = Number(viewsOf(core.memory).stats[STAT_RECORDS]);
    for (let index = 1; index < end; index++) {
      if (!core.isFreeRecord(index)) yield recordOf(core, index, this.#nodeIds);
    }
  }

  countsOf(key: bigint): FlowCounts | undefined {
    if (this.#options.counts !== true) throw new RangeError("countsOf(): the engine was created without counts: true");
    const low = Number(BigInt.asUintN(32, key));
    const at = this.core.countsAt(low, Number(BigInt.asUintN(32, key >> 32n))) >>> 2;
    if (at === 0) return undefined;
    const { words } = viewsOf(this.core.memory);
    return { refused: words[at]!, packets: words[at + 1]! };
  }
}

/** Throws RangeError for a number of packets that no batch has. */
export function checkCount(packetCount: number, most: number): void {
  if (Number.isInteger(packetCount) && packetCount >= 0 && packetCount <= most) return;
  throw new RangeError(`run(${packetCount}): a batch holds 0 to ${most} packets`);
}

/** Totals of a core as they stand. */
export function statsOf(core: CoreExports): MeterStats {
  return statsIn(viewsOf(core.memory).stats);
}

/** Totals from a core's counters, STAT_*. */
export function statsIn(stats: BigUint64Array): MeterStats {
  const count = (packets: number, bytes: number): Count => ({ packets: stats[packets]!, bytes: stats[bytes]! });
  return {
    green: count(STAT_PACKETS, STAT_BYTES),
    yellow: count(STAT_PACKETS + 1, STAT_BYTES + 1),
    red: count(STAT_PACKETS + 2, STAT_BYTES + 2),
    oversize: count(STAT_OVERSIZE_PACKETS, STAT_OVERSIZE_BYTES),
    untracked: count(STAT_UNTRACKED_PACKETS, STAT_UNTRACKED_BYTES),
    unqueued: count(STAT_UNQUEUED_PACKETS, STAT_UNQUEUED_BYTES),
    regressions: stats[STAT_REGRESSIONS]!,
    flows: Number(stats[STAT_FLOWS]),
    evictedFlows: stats[STAT_EVICTED_FLOWS]!,
  };
}

/** One flow's totals; `key` is the integer key (or the first eight bytes of a longer one). */
function recordOf(core: CoreExports, index: number, nodeIds: readonly number[]): FlowRecord {
  const { longs } = viewsOf(core.memory);
  const record = core.recordAt(index) >>> 3;
  const bytes = record + RECORD_BYTE_COUNTS / 8;
  return {
    key: longs[core.keyAt(index) >>> 3]!,
    nodeId: nodeIds.length === 0 ? 0 : nodeIds[core.entryOf(index)]!,
    green: { packets: longs[record]!, bytes: longs[bytes]! },
    yellow: { packets: longs[record + 1]!, bytes: longs[bytes + 1]! },
    red: { packets: longs[record + 2]!, bytes: longs[bytes + 2]! },
    firstNs: longs[record + RECORD_FIRST / 8]!,
    lastNs: longs[record + RECORD_LAST / 8]!,
  };
}

/** Node id of each path entry, in the order that they are written in; empty under a policy of one meter. */
export function nodeIdsOf(policy: Policy): number[] {
  if (policy.meter !== "classes") return [];
  return policy.classes.flatMap(({ path }) => slotsOf(path).map(({ entry }) => entry.nodeId));
}

/** The caller's keys of the nodes above the leaf. */
function nodeKeysOf(core: CoreExports): readonly [Uint32Array, Uint32Array, Uint32Array] {
  const column = (node: number) =>
    new Uint32Array(core.memory.buffer, core.nodeKeyColumn(node) >>> 0, 2 * BATCH_PACKETS_MAX);
  return [column(1), column(2), column(3)];
}
