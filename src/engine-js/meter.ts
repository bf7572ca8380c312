import type { BatchColumns, EngineOptions, FlowRecord, MeterEngine, MeterStats } from "../types.ts";
import { Clock } from "./clock.ts";
import { BATCH_PACKETS_MAX, createColumns, type EngineColumns } from "./columns.ts";
import { hashKeys, type Secret } from "./hash.ts";
import { COLOR_RED, NEVER_WORD, type Kernel } from "./kernel.ts";
import { fitsNarrow, NarrowKernel } from "./narrow.ts";
import { FlowRecords } from "./records.ts";
import { RECORD } from "./slot.ts";
import { FLOWS_MAX, FlowTable, NO_ROOM } from "./table.ts";
import { Tally, tallyColors } from "./tally.ts";
import { WideKernel } from "./wide.ts";

/**
 * The pure-JavaScript engine: exact integers in typed arrays, no BigInt and no object per packet. The honest
 * baseline of the WebAssembly core, and the fallback where there is none.
 */
export function createJsEngine(options: EngineOptions): MeterEngine {
  return new JsMeter(options);
}

class JsMeter implements MeterEngine {
  readonly name = "js";
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly #secret: Secret;
  readonly #columns: EngineColumns;
  readonly #clock = new Clock();
  readonly #table: FlowTable;
  readonly #kernel: Kernel;
  readonly #records: FlowRecords | null;
  readonly #green = new Tally();
  readonly #red = new Tally();
  readonly #oversize = new Tally();
  readonly #untracked = new Tally();
  #evictedFlows = 0;

  constructor({ policy, maxFlows, secret, records, delays }: EngineOptions) {
    if (!Number.isInteger(maxFlows) || maxFlows < 1 || maxFlows > FLOWS_MAX) {
      throw new RangeError(`maxFlows ${maxFlows} is not a whole number from 1 to ${FLOWS_MAX}`);
    }
    const flowRecords = records ? new FlowRecords() : null;
    this.#records = flowRecords;
    this.#secret = secret;
    this.#columns = createColumns(delays);
    this.#table = new FlowTable(maxFlows, secret, (keyLo, keyHi) => flowRecords?.take(keyLo, keyHi) ?? 1);
    const Loop = fitsNarrow(policy) ? NarrowKernel : WideKernel;
    this.#kernel = new Loop(policy, this.#table, this.#columns);
  }

  get batch(): BatchColumns {
    return this.#columns;
  }

  run(packetCount: number): void {
    if (!Number.isInteger(packetCount) || packetCount < 0 || packetCount > BATCH_PACKETS_MAX) {
      throw new RangeError(`packetCount ${packetCount} is not a whole number from 0 to ${BATCH_PACKETS_MAX}`);
    }
    const { time, key, clock, hashes } = this.#columns;
    this.#clock.advance(time, clock, packetCount);
    hashKeys(key, hashes, packetCount, this.#secret);
    let accounted = 0;
    let metered = this.#kernel.meter(0, packetCount);
    while (metered < packetCount) {
      // Records may change hands when room is made: the packets so far belong to the present owners.
      this.#records?.account(this.#columns, accounted, metered);
      accounted = metered;
      if (!this.#makeRoom(metered)) {
        this.#refuseUntracked(metered);
        metered += 1;
      }
      metered = this.#kernel.meter(metered, packetCount);
    }
    this.#records?.account(this.#columns, accounted, packetCount);
    tallyColors(this.#columns, packetCount, this.#green, this.#red);
    this.#oversize.add(this.#kernel.oversizePackets, this.#kernel.oversizeBytes);
    this.#kernel.oversizePackets = 0;
    this.#kernel.oversizeBytes = 0;
  }

  stats(): MeterStats {
    return {
      green: this.#green.count,
      yellow: { packets: 0n, bytes: 0n },
      red: this.#red.count,
      oversize: this.#oversize.count,
      untracked: this.#untracked.count,
      regressions: BigInt(this.#clock.regressions),
      flows: this.#table.flows,
      evictedFlows: BigInt(this.#evictedFlows),
    };
  }

  flows(): Iterable<FlowRecord> {
    if (this.#records === null) throw new Error("flows() needs an engine created with records: true");
    return this.#records.list();
  }

  /** Makes room for the new flow of packet `index`: a larger table, or one drained flow less. */
  #makeRoom(index: number): boolean {
    if (this.#table.grow()) return true;
    const clockLo = this.#columns.clock[2 * index]!;
    const clockHi = this.#columns.clock[2 * index + 1]!;
    const hash = this.#columns.hashes[index]!;
    const slot = this.#table.findDrained(hash, (candidate) => this.#kernel.isDrained(candidate, clockLo, clockHi));
    if (slot === NO_ROOM) return false;
    this.#records?.drop(this.#table.words[slot + RECORD]!);
    this.#table.remove(slot);
    this.#evictedFlows += 1;
    return true;
  }

  #refuseUntracked(index: number): void {
    const { color, delay, records, length } = this.#columns;
    color[index] = COLOR_RED;
    if (delay.length > 0) delay.fill(NEVER_WORD, 2 * index, 2 * index + 2);
    records[index] = 0;
    this.#untracked.add(1, length[index]!);
  }
}
