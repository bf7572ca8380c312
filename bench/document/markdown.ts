/** Results as Markdown: docs/performance.md and the table of the README. Pure: from records to text. */
import { isMet, isReached, type Machine, short } from "../report.ts";
import type { Bar, Chart, Table } from "../topic.ts";
import type { TopicRecord } from "./results.ts";

/** Between these lines of the README stands what `readmeBlock` makes. */
export const BLOCK_BEGIN = "<!-- npm run bench -- --report: begin -->";
export const BLOCK_END = "<!-- npm run bench -- --report: end -->";

/** The README has the figures of this topic, of these columns of its tables. */
const README_TOPIC = "native";

/** docs/performance.md. `chartPath` says where a chart was written, seen from there. */
export function performanceDocument(records: readonly TopicRecord[], chartPath: (chart: Chart) => string): string {
  const missed = records.flatMap(({ topic, result }) =>
    result.bars.filter((bar) => isMet(bar, false) === false).map((bar) => `- \`${topic}\`: ${barSentence(bar)}`),
  );
  const belowHope = records.flatMap(({ topic, result }) =>
    result.bars
      .filter((bar) => isMet(bar, false) === true && !isReached(bar))
      .map((bar) => `- \`${topic}\`: ${barSentence(bar)}`),
  );
  const failures = records.flatMap(({ topic, result }) => result.failures.map((line) => `- \`${topic}\`: ${line}`));
  return [
    "# Performance",
    "Every figure here comes from the command above it; `npm run bench -- --report` writes this page, its charts and " +
      "the table of the README from the newest results of each topic in `bench/results/`. " +
      "[bench/README.md](../bench/README.md) says how it is measured and how to read it: compare ratios, not nanoseconds.",
    section("Slower than hoped", [
      listOr(missed, "Every bar is met."),
      ...(belowHope.length === 0 ? [] : ["Met, but not what was hoped for:", belowHope.join("\n")]),
      ...(failures.length === 0 ? [] : ["Failed:", failures.join("\n")]),
    ]),
    section("Bars", [barTable(records)]),
    ...records.map((record) => topicSection(record, chartPath)),
  ].join("\n\n");
}

/** The block of the README: the core beside native code and rivals, and what was missed. */
export function readmeBlock(records: readonly TopicRecord[]): string {
  const record = records.find(({ topic }) => topic === README_TOPIC);
  if (record === undefined) return `No results of \`${commandOf(README_TOPIC)}\` yet.`;
  const bars = records.flatMap(({ result }) => result.bars);
  const missed = bars.filter((bar) => isMet(bar, false) === false);
  const count = `${bars.length - missed.length} of ${bars.length} bars are met`;
  const rest = `; the other ${missed.length}: [slower than hoped](docs/performance.md#slower-than-hoped)`;
  const verdict = `${count}${missed.length === 0 ? "" : rest}.`;
  return [
    `\`${commandOf(README_TOPIC)}\` on ${machineText(record.machine)}, ${dayOf(record)}; ns of processor time a packet, medians, uniform keys, columns in memory to one color a packet. Compare ratios.`,
    costTable(record),
    `${verdict} All figures, with charts: [docs/performance.md](docs/performance.md).`,
  ].join("\n\n");
}

/** `text` with the lines between the markers replaced; null when it has no markers. */
export function withBlock(text: string, block: string): string | null {
  const [begin, end] = [text.indexOf(BLOCK_BEGIN), text.indexOf(BLOCK_END)];
  if (begin < 0 || end < begin) return null;
  return `${text.slice(0, begin + BLOCK_BEGIN.length)}\n\n${block}\n\n${text.slice(end)}`;
}

/** How a topic is measured. */
export function commandOf(topic: string): string {
  return `npm run bench -- ${topic}`;
}

function topicSection(
  { topic, result, machine, seed, date }: TopicRecord,
  chartPath: (chart: Chart) => string,
): string {
  return section(topic, [
    `\`${commandOf(topic)} --seed ${seed}\`, ${date.slice(0, 10)}, ${machineText(machine)}`,
    ...(result.charts ?? []).map(
      (chart) => `![${chart.title}, ${chart.yTitle} by ${chart.xTitle}](${chartPath(chart)})`,
    ),
    ...result.tables.flatMap(tableParts),
  ]);
}

function machineText({ cpu, cores, memoryGiB, node, v8 }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, V8 ${v8}`;
}

function dayOf({ date }: TopicRecord): string {
  return date.slice(0, 10);
}

function section(title: string, parts: readonly string[]): string {
  return [`## ${title}`, ...parts].join("\n\n");
}

function listOr(lines: readonly string[], otherwise: string): string {
  return lines.length === 0 ? otherwise : lines.join("\n");
}

function tableParts({ title, head, rows, notes }: Table): string[] {
  const text = markdownTable(head, rows);
  return [
    `**${escaped(title)}**`,
    text,
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${escaped(note)}`).join("\n")]),
  ];
}

/** Cost by the number of flows, a column each, from the charts of the topic. */
function costTable({ result }: TopicRecord): string {
  const [chart] = result.charts ?? [];
  if (chart === undefined) return "";
  const sizes = [...new Set(chart.series.flatMap(({ points }) => points.map(([x]) => x)))].toSorted((a, b) => a - b);
  const rows = chart.series.map(({ name, points }) =>
    [name].concat(sizes.map((size) => short(points.find(([x]) => x === size)?.[1] ?? NaN))),
  );
  return markdownTable(["ns a packet", ...sizes.map((size) => `${size.toLocaleString("en-US")} flows`)], rows);
}

function barTable(records: readonly TopicRecord[]): string {
  const rows = records.flatMap(({ topic, result }) =>
    result.bars.map((bar) => [
      bar.claim,
      valueText(bar.value),
      boundText(bar, bar.limit),
      hopeText(bar),
      verdictOf(bar),
      topic,
    ]),
  );
  return rows.length === 0
    ? "None were judged."
    : markdownTable(["", "measured", "must", "hoped for", "", "topic"], rows);
}

function verdictOf(bar: Bar): string {
  if (isMet(bar, false) === false) return "**missed**";
  return isReached(bar) ? "reached" : "met";
}

function barSentence(bar: Bar): string {
  const hope = bar.reach === undefined ? "" : `, hoped for ${bar.reach}`;
  return `${escaped(bar.claim)} is ${valueText(bar.value)} (${boundText(bar, bar.limit)}${hope})`;
}

function boundText({ kind }: Bar, bound: number): string {
  return `${kind} ${bound}`;
}

function hopeText(bar: Bar): string {
  return bar.reach === undefined ? "" : boundText(bar, bar.reach);
}

function valueText(value: number): string {
  return value.toFixed(2);
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = `| ${head.map((_, column) => (column === 0 ? "---" : "---:")).join(" | ")} |`;
  return [tableLine(head), rule, ...rows.map(tableLine)].join("\n");
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map(escaped).join(" | ")} |`;
}

/** Text that Markdown shows as it is. Emphasis that we set ourselves stays. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
