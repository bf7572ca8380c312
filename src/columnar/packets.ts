/** Packets as columns: those of the CSV rows (assembly/text/packetrows.ts), a batch at a time. */
import { BATCH_PACKETS_MAX } from "../../assembly/abi.ts";
import type { PacketColumns } from "../report/columns.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { LinkPolicy, Policy } from "../types.ts";
import { ColumnBuffer } from "./buffer.ts";
import { type Column, column, GROUP_ROWS_MAX, type RowGroup, widthOf, wordColumn } from "./column.ts";
import { ReasonWords } from "./reasons.ts";
import { addOffsets, markPresent, wordsOf } from "./words.ts";

const COLORS = ["green", "yellow", "red"];
const DECIMAL_BYTES = 16;

export class PacketGroup {
  readonly columns: readonly Column[];
  readonly #wanted: PacketColumns;
  readonly #reasons: ReasonWords;
  readonly #buffers: Readonly<Record<string, ColumnBuffer>>;
  #rows = 0;

  constructor(policy: Policy | LinkPolicy, wanted: PacketColumns) {
    this.#wanted = wanted;
    this.#reasons = new ReasonWords(policy);
    this.columns = [
      column("index", "u64"),
      column("time_ns", "u64"),
      column("flow", "text"),
      column("length", "u32"),
      wordColumn("color", COLORS),
      column("delay_ns", "u64", true),
      wordColumn("reason", this.#reasons.words),
      ...(wanted.departures ? [column("departure_ns", "u64", true)] : []),
      ...(wanted.levels ? [column("level", "decimal", true), column("level2", "decimal", true)] : []),
    ];
    this.#buffers = Object.fromEntries(this.columns.map((each) => [each.name, new ColumnBuffer(each)]));
  }

  /** True when another batch might not fit. */
  get isFull(): boolean {
    return this.#rows + BATCH_PACKETS_MAX > GROUP_ROWS_MAX;
  }

  /** Adds the batch at hand; texts as the file wants them. */
  add(meter: CaptureMeter, count: number, wantsLengths: boolean): void {
    const { views, core } = meter;
    this.#rows += count;
    addOffsets(this.#words("index", count), Number(core.batchFirstFrame()), views.frame.subarray(0, count));
    this.#words("time_ns", count).set(views.time.subarray(0, 2 * count));
    this.#addFlows(meter, count, wantsLengths);
    this.#words("length", count).set(views.length.subarray(0, count));
    this.#buffer("color").values(count).set(views.color.subarray(0, count));
    this.#addTimes("delay_ns", views.delay, count);
    const reasons = this.#buffer("reason");
    const indexes = reasons.values(count);
    this.#reasons.fill(widthOf(reasons.column) === 1 ? indexes : wordsOf(indexes), views);
    if (this.#wanted.departures) this.#addTimes("departure_ns", views.departure, count);
    if (this.#wanted.levels) this.#addLevels(meter, count);
  }

  /** The rows so far; the next ones begin another group. */
  take(): RowGroup {
    const rows = this.#rows;
    this.#rows = 0;
    return { rows, chunks: this.columns.map(({ name }) => this.#buffer(name).take()) };
  }

  #buffer(name: string): ColumnBuffer {
    return this.#buffers[name]!;
  }

  #words(name: string, count: number): Uint32Array {
    return wordsOf(this.#buffer(name).values(count));
  }

  #addFlows({ core, views }: CaptureMeter, count: number, wantsLengths: boolean): void {
    const lengthsAt = core.flowTextLengths() >>> 2;
    for (let next = 0; next < count;) {
      next = core.writePacketFlows(next, count, wantsLengths);
      const lengths = views.words.subarray(lengthsAt, lengthsAt + core.flowTextCount());
      this.#buffer("flow").addTexts(views.text.subarray(0, core.textBytes()), lengths);
    }
  }

  /** Times, or spans of it; all ones stand for none. */
  #addTimes(name: string, times: Uint32Array, count: number): void {
    const values = this.#words(name, count);
    values.set(times.subarray(0, 2 * count));
    markPresent(this.#buffer(name).presence(count), values, 2);
  }

  #addLevels({ core, views }: CaptureMeter, count: number): void {
    for (const [name, isSecond] of [
      ["level", false],
      ["level2", true],
    ] as const) {
      core.writeLevelDecimals(count, isSecond);
      const buffer = this.#buffer(name);
      const values = buffer.values(count);
      values.set(views.text.subarray(0, count * DECIMAL_BYTES));
      markPresent(buffer.presence(count), wordsOf(values), DECIMAL_BYTES / 4);
    }
  }
}
