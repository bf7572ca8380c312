import type { BatchColumns, ClassStats, EngineOptions, FlowRecord, MeterEngine, MeterStats } from "../types.ts";
import { Clock } from "./clock.ts";
import { BATCH_PACKETS_MAX, createColumns, type EngineColumns } from "./columns.ts";
import { PathRunner } from "./exact/pathrunner.ts";
import { loopOf } from "./loops.ts";
import type { Runner } from "./runner.ts";
import { ShaperRunner } from "./shape/runner.ts";
import { SlotRunner } from "./slotrunner.ts";
import { FLOWS_MAX } from "./table.ts";
import { Tallies } from "./tally.ts";

/**
 * The pure-JavaScript engine: the honest baseline of the WebAssembly core, and the fallback where there is none.
 * Meters of one slot whose values fit run on exact integers in typed arrays; everything else on BigInt, slower.
 */
export function createJsEngine(options: EngineOptions): MeterEngine {
  return new JsMeter(options);
}

class JsMeter implements MeterEngine {
  readonly name = "js";
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly #columns: EngineColumns;
  readonly #clock = new Clock();
  readonly #tallies = new Tallies();
  readonly #runner: Runner;

  constructor(options: EngineOptions) {
    const { maxFlows, secret } = options;
    if (!Number.isInteger(maxFlows) || maxFlows < 1 || maxFlows > FLOWS_MAX) {
      throw new RangeError(`maxFlows ${maxFlows} is not a whole number from 1 to ${FLOWS_MAX}`);
    }
    this.#columns = createColumns(options);
    const { policy } = options;
    const loop = loopOf(options, this.#columns, this.#tallies.oversize);
    this.#runner =
      loop !== null
        ? new SlotRunner(loop, this.#columns, secret, this.#tallies.untracked)
        : policy.meter === "shaper"
          ? new ShaperRunner({ ...options, policy }, this.#columns, this.#tallies)
          : new PathRunner({ ...options, policy }, this.#columns, this.#tallies);
  }

  get batch(): BatchColumns {
    return this.#columns;
  }

  run(packetCount: number): void {
    if (!Number.isInteger(packetCount) || packetCount < 0 || packetCount > BATCH_PACKETS_MAX) {
      throw new RangeError(`packetCount ${packetCount} is not a whole number from 0 to ${BATCH_PACKETS_MAX}`);
    }
    this.#clock.advance(this.#columns.time, this.#columns.clock, packetCount);
    this.#runner.run(packetCount);
    this.#tallies.addColors(this.#columns, packetCount);
  }

  stats(): MeterStats {
    return {
      ...this.#tallies.counts,
      regressions: BigInt(this.#clock.regressions),
      flows: this.#runner.flowCount,
      evictedFlows: BigInt(this.#runner.evictedFlows),
    };
  }

  classStats(): readonly ClassStats[] {
    return this.#runner.classStats();
  }

  flows(): Iterable<FlowRecord> {
    const flows = this.#runner.flows();
    if (flows === null) throw new Error("flows() needs an engine created with records: true");
    return flows;
  }
}
