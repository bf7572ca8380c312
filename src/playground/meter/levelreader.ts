/** Takes the levels of one flow out of an engine's batches, and draws them. */
import type { BatchColumns, CompiledPolicy } from "../../types.ts";
import type { CaptureColumns } from "../capture/columns.ts";
import type { TimeWindow } from "../../see/timewindow.ts";
import { FlowLevels, type LevelLines } from "./flowlevels.ts";
import { lengthsOf } from "./inputs.ts";

const TWO_32 = 0x1_0000_0000;

/** True when a flow's level is its own, and in one slot: of `weighted` it hangs on the others. */
export function hasLevels({ profiles }: CompiledPolicy): boolean {
  return profiles.length === 1 && profiles[0]!.kernel !== "weighted";
}

export class LevelReader {
  readonly flow: number;
  readonly #columns: CaptureColumns;
  readonly #lengths: Uint32Array;
  readonly #levels: FlowLevels;
  readonly #toNs: number;
  /** Of each bucket. */
  readonly #unitsPerStep: readonly number[];

  /** The policy `hasLevels`; the engine was asked for levels. */
  constructor(
    columns: CaptureColumns,
    policy: CompiledPolicy,
    flow: number,
    window: TimeWindow,
    pixels: number,
    batchPackets: number,
  ) {
    const profile = policy.profiles[0]!;
    this.flow = flow;
    this.#columns = columns;
    this.#lengths = lengthsOf(columns, policy);
    this.#levels = new FlowLevels(profile, window, pixels, batchPackets);
    this.#toNs = window.toNs;
    this.#unitsPerStep = profile.buckets.map(({ levelPerUnit }) => 1 / Number(levelPerUnit));
  }

  /** The flow's packets of a batch: the first `count` of `packets`, in the rows of the batch that `rows` names. */
  read({ color, levels }: BatchColumns, packets: Uint32Array, rows: Uint32Array, count: number): void {
    const { clockNs } = this.#columns;
    const lengths = this.#lengths;
    const drawn = this.#levels;
    const [unitOne = 1, unitTwo = 0] = this.#unitsPerStep;
    const [one, two] = levels as readonly [Uint32Array, Uint32Array];
    let taken = 0;
    for (; taken < count && clockNs[packets[taken]!]! <= this.#toNs; taken += 1) {
      const packet = packets[taken]!;
      const row = rows[taken]!;
      drawn.clockNs[taken + 1] = clockNs[packet]!;
      drawn.lengthBytes[taken + 1] = lengths[packet]!;
      drawn.color[taken + 1] = color[row]!;
      drawn.first[taken + 1] = (one[2 * row + 1]! * TWO_32 + one[2 * row]!) * unitOne;
      if (unitTwo > 0) drawn.second[taken + 1] = (two[2 * row + 1]! * TWO_32 + two[2 * row]!) * unitTwo;
    }
    if (taken > 0) drawn.look(taken);
  }

  /** What is to be drawn, once the last packet was read. */
  lines(): LevelLines {
    return this.#levels.lines(this.flow);
  }
}
