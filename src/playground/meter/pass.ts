/** One pass of the core over the columns under one policy: a color a packet, totals of all and of each flow. */
import type { BatchColumns, CompiledPolicy, MeterEngine, MeterStats } from "../../types.ts";
import type { CaptureColumns } from "../capture/columns.ts";
import type { KeyedFlows } from "../capture/keying.ts";
import type { TimeWindow } from "../../see/timewindow.ts";
import { engineFor } from "./enginefor.ts";
import type { LevelLines } from "./flowlevels.ts";
import { lengthsOf, readsColors } from "./inputs.ts";
import { LevelReader } from "./levelreader.ts";

/** What was refused or marked of each flow. */
export interface FlowTallies {
  readonly yellowPackets: Uint32Array;
  readonly yellowBytes: Float64Array;
  readonly redPackets: Uint32Array;
  readonly redBytes: Float64Array;
}

/** A flow whose levels are drawn on the way; worth it where most packets are its own. */
export interface Followed {
  readonly flow: number;
  readonly window: TimeWindow;
  readonly pixels: number;
}

const GREEN = 0;
const YELLOW = 1;

/** Meters the packets in order, as far as it is asked to. */
export class MeterPass {
  readonly tallies: FlowTallies;
  /** Packets metered so far. */
  done = 0;
  readonly #engine: MeterEngine;
  readonly #columns: CaptureColumns;
  readonly #keyed: KeyedFlows;
  readonly #lengths: Uint32Array;
  readonly #isAware: boolean;
  readonly #color: Uint8Array;
  readonly #follower: Follower | undefined;

  /** Colors go to `color`, one a packet. Only a policy that `hasLevels` has a flow followed. */
  constructor(
    module: WebAssembly.Module,
    columns: CaptureColumns,
    keyed: KeyedFlows,
    policy: CompiledPolicy,
    color: Uint8Array,
    followed?: Followed,
  ) {
    this.#engine = engineFor(module, policy, keyed.count, followed !== undefined);
    this.#columns = columns;
    this.#keyed = keyed;
    this.#lengths = lengthsOf(columns, policy);
    this.#isAware = readsColors(policy);
    this.#color = color;
    this.tallies = {
      yellowPackets: new Uint32Array(keyed.count),
      yellowBytes: new Float64Array(keyed.count),
      redPackets: new Uint32Array(keyed.count),
      redBytes: new Float64Array(keyed.count),
    };
    if (followed === undefined) return;
    const { flow, window, pixels } = followed;
    const { batchPacketsMax } = this.#engine;
    const reader = new LevelReader(columns, policy, flow, window, pixels, batchPacketsMax);
    this.#follower = new Follower(reader, keyed.flow, batchPacketsMax);
  }

  get isDone(): boolean {
    return this.done === this.#columns.packets;
  }

  stats(): MeterStats {
    return this.#engine.stats();
  }

  /** The levels of that flow, once it is done; undefined when it was not followed. */
  linesOf(flow: number): LevelLines | undefined {
    return this.#follower?.linesOf(flow);
  }

  /** Meters one batch more. */
  step(): void {
    const engine = this.#engine;
    const from = this.done;
    const count = Math.min(engine.batchPacketsMax, this.#columns.packets - from);
    const { time, length, key, colorIn } = engine.batch;
    const { flow } = this.#keyed;
    time.set(this.#columns.time.subarray(2 * from, 2 * (from + count)));
    length.set(this.#lengths.subarray(from, from + count));
    for (let index = 0; index < count; index += 1) key[2 * index] = flow[from + index]!;
    if (this.#isAware) colorIn.set(this.#columns.colorIn.subarray(from, from + count));
    engine.run(count);
    this.#color.set(engine.batch.color.subarray(0, count), from);
    this.done = from + count;
    this.#follower?.read(engine.batch, from, count);
    this.#tally(from, this.done);
  }

  /** Green packets are what is left of all packets: only the others are looked at. */
  #tally(from: number, end: number): void {
    const { flow } = this.#keyed;
    const { yellowPackets, yellowBytes, redPackets, redBytes } = this.tallies;
    const [colors, lengths] = [this.#color, this.#lengths];
    for (let index = from; index < end; index += 1) {
      const color = colors[index]!;
      if (color === GREEN) continue;
      const at = flow[index]!;
      if (color === YELLOW) {
        yellowPackets[at]! += 1;
        yellowBytes[at]! += lengths[index]!;
      } else {
        redPackets[at]! += 1;
        redBytes[at]! += lengths[index]!;
      }
    }
  }
}

/** Finds one flow's packets in each batch. */
class Follower {
  readonly #reader: LevelReader;
  readonly #flow: Uint32Array;
  readonly #packets: Uint32Array;
  readonly #rows: Uint32Array;
  #lines: LevelLines | undefined;

  constructor(reader: LevelReader, flow: Uint32Array, batchPackets: number) {
    this.#reader = reader;
    this.#flow = flow;
    this.#packets = new Uint32Array(batchPackets);
    this.#rows = new Uint32Array(batchPackets);
  }

  read(batch: BatchColumns, from: number, count: number): void {
    const { flow: wanted } = this.#reader;
    const [flow, packets, rows] = [this.#flow, this.#packets, this.#rows];
    let found = 0;
    for (let row = 0; row < count; row += 1) {
      if (flow[from + row] !== wanted) continue;
      packets[found] = from + row;
      rows[found] = row;
      found += 1;
    }
    this.#reader.read(batch, packets, rows, found);
  }

  linesOf(flow: number): LevelLines | undefined {
    if (flow !== this.#reader.flow) return undefined;
    this.#lines ??= this.#reader.lines();
    return this.#lines;
  }
}
