import type { BatchColumns, Count, EngineOptions, FlowRecord, MeterEngine, MeterStats } from "../types.ts";
import { levelAt, offer, unitsOf, type BucketState } from "./bucket.ts";
import { ZERO } from "./rational.ts";

const BATCH_PACKETS_MAX = 4096;
const COLOR_GREEN = 0;
const COLOR_RED = 2;
const DELAY_NEVER = 2n ** 64n - 1n;

interface Flow {
  bucket: BucketState;
  green: Count;
  red: Count;
  readonly firstNs: bigint;
  lastNs: bigint;
}

const NONE: Count = { packets: 0n, bytes: 0n };

/** The readable twin: the definitions on bigint fractions and a Map. Slow, and the judge of every other engine. */
export function createReferenceEngine(options: EngineOptions): MeterEngine {
  return new ReferenceMeter(options);
}

class ReferenceMeter implements MeterEngine {
  readonly name = "reference";
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly batch: BatchColumns = {
    time: new Uint32Array(2 * BATCH_PACKETS_MAX),
    length: new Uint32Array(BATCH_PACKETS_MAX),
    key: new Uint32Array(2 * BATCH_PACKETS_MAX),
    color: new Uint8Array(BATCH_PACKETS_MAX),
    delay: new Uint32Array(2 * BATCH_PACKETS_MAX),
  };
  readonly #options: EngineOptions;
  readonly #flows = new Map<bigint, Flow>();
  #nowNs = 0n;
  #green = NONE;
  #red = NONE;
  #oversize = NONE;
  #untracked = NONE;
  #regressions = 0n;
  #evictedFlows = 0n;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  run(packetCount: number): void {
    if (!Number.isInteger(packetCount) || packetCount < 0 || packetCount > BATCH_PACKETS_MAX) {
      throw new RangeError(`packetCount ${packetCount} is not a whole number from 0 to ${BATCH_PACKETS_MAX}`);
    }
    const { time, length, key } = this.batch;
    for (let index = 0; index < packetCount; index += 1) {
      this.#meter(index, wordsAt(time, index), length[index]!, wordsAt(key, index));
    }
  }

  stats(): MeterStats {
    return {
      green: this.#green,
      yellow: NONE,
      red: this.#red,
      oversize: this.#oversize,
      untracked: this.#untracked,
      regressions: this.#regressions,
      flows: this.#flows.size,
      evictedFlows: this.#evictedFlows,
    };
  }

  *flows(): Iterable<FlowRecord> {
    if (!this.#options.records) throw new Error("flows() needs an engine created with records: true");
    for (const [key, { green, red, firstNs, lastNs }] of this.#flows) {
      yield { key, green, yellow: NONE, red, firstNs, lastNs };
    }
  }

  #meter(index: number, arrivalNs: bigint, lengthBytes: number, key: bigint): void {
    if (arrivalNs < this.#nowNs) this.#regressions += 1n;
    else this.#nowNs = arrivalNs;
    const flow = this.#flowOf(key, arrivalNs);
    if (flow === null) {
      this.#untracked = counted(this.#untracked, lengthBytes);
      this.#red = counted(this.#red, lengthBytes);
      this.#answer(index, COLOR_RED, null);
      return;
    }
    const { bucket, costRule } = this.#options.policy;
    const verdict = offer(bucket, flow.bucket, this.#nowNs, unitsOf(costRule, lengthBytes));
    flow.bucket = verdict.next;
    flow.lastNs = arrivalNs;
    if (verdict.oversize) this.#oversize = counted(this.#oversize, lengthBytes);
    if (verdict.conforms) {
      flow.green = counted(flow.green, lengthBytes);
      this.#green = counted(this.#green, lengthBytes);
    } else {
      flow.red = counted(flow.red, lengthBytes);
      this.#red = counted(this.#red, lengthBytes);
    }
    this.#answer(index, verdict.conforms ? COLOR_GREEN : COLOR_RED, verdict.delayNs);
  }

  /** The key's flow, made when it is new; null when the table is full of flows that have not drained. */
  #flowOf(key: bigint, arrivalNs: bigint): Flow | null {
    const known = this.#flows.get(key);
    if (known !== undefined) return known;
    if (this.#flows.size >= this.#options.maxFlows && !this.#dropDrained()) return null;
    const bucket = { level: ZERO, lastNs: this.#nowNs };
    const flow: Flow = { bucket, green: NONE, red: NONE, firstNs: arrivalNs, lastNs: arrivalNs };
    this.#flows.set(key, flow);
    return flow;
  }

  #dropDrained(): boolean {
    for (const [key, flow] of this.#flows) {
      if (levelAt(this.#options.policy.bucket, flow.bucket, this.#nowNs).num !== 0n) continue;
      this.#flows.delete(key);
      this.#evictedFlows += 1n;
      return true;
    }
    return false;
  }

  #answer(index: number, color: number, delayNs: bigint | null): void {
    this.batch.color[index] = color;
    if (!this.#options.delays) return;
    const delay = delayNs ?? DELAY_NEVER;
    this.batch.delay[2 * index] = Number(delay & 0xffff_ffffn);
    this.batch.delay[2 * index + 1] = Number(delay >> 32n);
  }
}

function counted(count: Count, lengthBytes: number): Count {
  return { packets: count.packets + 1n, bytes: count.bytes + BigInt(lengthBytes) };
}

function wordsAt(column: Uint32Array, index: number): bigint {
  return (BigInt(column[2 * index + 1]!) << 32n) | BigInt(column[2 * index]!);
}
