/** One flow's packets metered once more, alone, by the same core: what its levels were. */
import type { CompiledPolicy, MeterEngine } from "../../types.ts";
import type { CaptureColumns } from "../capture/columns.ts";
import type { KeyedFlows } from "../capture/keying.ts";
import { firstFrom } from "../../see/search.ts";
import type { TimeWindow } from "../../see/timewindow.ts";
import { engineFor } from "./enginefor.ts";
import type { LevelLines } from "./flowlevels.ts";
import { lengthsOf, readsColors } from "./inputs.ts";
import { LevelReader } from "./levelreader.ts";

const TWO_32 = 0x1_0000_0000;

export class LevelTrace {
  readonly #columns: CaptureColumns;
  readonly #lengths: Uint32Array;
  readonly #isAware: boolean;
  readonly #engine: MeterEngine;
  readonly #reader: LevelReader;
  /** Where the flow's packets are, up to the window's end. */
  readonly #packets: Uint32Array;
  /** In a batch of this flow alone packet follows packet. */
  readonly #rows: Uint32Array;
  #done = 0;

  /** The policy `hasLevels`. */
  constructor(
    module: WebAssembly.Module,
    columns: CaptureColumns,
    keyed: KeyedFlows,
    policy: CompiledPolicy,
    flow: number,
    window: TimeWindow,
    pixels: number,
  ) {
    this.#columns = columns;
    this.#lengths = lengthsOf(columns, policy);
    this.#isAware = readsColors(policy);
    this.#engine = engineFor(module, policy, 1, true);
    const { batchPacketsMax } = this.#engine;
    this.#reader = new LevelReader(columns, policy, flow, window, pixels, batchPacketsMax);
    this.#packets = packetsOf(columns, keyed, flow, window.toNs);
    this.#rows = Uint32Array.from({ length: batchPacketsMax }, (_, row) => row);
  }

  get isDone(): boolean {
    return this.#done === this.#packets.length;
  }

  /** Meters one batch more. */
  step(): void {
    const engine = this.#engine;
    const { clockNs, colorIn: arrivals } = this.#columns;
    const packets = this.#packets.subarray(this.#done, this.#done + engine.batchPacketsMax);
    const { time, length, colorIn } = engine.batch;
    for (const [row, packet] of packets.entries()) {
      // Only differences of times matter, and the clock stands for the time of a packet that came out of order.
      const highWord = Math.floor(clockNs[packet]! / TWO_32);
      time[2 * row] = clockNs[packet]! - highWord * TWO_32;
      time[2 * row + 1] = highWord;
      length[row] = this.#lengths[packet]!;
      if (this.#isAware) colorIn[row] = arrivals[packet]!;
    }
    engine.run(packets.length);
    this.#reader.read(engine.batch, packets, this.#rows, packets.length);
    this.#done += packets.length;
  }

  /** What is to be drawn, once it is done. */
  lines(): LevelLines {
    return this.#reader.lines();
  }
}

function packetsOf(
  { clockNs }: CaptureColumns,
  { flow, packets }: KeyedFlows,
  wanted: number,
  toNs: number,
): Uint32Array {
  const end = firstFrom(clockNs, toNs + 1);
  const found = new Uint32Array(packets[wanted]!);
  let count = 0;
  for (let index = 0; index < end && count < found.length; index += 1) {
    if (flow[index] !== wanted) continue;
    found[count] = index;
    count += 1;
  }
  return found.subarray(0, count);
}
