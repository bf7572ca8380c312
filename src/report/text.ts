/** The summary as people read it. Pure: numbers in, lines out. */
import { describePolicy } from "../policies.ts";
import type { Count } from "../types.ts";
import { remarksOn } from "./captures.ts";
import type { FlowTotals } from "./flows.ts";
import { counted, grouped, percent, scaledBytes, spanText } from "./number.ts";
import { bytesPerFlow, type Summary } from "./summary.ts";

/** Wraps a word for emphasis; the identity when the output takes no colors. */
export type Paint = (style: "green" | "yellow" | "red" | "bold" | "dim", text: string) => string;

interface Column {
  readonly title: string;
  readonly isText?: boolean;
}

/** Columns padded to their widest cell, numbers to the right; styles are applied after padding. */
function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: (row: number, line: string) => string,
) {
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (columns[index]!.isText ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)))
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map((row, index) => style(index, line(row)))];
}

function policyLines(summary: Summary): string[] {
  const policy = describePolicy(summary.policy);
  const parts = [
    `${policy.rate.text}, burst ${policy.depth.text}`,
    `cost ${policy.cost}`,
    `length ${policy.length}`,
    ...(policy.overhead === 0 ? [] : [`overhead ${policy.overhead} B`]),
    ...(policy.minLength === 0 ? [] : [`min length ${policy.minLength} B`]),
    ...(policy.check === "post" ? [] : [`check ${policy.check}`]),
  ];
  const fill = policy.fillTime === null ? "never drains" : `a full bucket drains in ${policy.fillTime.text}`;
  return [`${policy.meter}  ${parts.join(", ")}, per ${summary.by}; ${fill}`];
}

function colorLines(summary: Summary, paint: Paint): string[] {
  const { stats, total } = summary;
  const cells = (name: string, { packets, bytes }: Count) => [
    name,
    grouped(packets),
    percent(packets, total.packets),
    grouped(bytes),
    percent(bytes, total.bytes),
  ];
  const all = [
    { style: "green", cells: cells("green", stats.green), isShown: true },
    { style: "yellow", cells: cells("yellow", stats.yellow), isShown: stats.yellow.packets > 0n },
    { style: "red", cells: cells("red", stats.red), isShown: true },
    { style: "dim", cells: cells("  oversize", stats.oversize), isShown: stats.oversize.packets > 0n },
    { style: "dim", cells: cells("  table full", stats.untracked), isShown: stats.untracked.packets > 0n },
    { style: "bold", cells: cells("total", total), isShown: true },
  ] as const;
  const rows = all.filter(({ isShown }) => isShown);
  const columns = [
    { title: "color", isText: true },
    { title: "packets" },
    { title: "" },
    { title: "bytes" },
    { title: "" },
  ];
  return table(
    columns,
    rows.map((row) => row.cells),
    (index, line) => paint(rows[index]!.style, line),
  );
}

function flowLines(flows: readonly FlowTotals[]): string[] {
  const columns = [
    { title: "worst flows", isText: true },
    { title: "packets" },
    { title: "bytes" },
    { title: "red packets" },
    { title: "red bytes" },
    { title: "red" },
  ];
  const rows = flows.map((flow) => [
    flow.flow,
    grouped(flow.packets),
    grouped(flow.bytes),
    grouped(flow.red.packets),
    grouped(flow.red.bytes),
    percent(flow.red.bytes, flow.bytes),
  ]);
  return table(columns, rows, (_, line) => line);
}

function noteLines(summary: Summary): string[] {
  const { stats, total } = summary;
  const notes: string[] = [];
  const note = (isShown: boolean, text: string) => (isShown ? notes.push(text) : 0);
  note(
    stats.regressions > 0n,
    `${grouped(stats.regressions)} packets are older than one before them; metered at the newest time`,
  );
  note(summary.other.packets > 0n, `${grouped(summary.other.packets)} frames have no IP header`);
  note(summary.skippedFrames > 0n, `${grouped(summary.skippedFrames)} frames without an IP header were left out`);
  note(
    summary.shortKeys > 0n,
    `${grouped(summary.shortKeys)} frames were cut inside their headers; what is missing counts as 0`,
  );
  note(
    stats.evictedFlows > 0n,
    `${grouped(stats.evictedFlows)} drained flows were dropped to make room (${grouped(summary.evicted.packets)} packets); no verdict changed`,
  );
  note(
    stats.untracked.packets > 0n,
    `the flow table was full of busy flows: ${grouped(stats.untracked.packets)} packets of untracked flows were refused; raise --max-flows`,
  );
  const isGiant = stats.oversize.packets * 1000n > total.packets;
  note(
    isGiant,
    "more than 0.1 % of the packets are larger than the bucket; captures taken before segmentation (TSO, GRO) hold such packets",
  );
  return [...notes, ...summary.captures.flatMap(remarksOn)];
}

/** The summary: what was read, under which policy, how it came out, and what to know about it. */
export function summaryText(summary: Summary, paint: Paint): string {
  const { time } = summary;
  const span = time === null ? "no packets" : spanText(time.lastNs - time.firstNs);
  const read = summary.captures.map(({ name }) => name).join(", ");
  const perFlow = bytesPerFlow(summary);
  const memory =
    perFlow === null ? "" : `, ${grouped(perFlow)} bytes of memory a flow (${scaledBytes(summary.flowBytes)})`;
  const notes = [...describePolicy(summary.policy).warnings, ...noteLines(summary)];
  const blocks = [
    [
      `${paint("bold", read)}  ${counted(summary.frames, "frame")}, ${span}`,
      ...policyLines(summary),
      ...(summary.isInterrupted ? [paint("yellow", "interrupted: the figures hold up to there")] : []),
    ],
    colorLines(summary, paint),
    [`${counted(summary.flows, "flow")}${memory}`],
    summary.topFlows.length === 0 ? [] : flowLines(summary.topFlows),
    notes.map((line) => `note: ${line}`),
    [paint("dim", `digest ${summary.digest}`)],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
