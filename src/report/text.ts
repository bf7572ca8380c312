/** The summary as people read it. Pure: numbers in, lines out. */
import { COLOR_YELLOW } from "../../assembly/abi.ts";
import { classesLines, policyLine } from "../policies.ts";
import type { CompiledPolicy, Count, Policy } from "../types.ts";
import { remarksOn } from "./captures.ts";
import { classLines, nodeLines } from "./classestext.ts";
import { counted, grouped, percent, scaledBytes, spanText } from "./number.ts";
import type { RecordTotals } from "./records.ts";
import { bytesPerFlow, type Summary } from "./summary.ts";
import { table } from "./table.ts";

/** Wraps a word for emphasis; the identity when the output takes no colors. */
export type Paint = (style: "green" | "yellow" | "red" | "bold" | "dim", text: string) => string;

const POLICY_LINES_MAX = 30;

/** The policy for people; long ones are cut. */
export function policyLines({ policy, by }: Pick<Summary, "policy" | "by">): readonly string[] {
  if (policy.meter !== "classes") return [policyLine(policy, by ?? undefined)];
  const lines = classesLines(policy);
  const hidden = lines.length - POLICY_LINES_MAX;
  if (hidden <= 0) return lines;
  return [...lines.slice(0, POLICY_LINES_MAX), `... and ${grouped(hidden)} more lines; --json has all of the policy`];
}

function marksYellow({ profiles }: CompiledPolicy): boolean {
  return profiles.some(
    (profile) => profile.kernel === "two-buckets" && profile.rules.some(({ color }) => color === COLOR_YELLOW),
  );
}

/** True when a meter of the policy can mark packets yellow. */
export function canBeYellow(policy: Policy): boolean {
  if (policy.meter === "shaper") return false;
  if (policy.meter !== "classes") return marksYellow(policy);
  return policy.classes.some(({ path }) => path.some((entry) => marksYellow(entry.policy)));
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
    { style: "yellow", cells: cells("yellow", stats.yellow), isShown: canBeYellow(summary.policy) },
    { style: "red", cells: cells("red", stats.red), isShown: true },
    { style: "dim", cells: cells("  oversize", stats.oversize), isShown: stats.oversize.packets > 0n },
    { style: "dim", cells: cells("  table full", stats.untracked), isShown: stats.untracked.packets > 0n },
    { style: "dim", cells: cells("  queues full", stats.unqueued), isShown: stats.unqueued.packets > 0n },
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

function flowLines(flows: readonly RecordTotals[]): string[] {
  if (flows.length === 0) return [];
  const hasClasses = flows.some(({ label }) => label !== undefined);
  const columns = [
    { title: "worst flows", isText: true },
    { title: "packets" },
    { title: "bytes" },
    { title: "red packets" },
    { title: "red bytes" },
    { title: "red" },
    ...(hasClasses ? [{ title: "class", isText: true }] : []),
  ];
  const rows = flows.map(({ flow, label, packets, bytes, red }) => [
    flow,
    grouped(packets),
    grouped(bytes),
    grouped(red.packets),
    grouped(red.bytes),
    percent(red.bytes, bytes),
    ...(label === undefined ? [] : [label.name]),
  ]);
  return table(columns, rows);
}

function evictedText({ evicted }: Summary): string {
  return evicted === null ? "" : ` (${grouped(evicted.packets)} packets)`;
}

/** What to know about a run besides its figures, one line each. */
export function noteLines(summary: Summary): string[] {
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
    `${grouped(stats.evictedFlows)} drained flows were dropped to make room${evictedText(summary)}; no verdict changed`,
  );
  note(
    stats.untracked.packets > 0n,
    `the flow table was full of busy flows: ${grouped(stats.untracked.packets)} packets of untracked flows were refused; raise --max-flows`,
  );
  note(
    stats.unqueued.packets > 0n,
    `as many packets waited as there is room for: ${grouped(stats.unqueued.packets)} were dropped for that alone`,
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
  const { policy, classes, nodes } = summary;
  const notes = [...policy.warnings, ...noteLines(summary)];
  const blocks = [
    [
      `${paint("bold", read)}  ${counted(summary.frames, "frame")}, ${span}`,
      ...policyLines(summary),
      ...(summary.isInterrupted ? [paint("yellow", "interrupted: the figures hold up to there")] : []),
    ],
    colorLines(summary, paint),
    classes.length === 0 ? [] : classLines(classes, canBeYellow(policy)),
    nodeLines(nodes),
    [`${counted(summary.flows, "flow")}${memory}`],
    flowLines(summary.topFlows),
    notes.map((line) => `note: ${line}`),
    [paint("dim", `digest ${summary.digest}`)],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
