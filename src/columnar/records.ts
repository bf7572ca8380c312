/** Flows, or instances of nodes, as columns: those of the CSV rows (assembly/text/flowrows.ts). */
import { BATCH_PACKETS_MAX, RECORD_BYTE_COUNTS, RECORD_FIRST, STAT_RECORDS } from "../../assembly/abi.ts";
import { LABEL_COLUMNS, flowColumns } from "../report/columns.ts";
import { type EntryLabel, LABEL_KINDS } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Output } from "../trace/output.ts";
import { ColumnBuffer } from "./buffer.ts";
import { type Column, column, GROUP_ROWS_MAX, widthOf, wordColumn } from "./column.ts";
import { openColumnFile } from "./open.ts";
import { sumOfThree, wordsOf } from "./words.ts";

const COLORS = 3;

/** Writes all records of a kind in the format that the output's name asks for, group by group. Throws OutputError, PipeClosed. */
export async function writeRecordColumns(meter: CaptureMeter, kind: EntryLabel["kind"], output: Output): Promise<void> {
  const rows = new RecordRows(meter, kind);
  const file = await openColumnFile(output, rows.columns);
  const end = Number(meter.views.stats[STAT_RECORDS]);
  let waiting = 0;
  const flush = async () => {
    if (waiting > 0) await file.write({ rows: waiting, chunks: rows.buffers.map((buffer) => buffer.take()) });
    waiting = 0;
  };
  // Record 0 belongs to no flow.
  for (let index = 1; index < end;) {
    index = meter.core.writeRecordFlows(index, meter.labelsAt, LABEL_KINDS[kind], file.wantsLengths);
    waiting += rows.add();
    if (waiting + BATCH_PACKETS_MAX > GROUP_ROWS_MAX) await flush();
  }
  await flush();
  await file.finish();
}

/** The columns of records, and those rows of them that the core has just written the flows of. */
class RecordRows {
  readonly columns: readonly Column[];
  readonly buffers: readonly ColumnBuffer[];
  readonly #meter: CaptureMeter;
  /** By path entry, the index of its name; without classes there is no such column. */
  readonly #names: readonly number[];

  constructor(meter: CaptureMeter, kind: EntryLabel["kind"]) {
    this.#meter = meter;
    const words = [...new Set((meter.labels ?? []).map(({ name }) => name))];
    this.#names = (meter.labels ?? []).map(({ name }) => words.indexOf(name));
    this.columns = flowColumns(meter.labels === undefined ? undefined : kind)
      .split(",")
      .map((name) => {
        if (name === "flow") return column(name, "text");
        return name === LABEL_COLUMNS[kind] ? wordColumn(name, words) : column(name, "u64");
      });
    this.buffers = this.columns.map((each) => new ColumnBuffer(each));
  }

  /** Answers how many rows there are. */
  add(): number {
    const { core, views } = this.#meter;
    const rows = core.flowTextCount();
    const lengthsAt = core.flowTextLengths() >>> 2;
    const recordsAt = core.flowTextRecords() >>> 2;
    const indexes = views.words.subarray(recordsAt, recordsAt + rows);
    const [flows, ...numbers] = this.buffers;
    flows!.addTexts(views.text.subarray(0, core.textBytes()), views.words.subarray(lengthsAt, lengthsAt + rows));
    const label = this.#names.length === 0 ? undefined : numbers.pop()!;
    const targets = numbers.map((buffer) => wordsOf(buffer.values(rows)));
    for (let row = 0; row < rows; row += 1) this.#addNumbers(targets, row, core.recordAt(indexes[row]!) >>> 2);
    if (label !== undefined) this.#addLabels(label, indexes);
    return rows;
  }

  /** Packets and bytes in all, then by color; first and last time. */
  #addNumbers(targets: readonly Uint32Array[], row: number, record: number): void {
    const { words } = this.#meter.views;
    const at = 2 * row;
    const bytes = record + RECORD_BYTE_COUNTS / 4;
    sumOfThree(targets[0]!, at, words, record);
    sumOfThree(targets[1]!, at, words, bytes);
    for (let color = 0; color < COLORS; color += 1) {
      copyLong(targets[2 + 2 * color]!, at, words, record + 2 * color);
      copyLong(targets[3 + 2 * color]!, at, words, bytes + 2 * color);
    }
    const times = record + RECORD_FIRST / 4;
    copyLong(targets[2 + 2 * COLORS]!, at, words, times);
    copyLong(targets[3 + 2 * COLORS]!, at, words, times + 2);
  }

  #addLabels(label: ColumnBuffer, indexes: Uint32Array): void {
    const values = label.values(indexes.length);
    const target = widthOf(label.column) === 1 ? values : wordsOf(values);
    for (const [row, index] of indexes.entries()) target[row] = this.#names[this.#meter.core.entryOf(index)]!;
  }
}

function copyLong(target: Uint32Array, at: number, source: Uint32Array, from: number): void {
  target[at] = source[from]!;
  target[at + 1] = source[from + 1]!;
}
