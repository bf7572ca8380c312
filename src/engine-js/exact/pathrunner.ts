import type { ClassStats, Color, EngineOptions, FlowRecord, MeteringPolicy } from "../../types.ts";
import type { EngineColumns } from "../columns.ts";
import { COLOR_GREEN, COLOR_RED, REASON_BLOCKED, REASON_COLOR_IN, REASON_NONE } from "../outcome.ts";
import { REASON_OVERSIZE, REASON_UNTRACKED } from "../outcome.ts";
import type { Runner } from "../runner.ts";
import type { Tallies } from "../tally.ts";
import { bigintOf, putBigint } from "../words.ts";
import { ClassTallies } from "./classtallies.ts";
import { delayOf } from "./delay.ts";
import { Entries, type Held } from "./entries.ts";
import { judge, type Verdict } from "./judge.ts";
import { programsOf, type ClassProgram } from "./program.ts";
import type { Entry, WaitNs } from "./slotprogram.ts";

const NEVER_NS = 2n ** 64n - 1n;
const PASSED: Verdict = { color: COLOR_GREEN, reason: REASON_NONE, charges: 0 };
const BLOCKED: Verdict = { color: COLOR_RED, reason: REASON_BLOCKED, charges: 0 };
const UNTRACKED: Verdict = { color: COLOR_RED, reason: REASON_UNTRACKED, charges: 0 };

/** What meters, and does not shape. */
export type MeterOptions = EngineOptions & { readonly policy: MeteringPolicy };

/** Any metering policy, on BigInt: paths of nodes, several slots a node, and values that float64 does not hold. */
export class PathRunner implements Runner {
  readonly #columns: EngineColumns;
  readonly #tallies: Tallies;
  readonly #entries: Entries<Entry>;
  readonly #programs: readonly ClassProgram[];
  /** By class; empty under a policy of one meter. */
  readonly #classes: readonly ClassTallies[];

  constructor(options: MeterOptions, columns: EngineColumns, tallies: Tallies) {
    this.#columns = columns;
    this.#tallies = tallies;
    this.#entries = new Entries<Entry>(options);
    this.#programs = programsOf(options.policy);
    this.#classes = options.policy.meter === "classes" ? this.#programs.map((one) => new ClassTallies(one)) : [];
  }

  get flowCount(): number {
    return this.#entries.count;
  }

  get evictedFlows(): number {
    return this.#entries.evicted;
  }

  run(packetCount: number): void {
    const { class: classes, color, reason, length } = this.#columns;
    for (let index = 0; index < packetCount; index += 1) {
      const classIndex = Math.min(classes[index] ?? 0, this.#programs.length - 1);
      this.#meter(this.#programs[classIndex]!, index);
      this.#classes[classIndex]?.add(color[index] as Color, reason[index]!, length[index]!);
    }
  }

  classStats(): readonly ClassStats[] {
    return this.#classes.map(({ stats }) => stats);
  }

  flows(): Iterable<FlowRecord> | null {
    return this.#entries.records?.list() ?? null;
  }

  #meter(program: ClassProgram, index: number): void {
    if (program.action === "pass") return this.#answer(index, PASSED, 0n);
    if (program.action === "block") return this.#answer(index, BLOCKED, null);
    const lengthBytes = this.#columns.length[index]!;
    const { clock } = this.#columns;
    const nowNs = bigintOf(clock[2 * index]!, clock[2 * index + 1]!);
    const held = this.#entries.take(program, this.#columns, index, nowNs);
    if (held === null) {
      this.#tallies.untracked.add(1, lengthBytes);
      return this.#answer(index, UNTRACKED, null);
    }
    const colorIn = Math.min(this.#columns.colorIn[index]!, COLOR_RED) as Color;
    for (const [slot, one] of program.slots.entries()) one.advance(held[slot]!.entry, nowNs);
    const verdict = judge(program, colorIn, fitsOf(program, held, lengthBytes));
    const isTimed = verdict.color === COLOR_RED && this.#columns.delay.length > 0;
    const delayNs = isTimed ? delayOf(program, held, colorIn, lengthBytes) : 0n;
    for (const [slot, one] of program.slots.entries()) {
      const buckets = (verdict.charges >>> (2 * slot)) & 3;
      if (buckets !== 0) one.charge(held[slot]!.entry, lengthBytes, buckets);
    }
    const isOversize = this.#isOversize(program, verdict, colorIn, lengthBytes);
    if (isOversize) this.#tallies.oversize.add(1, lengthBytes);
    this.#answer(index, isOversize ? { ...verdict, reason: REASON_OVERSIZE } : verdict, delayNs);
    this.#putLevels(index, program.slots[0]!.levels(held[0]!.entry));
    for (const { record } of held) if (record !== 0) this.#entries.records?.add(record, this.#columns, index);
  }

  /** Whether a packet is red that did not arrive so, and would be on drained buckets as well. */
  #isOversize(program: ClassProgram, { color, reason }: Verdict, colorIn: Color, lengthBytes: number): boolean {
    if (color !== COLOR_RED || reason === REASON_COLOR_IN) return false;
    let fits = 0;
    for (const [slot, one] of program.slots.entries()) fits |= one.fitsDrained(lengthBytes) << (2 * slot);
    return judge(program, colorIn, fits).color === COLOR_RED;
  }

  #answer(index: number, { color, reason }: Verdict, delayNs: WaitNs): void {
    this.#columns.color[index] = color;
    this.#columns.reason[index] = reason;
    const { delay } = this.#columns;
    if (delay.length > 0) putBigint(delay, index, delayNs === null || delayNs > NEVER_NS ? NEVER_NS : delayNs);
    this.#putLevels(index, [0n, 0n]);
  }

  #putLevels(index: number, levels: readonly [bigint, bigint]): void {
    for (const [bucket, column] of this.#columns.levels.entries()) putBigint(column, index, levels[bucket]!);
  }
}

/** Bits of the buckets that the packet fits, two a slot. */
function fitsOf(program: ClassProgram, held: readonly Held<Entry>[], lengthBytes: number): number {
  let fits = 0;
  for (const [slot, one] of program.slots.entries()) fits |= one.fits(held[slot]!.entry, lengthBytes) << (2 * slot);
  return fits;
}
