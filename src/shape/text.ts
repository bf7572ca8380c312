/** What a shaper did, as people read it. Pure: figures in, lines out. */
import { exactUnits, policyLine } from "../policies.ts";
import { rational } from "../rational.ts";
import { counted, grouped, percent, spanText } from "../report/number.ts";
import { table } from "../report/table.ts";
import { noteLines, type Paint } from "../report/text.ts";
import type { Count } from "../types.ts";
import { fileLines, frameNotes, line, outputLine, seenText, unusedLine } from "./lines.ts";
import type { BoundedTime } from "./measures.ts";
import type { ShapeResult } from "./result.ts";

function ofFlow(flow: string | null): string {
  return flow === null ? "" : `, ${flow}`;
}

function countLines({ summary, measures }: ShapeResult, paint: Paint): string[] {
  const { stats, total } = summary;
  const cells = (name: string, { packets, bytes }: Count) => [
    name,
    grouped(packets),
    percent(packets, total.packets),
    grouped(bytes),
    percent(bytes, total.bytes),
  ];
  const all = [
    { style: "green", cells: cells("departed", measures.departed), isShown: true },
    { style: "red", cells: cells("dropped", stats.red), isShown: true },
    { style: "dim", cells: cells("  oversize", stats.oversize), isShown: stats.oversize.packets > 0n },
    { style: "dim", cells: cells("  table full", stats.untracked), isShown: stats.untracked.packets > 0n },
    { style: "dim", cells: cells("  queues full", stats.unqueued), isShown: stats.unqueued.packets > 0n },
    { style: "bold", cells: cells("total", total), isShown: true },
  ] as const;
  const rows = all.filter(({ isShown }) => isShown);
  const columns = [{ title: "", isText: true }, { title: "packets" }, { title: "" }, { title: "bytes" }, { title: "" }];
  return table(
    columns,
    rows.map((row) => row.cells),
    (index, text) => paint(rows[index]!.style, text),
  );
}

function boundText({ ns, boundNs }: BoundedTime, formula: string): string {
  return boundNs === null ? seenText(ns) : `${seenText(ns)} of ${seenText(boundNs)} (${formula})`;
}

function delayLines({ measures, policy }: ShapeResult): string[] {
  const { delay } = measures;
  if (delay === null) return [];
  const { leastNs, medianNs, p99Ns, mostNs, flow, finishing, waiting, jitterNs } = delay;
  const { kind, costRule } = policy.definition;
  const lines = [
    line(
      "delay",
      `least ${seenText(leastNs)}, median ${seenText(medianNs)}, p99 ${seenText(p99Ns)}, most ${seenText(mostNs)}${ofFlow(flow)}`,
    ),
  ];
  if (waiting !== null) {
    const packet = exactUnits(rational(waiting.units), costRule.cost).text;
    lines.push(line("  waiting", `most ${boundText(waiting, "(b - s) / r")}, a packet of ${packet}`));
  }
  lines.push(
    line("  finishing", `most ${boundText(finishing, kind === "leaky-bucket" ? "b / r" : "what may wait / r")}`),
  );
  if (jitterNs !== null) lines.push(line("jitter", `mean ${seenText(jitterNs)} between packets of a flow`));
  return lines;
}

function outputLines({ measures, summary, policy, line: lineRate }: ShapeResult): string[] {
  const { burst, backlog } = measures;
  const { cost } = policy.definition.costRule;
  const lines = outputLine(measures);
  if (burst !== null) {
    const { units, packets, ns, flow } = burst;
    const text = `${exactUnits(units, cost).text}, ${counted(packets, "packet")} in ${seenText(ns)}${ofFlow(flow)}`;
    lines.push(line("burst", `longest of a flow ${text}`));
  }
  if (backlog !== null) {
    const { amount, unit, atNs, flow } = backlog;
    const after = seenText(atNs - (summary.time?.firstNs ?? 0n));
    lines.push(line("backlog", `most of a flow ${exactUnits(amount, unit).text} after ${after}${ofFlow(flow)}`));
  }
  return [...lines, ...unusedLine(measures, lineRate)];
}

/** The summary: what was read, under which shaper, what departed and was dropped, delays, output, files. */
export function shapeText(result: ShapeResult, paint: Paint): string {
  const { summary, policy } = result;
  const { by, time } = summary;
  const span = time === null ? "no packets" : spanText(time.lastNs - time.firstNs);
  const read = summary.captures.map(({ name }) => name).join(", ");
  const blocks = [
    [
      `${paint("bold", read)}  ${counted(summary.frames, "frame")}, ${span}`,
      policyLine(policy, by ?? undefined),
      ...(summary.isInterrupted ? [paint("yellow", "interrupted: the figures hold up to there")] : []),
    ],
    countLines(result, paint),
    [...delayLines(result), ...outputLines(result)],
    fileLines(result.outputs, result.queue),
    [...policy.warnings, ...noteLines(summary), ...frameNotes(result.queue)].map((note) => `note: ${note}`),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
