/** Classes and nodes as people read them. Pure. */
import type { ClassSummary, NodeSummary } from "./classes.ts";
import { grouped, percent } from "./number.ts";
import { table } from "./table.ts";

/** A screen; JSON has them all. */
const ROWS_MAX = 40;

/** The first rows, and how many more there are. */
function cut<Row>(rows: readonly Row[], noun: string): { shown: readonly Row[]; rest: string[] } {
  const hidden = rows.length - ROWS_MAX;
  return {
    shown: rows.slice(0, ROWS_MAX),
    rest: hidden > 0 ? [`... and ${grouped(hidden)} more ${noun}; --json has all`] : [],
  };
}

/** What was metered of each class, in the order of the policy. */
export function classLines(classes: readonly ClassSummary[], hasYellow: boolean): string[] {
  const { shown, rest } = cut(classes, "classes");
  const columns = [
    { title: "class", isText: true },
    { title: "packets" },
    { title: "bytes" },
    { title: "green bytes" },
    ...(hasYellow ? [{ title: "yellow bytes" }] : []),
    { title: "red bytes" },
    { title: "red" },
  ];
  const rows = shown.map((summary) => classCells(summary, hasYellow));
  return [...table(columns, rows), ...rest];
}

function classCells(summary: ClassSummary, hasYellow: boolean): string[] {
  const { name, action, packets, bytes, green, yellow, red } = summary;
  return [
    action === "meter" ? name : `${name} (${action})`,
    grouped(packets),
    grouped(bytes),
    grouped(green.bytes),
    ...(hasYellow ? [grouped(yellow.bytes)] : []),
    grouped(red.bytes),
    percent(red.bytes, bytes),
  ];
}

/** What came to each node, and what it refused. */
export function nodeLines(nodes: readonly NodeSummary[]): string[] {
  if (nodes.length === 0) return [];
  const { shown, rest } = cut(nodes, "nodes");
  const columns = [
    { title: "node", isText: true },
    { title: "instances" },
    { title: "packets" },
    { title: "bytes" },
    { title: "refused packets" },
    { title: "refused bytes" },
    { title: "refused" },
  ];
  const rows = shown.map(({ name, instances, packets, bytes, refused }) => [
    name,
    grouped(instances),
    grouped(packets),
    grouped(bytes),
    grouped(refused.packets),
    grouped(refused.bytes),
    percent(refused.bytes, bytes),
  ]);
  return [...table(columns, rows), ...rest];
}
