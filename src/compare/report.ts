/** A comparison as text and as JSON. Pure. */
import { RECORD_UNTRACKED } from "../../assembly/abi.ts";
import { statsOf } from "../core/engine.ts";
import { captureJson, type CaptureResult, isTruncated } from "../report/captures.ts";
import { counted, countJson, exactJson, grouped, percent } from "../report/number.ts";
import { describe } from "../report/summary.ts";
import { table } from "../report/table.ts";
import { canBeYellow, type Paint } from "../report/text.ts";
import { totalsOf, withSum } from "../report/records.ts";
import { rational, roundedText } from "../rational.ts";
import type { Count, MeterStats } from "../types.ts";
import type { Comparison } from "./comparison.ts";
import type { DelayStatistics } from "./delays.ts";
import { colorName, type Difference } from "./difference.ts";
import type { FlowDifference } from "./flows.ts";
import type { Side } from "./side.ts";

const COLORS = [0, 1, 2] as const;
const NAMES = ["A", "B"] as const;

export interface ComparisonInput {
  readonly comparison: Comparison;
  /** What each policy was given as, and in one line. */
  readonly given: readonly [string, string];
  readonly lines: readonly [readonly string[], readonly string[]];
  readonly by: string | null;
  readonly top: number;
  readonly captures: readonly CaptureResult[];
  readonly digests: readonly [string, string];
  readonly isInterrupted: boolean;
}

const UNITS = [
  [1_000_000_000n, "s"],
  [1_000_000n, "ms"],
  [1000n, "us"],
] as const;
const DIGITS = 6;

/** A measured time: six digits of the largest unit that it fills. JSON has it whole. */
function nsText(ns: number): string {
  const whole = BigInt(ns);
  const unit = UNITS.find(([size]) => whole >= size);
  return unit === undefined ? `${whole} ns` : `${roundedText(rational(whole, unit[0]), DIGITS)} ${unit[1]}`;
}

type Row = [name: string, a: string, b: string];

/** One row of both sides. */
function rowOf(name: string, sides: readonly [Side, Side], cell: (side: Side, stats: MeterStats) => string): Row {
  const [a, b] = sides;
  return [name, cell(a, statsOf(a.meter.core)), cell(b, statsOf(b.meter.core))];
}

function countCell({ packets, bytes }: Count, total: Count): string {
  return `${grouped(packets)} packets, ${grouped(bytes)} B (${percent(bytes, total.bytes)})`;
}

function sideRows(sides: readonly [Side, Side]): Row[] {
  const hasYellow = sides.some(({ policy }) => canBeYellow(policy));
  const color = (name: "green" | "yellow" | "red") =>
    rowOf(name, sides, (_, stats) => countCell(stats[name], withSum(stats)));
  const delay = (name: string, pick: (statistics: DelayStatistics) => number) =>
    rowOf(name, sides, ({ delays }) => {
      const { statistics } = delays;
      return statistics === null ? "none" : nsText(pick(statistics));
    });
  const delayed = sides.some(({ delays }) => delays.delayed > 0);
  const untracked = sides.some(({ meter }) => statsOf(meter.core).untracked.packets > 0n);
  return [
    color("green"),
    ...(hasYellow ? [color("yellow")] : []),
    color("red"),
    ...(untracked
      ? [rowOf("of them table full", sides, (_, stats) => countCell(stats.untracked, withSum(stats)))]
      : []),
    rowOf("delayed", sides, ({ delays, delayedBytes }, stats) =>
      countCell({ packets: BigInt(delays.delayed), bytes: BigInt(delayedBytes) }, withSum(stats)),
    ),
    ...(delayed
      ? [
          delay("least delay", ({ leastNs }) => leastNs),
          delay("mean delay", ({ meanNs }) => meanNs),
          delay("median delay", ({ medianNs }) => medianNs),
          delay("p99 delay", ({ p99Ns }) => p99Ns),
          delay("greatest delay", ({ mostNs }) => mostNs),
        ]
      : []),
    rowOf("flows", sides, (_, stats) => grouped(stats.flows)),
  ];
}

function matrixLines(comparison: Comparison): string[] {
  const shown = COLORS.filter(
    (color) =>
      color !== 1 ||
      COLORS.some((other) => comparison.count(1, other).packets > 0n || comparison.count(other, 1).packets > 0n),
  );
  const columns = [
    { title: "packets (bytes)", isText: true },
    ...shown.map((color) => ({ title: `B ${colorName(color)}` })),
  ];
  const rows = shown.map((a) => {
    const cells = shown.map((b) => {
      const { packets, bytes } = comparison.count(a, b);
      return `${grouped(packets)} (${grouped(bytes)})`;
    });
    return [`A ${colorName(a)}`].concat(cells);
  });
  return table(columns, rows);
}

function treatment(difference: Difference, side: 0 | 1): string {
  const color = colorName(difference.colors[side]);
  const delayNs = difference.delaysNs[side];
  return delayNs === undefined || delayNs === 0 ? color : `${color} after ${nsText(delayNs)}`;
}

function differenceLines(comparison: Comparison, total: Count): string[] {
  const { otherColor, delaysOnly, first, flows } = comparison;
  const without = flows.of(RECORD_UNTRACKED);
  if (first === undefined) return ["No packet differs."];
  return [
    `${counted(otherColor.packets, "packet")} with another color, ${grouped(otherColor.bytes)} B (${percent(otherColor.bytes, total.bytes)})`,
    `${counted(delaysOnly.packets, "packet")} of the same color at another time, ${grouped(delaysOnly.bytes)} B (${percent(delaysOnly.bytes, total.bytes)})`,
    `in ${counted(BigInt(flows.count), "flow")}${without.packets > 0 ? `, and ${grouped(without.packets)} packets that belong to none` : ""}`,
    `first: packet ${first.index} at ${first.timeNs} ns, ${first.flow}, ${grouped(first.length)} B: A ${treatment(first, 0)}, B ${treatment(first, 1)}`,
  ];
}

function laterText({ laterNs }: FlowDifference): string {
  if (laterNs === 0) return "";
  return `${laterNs > 0 ? "A" : "B"} ${nsText(Math.abs(laterNs))}`;
}

interface NamedFlow extends FlowDifference {
  readonly flow: string;
}

/** The flows that differ most, as A names them. */
function worstOf({ flows, sides }: Comparison, top: number): NamedFlow[] {
  const named = (record: number): NamedFlow => {
    const { packets, bytes, refusedByA, refusedByB, laterNs } = flows.of(record);
    return { flow: totalsOf(sides[0].meter, record).flow, packets, bytes, refusedByA, refusedByB, laterNs };
  };
  return flows.worst(top).map(named);
}

function flowLines(flows: readonly NamedFlow[]): string[] {
  if (flows.length === 0) return [];
  const columns = [
    { title: "flows that differ most", isText: true },
    { title: "packets" },
    { title: "bytes" },
    { title: "refused by A only" },
    { title: "refused by B only" },
    { title: "later, at most" },
  ];
  const rows = flows.map((flow) => [
    flow.flow,
    grouped(flow.packets),
    grouped(flow.bytes),
    grouped(flow.refusedByA),
    grouped(flow.refusedByB),
    laterText(flow),
  ]);
  return table(columns, rows);
}

/** Both columns side by side, where they differ, and in which flows. */
export function comparisonText(input: ComparisonInput, paint: Paint): string {
  const { comparison, given, lines, captures, isInterrupted, top } = input;
  const { sides } = comparison;
  const total = withSum(statsOf(sides[0].meter.core));
  const columns = [{ title: "", isText: true }, ...NAMES.map((name) => ({ title: name, isText: true }))];
  const blocks = [
    [
      paint("bold", captures.map(({ name }) => name).join(", ")),
      ...NAMES.flatMap((name, side) => [`${name}: ${given[side]!}`, ...lines[side]!.map((line) => `   ${line}`)]),
      ...(isInterrupted ? [paint("yellow", "interrupted: the figures hold up to there")] : []),
    ],
    table(columns, sideRows(sides)),
    matrixLines(comparison),
    differenceLines(comparison, total),
    flowLines(worstOf(comparison, top)),
    notesOf(sides).map((note) => `note: ${note}`),
    NAMES.map((name, side) => paint("dim", `digest ${name} ${input.digests[side]!}`)),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

function notesOf(sides: readonly [Side, Side]): string[] {
  const warnings = NAMES.flatMap((name, side) => sides[side]!.policy.warnings.map((text) => `${name}: ${text}`));
  const hasDelay = sides.some(({ delays }) => delays.delayed > 0);
  const hasEvicted = statsOf(sides[0].meter.core).evictedFlows > 0n;
  const isOther = sides[0].policy.length !== sides[1].policy.length;
  return [
    ...warnings,
    ...(hasDelay
      ? ["delays go from the arrival to the last byte's departure; median and p99 are less than 1/128 too high"]
      : []),
    ...(hasEvicted
      ? [
          "drained flows of A were dropped to make room: where they differed counts to the flows in their place; raise --max-flows",
        ]
      : []),
    ...(isOther ? ["A and B count other lengths; bytes of both together are A's"] : []),
  ];
}

function sideJson({ meter, policy, delays, delayedBytes }: Side, given: string, digest: string) {
  const stats = statsOf(meter.core);
  const { packets, bytes } = withSum(stats);
  return {
    given,
    policy: describe(policy),
    packets: exactJson(packets),
    bytes: exactJson(bytes),
    green: countJson(stats.green),
    yellow: countJson(stats.yellow),
    red: countJson(stats.red),
    oversize: countJson(stats.oversize),
    untracked: countJson(stats.untracked),
    flows: stats.flows,
    delayed: countJson({ packets: BigInt(delays.delayed), bytes: BigInt(delayedBytes) }),
    delays: delays.statistics,
    digest,
  };
}

function cellJson(comparison: Comparison, a: number, b: number): Record<string, unknown> {
  return { a: colorName(a), b: colorName(b), ...countJson(comparison.count(a, b)) };
}

function differenceJson({ index, timeNs, flow, length, colors, delaysNs, departuresNs }: Difference) {
  const both = (side: 0 | 1) => ({
    color: colorName(colors[side]),
    delayNs: delaysNs[side] ?? null,
    departureNs: departuresNs[side] === undefined ? null : exactJson(departuresNs[side]),
  });
  return { index: exactJson(index), timeNs: exactJson(timeNs), flow, length, a: both(0), b: both(1) };
}

/** The comparison as one JSON document. Numbers above 2^53 are strings. */
export function comparisonJson(input: ComparisonInput): string {
  const { comparison, given, digests, by, captures, isInterrupted, top } = input;
  const { sides, otherColor, delaysOnly, first, flows } = comparison;
  const document = {
    by,
    a: sideJson(sides[0], given[0], digests[0]),
    b: sideJson(sides[1], given[1], digests[1]),
    matrix: COLORS.flatMap((a) => COLORS.map((b) => cellJson(comparison, a, b))),
    differ: { color: countJson(otherColor), delayOnly: countJson(delaysOnly), flows: flows.count },
    first: first === undefined ? null : differenceJson(first),
    topFlows: worstOf(comparison, top),
    withoutFlow: flows.of(RECORD_UNTRACKED),
    truncated: captures.some(isTruncated),
    interrupted: isInterrupted,
    captures: captures.map(captureJson),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
