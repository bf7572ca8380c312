/** Reports made in this process, and what they hold. */
import { lookAt, type Looked } from "../../src/cli/looked.ts";
import { pageAssets } from "../../src/see/assets.node.ts";
import type { ReportData } from "../../src/see/document.ts";
import { packFlows } from "../../src/see/packing.ts";
import { reportHtml } from "../../src/see/report.ts";
import type { Policy } from "../../src/types.ts";
import type { PacketRow } from "./cli.ts";

export interface SeenReport {
  readonly html: string;
  readonly data: ReportData;
  readonly looked: Looked;
}

export interface SeenOptions {
  readonly by?: string;
  readonly top?: number;
  readonly charts?: number;
}

/** The report of captures under a policy, as the command makes it. */
export async function reportOf(
  paths: readonly string[],
  policy: Policy,
  { by, top = 1000, charts = 8 }: SeenOptions = {},
): Promise<SeenReport> {
  const options = { quiet: true, ...(by === undefined ? {} : { by }) };
  const looked = await lookAt(paths, options, { policy, top, worstMax: charts, choose: (_, worst) => worst });
  const html = reportHtml({ ...looked, watched: packFlows(looked.flows) }, pageAssets("report"));
  return { html, data: dataOf(html), looked };
}

/** What a report embeds for its script. */
export function dataOf(html: string): ReportData {
  const [, json] = /<script type="application\/json" id="data">(.*?)<\/script>/su.exec(html) ?? [];
  if (json === undefined) throw new Error("the report embeds no data");
  return JSON.parse(json) as ReportData;
}

export function sumOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0);
}

/** The level of a drawn line at a time: after all packets of that time. */
export function levelAt(
  { timesNs, before, after }: { timesNs: Float64Array; before: Float64Array; after: Float64Array },
  timeNs: number,
): number {
  const index = timesNs.findLastIndex((known) => known <= timeNs);
  const [startNs, start] = [timesNs[index]!, after[index]!];
  const [endNs, end] = [timesNs[index + 1] ?? startNs, before[index + 1] ?? start];
  return endNs === startNs ? start : start + ((end - start) * (timeNs - startNs)) / (endNs - startNs);
}

/** A packet of `--packets`, with the time that drawings count: the meter's clock, from the first packet on. */
export interface TimedRow extends PacketRow {
  readonly atNs: number;
}

export function timedRows(rows: readonly PacketRow[], originNs: bigint): TimedRow[] {
  let clockNs = 0n;
  const timed = (row: PacketRow): TimedRow => {
    if (row.timeNs > clockNs) clockNs = row.timeNs;
    return Object.assign(row, { atNs: Number(clockNs - originNs) });
  };
  return rows.map(timed);
}
