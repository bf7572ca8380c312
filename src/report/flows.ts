/** All records of one kind as files: flows, or instances of nodes. */
import { STAT_RECORDS } from "../../assembly/abi.ts";
import { type EntryLabel, LABEL_KINDS } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Output } from "../trace/output.ts";
import { flowColumns } from "./columns.ts";

type Kind = EntryLabel["kind"];

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
  const { core, labelsAt } = meter;
  const end = Number(meter.views.stats[STAT_RECORDS]);
  let isBegun = false;
  // Record 0 belongs to no flow.
  for (let index = 1; index < end;) {
    index = core.writeFlowObjects(index, labelsAt, LABEL_KINDS[kind], isBegun);
    const bytes = core.textBytes();
    if (bytes === 0) continue;
    if (!isBegun) await output.write("[\n");
    isBegun = true;
    await output.write(meter.views.text.subarray(0, bytes));
  }
  await output.write(isBegun ? "\n]\n" : "[]\n");
}
