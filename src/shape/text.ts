/** What a shaper did, as people read it. Pure: figures in, lines out. */
import {
  QUEUE_CUT_FRAMES,
  QUEUE_LATE_FRAMES,
  QUEUE_MOST_BYTES,
  QUEUE_MOST_FRAMES,
} from "../../assembly/abi/departures.ts";
import { exactRate, exactTime, exactUnits, policyLine } from "../policies.ts";
import { compare, divide, rational, roundedText } from "../rational.ts";
import { counted, grouped, percent, scaledBytes, spanText } from "../report/number.ts";
import { table } from "../report/table.ts";
import { noteLines, type Paint } from "../report/text.ts";
import type { Count, Rational } from "../types.ts";
import type { BoundedTime } from "./measures.ts";
import type { ShapeResult } from "./result.ts";
import { unusedOf } from "./unused.ts";

const LABEL_WIDTH = 13;
const SEEN_DIGITS = 4;
const TIME_UNITS = [
  { name: "s", ns: rational(1_000_000_000n) },
  { name: "ms", ns: rational(1_000_000n) },
  { name: "us", ns: rational(1000n) },
];

/** A time that was seen: four digits; --json has all of them. */
function seenText(ns: Rational | bigint): string {
  const value = typeof ns === "bigint" ? rational(ns) : ns;
  const unit = TIME_UNITS.find((candidate) => compare(value, candidate.ns) >= 0);
  if (unit === undefined) return `${roundedText(value, SEEN_DIGITS)} ns`;
  return `${roundedText(divide(value, unit.ns), SEEN_DIGITS)} ${unit.name}`;
}

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

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
  return boundNs === null ? seenText(ns) : `${seenText(ns)} of ${exactTime(boundNs).text} (${formula})`;
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
  if (measures.time === null) return [];
  const { outputRate, burst, backlog, time } = measures;
  const { cost } = policy.definition.costRule;
  const rate = outputRate === null ? "all at one instant" : exactRate(outputRate, "bytes").text;
  const lines = [
    line("output", `${rate} from the first departure to the last, ${spanText(time.lastNs - time.firstNs)}`),
  ];
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
  const unused = lineRate === null ? null : unusedOf(measures, lineRate);
  if (unused !== null && lineRate !== null) {
    const { share, neededNs, waitingNs } = unused;
    const sent = `${seenText(neededNs)} would have done, something waited for ${seenText(waitingNs)}`;
    lines.push(
      line("line", `${exactRate(lineRate, "bytes").text}: ${sent}: ${percent(share.num, share.den)} of it unused`),
    );
  }
  return lines;
}

function fileLines({ outputs, queue }: ShapeResult): string[] {
  const held = `${counted(queue[QUEUE_MOST_FRAMES]!, "frame")} of ${scaledBytes(Number(queue[QUEUE_MOST_BYTES]!))}`;
  return [
    ...outputs.map(({ name, frames, bytes, what }) =>
      line(what, `${name}  ${counted(frames, "frame")}, ${scaledBytes(bytes)}`),
    ),
    line("held", `${held} at once`),
  ];
}

/** What to know about the run, one line each. */
function notesOf({ summary, queue }: ShapeResult): string[] {
  const count = (index: number, text: string) => (queue[index]! > 0n ? [`${grouped(queue[index]!)} ${text}`] : []);
  return [
    ...summary.policy.warnings,
    ...noteLines(summary),
    ...count(
      QUEUE_CUT_FRAMES,
      "frames have more captured bytes than are held of one (about 256 KiB): the rest is left out",
    ),
    ...count(QUEUE_LATE_FRAMES, "departures lie after 2106, where a pcap has no times; name the output .pcapng"),
  ];
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
    fileLines(result),
    notesOf(result).map((note) => `note: ${note}`),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
