/** What the charts are given of a picture: names, colors, limits. */
import { describePolicy } from "../../policy/describe.ts";
import type { MeterPolicy } from "../../policy/compile.ts";
import { bucketsOf } from "../../policy/profile.ts";
import type { LinePoints } from "../picture/linereducer.ts";
import { RATE_NAMES, type RateName } from "../picture/rates.ts";
import type { Picture } from "../protocol.ts";
import type { ChartLine, ChartPicture } from "./chart.ts";
import { formatDurationNs } from "../../units.ts";
import { valueText } from "./format.ts";

type LineStyle = Omit<ChartLine, "points" | "name">;

/** Told apart by hue, and by width and dashes. */
const RATE_STYLES: Readonly<Record<RateName, LineStyle>> = {
  offered: { color: "--muted", width: 1, dash: [] },
  green: { color: "--green", width: 2, dash: [] },
  yellow: { color: "--yellow", width: 2, dash: [7, 2] },
  red: { color: "--red", width: 2, dash: [3, 2] },
};
const LEVEL_STYLE: LineStyle = { color: "--level", width: 1.5, dash: [] };

function lineOf(name: string, style: LineStyle, points: LinePoints): ChartLine {
  return { name, ...style, points };
}

/** Colors that a picture has. */
export function rateNames({ totals }: Picture): RateName[] {
  return RATE_NAMES.filter((name) => name !== "yellow" || totals.yellow.packets > 0);
}

export function rateChart(picture: Picture, spanNs: number, isShown: (name: string) => boolean): ChartPicture {
  const { rates, window } = picture;
  const lines = rateNames(picture)
    .filter(isShown)
    .map((name) => lineOf(name, RATE_STYLES[name], rates.lines[name]));
  return { window, spanNs, lines, limits: [], marks: null, largest: rates.largest, unit: rates.unit };
}

/** The mean that a point of the rates stands for. */
export function intervalText({ rates }: Picture): string {
  return `${rates.unit}, each point the mean of ${formatDurationNs(BigInt(Math.round(rates.intervalNs)))}`;
}

/** Names of the buckets: of one "level". */
export function bucketNames(policy: MeterPolicy): string[] {
  return describePolicy(policy).buckets?.map(({ name }) => name) ?? ["level"];
}

/** One chart a bucket. */
export function levelCharts(picture: Picture, policy: MeterPolicy, spanNs: number): ChartPicture[] {
  const { levels, window } = picture;
  const names = bucketNames(policy);
  const costs = bucketsOf(policy.definition).map(({ costRule }) => costRule.cost);
  return (levels?.buckets ?? []).map(({ line, depth, marks, largest }, index) => {
    const name = names[index]!;
    const unit = costs[index] === "packets" ? "packets" : "B";
    const limits = [{ level: depth, text: `${name === "level" ? "depth" : name} ${valueText(depth, unit)}` }];
    return { window, spanNs, lines: [lineOf(name, LEVEL_STYLE, line)], limits, marks, largest, unit };
  });
}

/** Why there is no picture of a level. */
export function noLevelText(policy: MeterPolicy): string {
  if (policy.meter === "weighted") return "A share's level depends on the other flows, so there is no picture of one.";
  if (policy.profiles.length > 1) return "Levels are drawn of one or two buckets, and this meter has more.";
  return "";
}
