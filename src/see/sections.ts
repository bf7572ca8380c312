/** The parts of a report that are text and tables: they say the same without any script. */
import type { ClassSummary, NodeSummary } from "../report/classes.ts";
import { counted, grouped, percent, scaledBytes, spanText } from "../report/number.ts";
import { describe, type Summary } from "../report/summary.ts";
import { canBeYellow, noteLines } from "../report/text.ts";
import { classesLines, policyLine } from "../policies.ts";
import type { Count } from "../types.ts";
import type { Excess, ExcessClass } from "./excess.ts";
import { type HtmlCell, type HtmlColumn, paragraph, section, tableHtml } from "./html.ts";
import { element, escaped } from "./svg.ts";

const NS_PER_MS = 1_000_000n;

/** "2026-01-05 10:00:00.123 UTC", the time as captures tell it; years that a date cannot show stay seconds. */
export function dateText(ns: bigint): string {
  const date = new Date(Number(ns / NS_PER_MS));
  if (Number.isNaN(date.getTime())) return `${grouped(ns / 1_000_000_000n)} s after 1970`;
  return `${date.toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** What was read, when, under which policy; `failures` are lines on what could not be read to its end. */
export function headerHtml(summary: Summary, failures: readonly string[]): string {
  const { captures, frames, time, isInterrupted, policy, by } = summary;
  const names = captures.map(({ name }) => name).join(", ");
  const when = time === null ? "no packets" : `${spanText(time.lastNs - time.firstNs)}, from ${dateText(time.firstNs)}`;
  return element(
    "header",
    {},
    [
      element("h1", {}, escaped(names)),
      paragraph(`${counted(frames, "frame")}, ${when}`),
      ...(policy.meter === "classes" ? [] : [paragraph(policyLine(policy, by ?? undefined), "policy")]),
      ...(isInterrupted ? [paragraph("Interrupted: the figures hold up to there.", "warning")] : []),
      ...failures.map((line) => paragraph(line, "warning")),
    ].join("\n"),
  );
}

/** Totals by color: a card each with its part of all. */
export function totalsHtml(summary: Summary): string {
  const { stats, total, policy } = summary;
  const isShaped = policy.meter === "shaper";
  const cards = [
    { kind: "offered", title: "offered", count: total, isShown: true },
    { kind: "green", title: isShaped ? "green: departed" : "green", count: stats.green, isShown: true },
    { kind: "yellow", title: "yellow", count: stats.yellow, isShown: canBeYellow(policy) },
    { kind: "red", title: isShaped ? "red: dropped" : "red: refused", count: stats.red, isShown: true },
    {
      kind: "red",
      title: `of it larger than the ${isShaped ? "queue" : "bucket"}`,
      count: stats.oversize,
      isShown: stats.oversize.packets > 0n,
    },
    {
      kind: "red",
      title: "of it without room in the table",
      count: stats.untracked,
      isShown: stats.untracked.packets > 0n,
    },
    {
      kind: "red",
      title: "of it without room in the queues",
      count: stats.unqueued,
      isShown: stats.unqueued.packets > 0n,
    },
  ].filter(({ isShown }) => isShown);
  const list = cards.map(({ kind, title, count }) => cardHtml(kind, title, count, total));
  const flows = element("dt", {}, "flows") + element("dd", {}, element("b", {}, grouped(summary.flows)));
  const notes = noteLines(summary).map((line) => element("li", {}, escaped(line)));
  return section("totals", "Totals", [
    element("dl", { class: "cards" }, [...list, element("div", { class: "card" }, flows)].join("\n")),
    ...(total.packets === 0n ? [paragraph("No packets were metered.", "empty")] : []),
    ...(notes.length > 0 ? [element("ul", { class: "notes" }, notes.join("\n"))] : []),
    paragraph(`Digest of the verdicts: ${summary.digest}`, "small"),
  ]);
}

function cardHtml(kind: string, title: string, { packets, bytes }: Count, total: Count): string {
  const isPart = kind !== "offered" && total.bytes > 0n;
  const part = isPart ? element("span", {}, escaped(`${percent(bytes, total.bytes)} of bytes`)) : "";
  const value = element("b", {}, escaped(counted(packets, "packet"))) + element("span", {}, scaledBytes(Number(bytes)));
  return element("div", { class: `card ${kind}` }, element("dt", {}, escaped(title)) + element("dd", {}, value + part));
}

const FLOWS: HtmlColumn = { title: "flows" };
const EXCESS_COLUMNS: readonly HtmlColumn[] = [FLOWS, { title: "refused bytes" }];

/** Classes between the first and the last that have flows; the first, of flows that lost nothing, always. */
function shownClasses(
  classes: readonly ExcessClass[],
): readonly { readonly index: number; readonly row: ExcessClass }[] {
  const rows = classes.map((row, index) => ({ index, row }));
  const last = rows.findLastIndex(({ row }) => row.flows > 0);
  const first = rows.findIndex(({ index, row }) => index > 0 && row.flows > 0);
  return rows.filter(({ index }) => index === 0 || (first > 0 && index >= first && index <= last));
}

function excessRows(classes: readonly ExcessClass[], nameOf: (index: number) => string): HtmlCell[][] {
  const shown = shownClasses(classes);
  // Flows that lost nothing have no bar: beside theirs all others would vanish.
  const losers = shown.filter(({ index }) => index > 0).map(({ row }) => row);
  const [mostFlows, mostBytes] = [
    Math.max(1, ...losers.map(({ flows }) => flows)),
    Math.max(1, ...losers.map(({ refusedBytes }) => refusedBytes)),
  ];
  return shown.map(({ index, row: { flows, refusedBytes } }) => [
    nameOf(index),
    { text: grouped(flows), part: index === 0 ? 0 : flows / mostFlows },
    { text: grouped(refusedBytes), part: refusedBytes / mostBytes },
  ]);
}

/** A power of ten of bytes: "100 kB". */
function powerText(bytes: number): string {
  return scaledBytes(bytes).replace(/\.0+ /u, " ");
}

/** How many flows lost how much, by bytes and by part. */
export function excessHtml({ byBytes, byPart, flows }: Excess): string {
  if (flows === 0) return section("excess", "Who lost how much", [paragraph("There are no flows.", "empty")]);
  const byteName = (index: number) => {
    if (index === 0) return "nothing";
    return index === 1 ? "1 B" : `up to ${powerText(byBytes[index]!.most)}`;
  };
  const partName = (index: number) => {
    const { most } = byPart[index]!;
    if (index === 0) return "nothing";
    if (index === byPart.length - 1) return "all of it";
    return index === byPart.length - 2 ? "more, but not all" : `up to ${most / 10} %`;
  };
  const tables = [
    tableHtml(
      "Flows by refused bytes",
      [{ title: "refused", isText: true }, ...EXCESS_COLUMNS],
      excessRows(byBytes, byteName),
    ),
    tableHtml(
      "Flows by the refused part of their bytes",
      [{ title: "refused part", isText: true }, ...EXCESS_COLUMNS],
      excessRows(byPart, partName),
    ),
  ];
  return section("excess", "Who lost how much", [element("div", { class: "pair" }, tables.join("\n"))]);
}

function colorColumns(hasYellow: boolean): HtmlColumn[] {
  return [
    { title: "packets" },
    { title: "bytes" },
    { title: "green bytes" },
    ...(hasYellow ? [{ title: "yellow bytes" }] : []),
    { title: "red bytes" },
    { title: "red" },
  ];
}

function colorCells({ packets, bytes, green, yellow, red }: ClassSummary | NodeSummary, hasYellow: boolean): string[] {
  return [
    grouped(packets),
    grouped(bytes),
    grouped(green.bytes),
    ...(hasYellow ? [grouped(yellow.bytes)] : []),
    grouped(red.bytes),
    percent(red.bytes, bytes),
  ];
}

function classCells(summary: ClassSummary, hasYellow: boolean): string[] {
  const { name, action, flows } = summary;
  const title = action === "meter" ? name : `${name} (${action})`;
  return [title, grouped(flows), ...colorCells(summary, hasYellow), refusalsText(summary)];
}

function nodeCells(summary: NodeSummary, hasYellow: boolean): string[] {
  const { name, instances, refused } = summary;
  const own = [grouped(refused.packets), grouped(refused.bytes)];
  return [name, grouped(instances), ...colorCells(summary, hasYellow), ...own];
}

/** Classes and nodes of a policy of classes. */
export function classesHtml({ policy, classes, nodes }: Summary): string[] {
  if (policy.meter !== "classes") return [];
  const hasYellow = canBeYellow(policy);
  const colors = colorColumns(hasYellow);
  const classColumns = [{ title: "class", isText: true }, FLOWS, ...colors, { title: "refused by", isText: true }];
  const classRows = classes.map((summary) => classCells(summary, hasYellow));
  const classTable = tableHtml("In the order of the policy", classColumns, classRows);
  if (nodes.length === 0) return [section("classes", "Classes", [classTable])];
  const nodeColumns = [
    { title: "node", isText: true },
    { title: "instances" },
    ...colors,
    { title: "refused packets, by it" },
    { title: "refused bytes, by it" },
  ];
  const nodeRows = nodes.map((summary) => nodeCells(summary, hasYellow));
  const nodeTable = tableHtml("Shared by classes; sums of their packets", nodeColumns, nodeRows);
  return [section("classes", "Classes", [classTable]), section("nodes", "Nodes", [nodeTable])];
}

function refusalsText({ refusedBy, red }: ClassSummary): string {
  const parts = refusedBy.filter(({ packets }) => packets > 0n);
  return parts.map(({ node, packets }) => `${node} ${percent(packets, red.packets)}`).join(", ");
}

/** The policy as compiled, with what the compiler warns of. */
export function policyHtml({ policy, by }: Summary): string {
  const lines = policy.meter === "classes" ? classesLines(policy) : [policyLine(policy, by ?? undefined)];
  const warnings = policy.warnings.map((line) => element("li", {}, escaped(line)));
  const whole = element("pre", {}, escaped(JSON.stringify(describe(policy), null, 2)));
  return section("policy", "Policy", [
    element("pre", {}, escaped(lines.join("\n"))),
    warnings.length === 0
      ? paragraph("The compiler has no warnings.")
      : element("ul", { class: "notes warnings" }, warnings.join("\n")),
    element("details", {}, element("summary", {}, "As compiled, exact") + whole),
  ]);
}
