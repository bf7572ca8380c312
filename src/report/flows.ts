/** All records of one kind as files: flows, or instances of nodes. */
import { STAT_RECORDS } from "../../assembly/abi.ts";
import { type EntryLabel, LABEL_KINDS } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Output } from "../trace/output.ts";
import { flowColumns } from "./columns.ts";
import { labelOf, recordJson, recordsOf, totalsOf } from "./records.ts";

type Kind = EntryLabel["kind"];

const LINES_AT_ONCE = 1024;

/** Writes all records of a kind as CSV, with a header. */
export async function writeRecordsCsv(meter: CaptureMeter, kind: Kind, output: Output): Promise<void> {
  const { core, labels, labelsAt } = meter;
  await output.write(`${flowColumns(labels === undefined ? undefined : kind)}\n`);
  const end = Number(meter.views.stats[STAT_RECORDS]);
  // Record 0 belongs to no flow.
  for (let index = 1; index < end;) {
    index = core.writeFlowRows(index, labelsAt, LABEL_KINDS[kind]);
    await output.write(meter.views.text.subarray(0, core.textBytes()));
  }
}

/** Writes all records of a kind as a JSON array, one a line. */
export async function writeRecordsJson(meter: CaptureMeter, kind: Kind, output: Output): Promise<void> {
  let lines: string[] = [];
  let lead = "[\n";
  const flush = async () => {
    if (lines.length > 0) await output.write(lead + lines.join(",\n"));
    if (lines.length > 0) lead = ",\n";
    lines = [];
  };
  for (const index of recordsOf(meter)) {
    if ((labelOf(meter, index)?.kind ?? kind) !== kind) continue;
    lines.push(JSON.stringify(recordJson(totalsOf(meter, index))));
    if (lines.length === LINES_AT_ONCE) await flush();
  }
  await flush();
  await output.write(lead === "[\n" ? "[]\n" : "\n]\n");
}
