/** The tables of a watch, for terminals and pages alike: what columns there are, and what stands in each cell. */
import { grouped } from "../report/number.ts";
import { shortLevelText } from "../see/axis.ts";
import type { Cost } from "../types.ts";
import { partText, perSecText, unitsOf } from "./amounts.ts";
import { COLOR_NAMES, type ColorName, type LiveColors, sumOf } from "./counts.ts";
import type { LevelNow } from "./levels.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Order } from "./worst.ts";

export interface ShownColumn {
  readonly title: string;
  readonly isText?: boolean;
  /** Where there is no room the column of the highest rank goes first; 0 never goes. */
  readonly rank: number;
  /** Names are cut where there is no room. */
  readonly isName?: boolean;
}

/** Text; a level against its limit; or the colors of a whole, by bytes. */
export type ShownCell = string | { readonly level: LevelNow; readonly cost: Cost } | { readonly parts: LiveColors };

export interface ShownRow {
  readonly cells: readonly ShownCell[];
  /** The row of a color. */
  readonly color?: ColorName;
  /** The record's index of a flow. */
  readonly index?: number;
}

export interface ShownTable {
  readonly columns: readonly ShownColumn[];
  readonly rows: readonly ShownRow[];
}

const FATES: Readonly<Record<ColorName, string>> = { green: "allowed", yellow: "allowed", red: "denied" };

/** Yellow only where a meter marks so. */
export function colorsShown({ hasYellow }: Pick<Snapshot, "hasYellow">): ColorName[] {
  return COLOR_NAMES.filter((color) => color !== "yellow" || hasYellow);
}

/** Totals by color, exact, and rates over 1, 10 and 60 seconds. */
export function totalsTable(snapshot: Pick<Snapshot, "totals" | "total" | "hasYellow" | "rates" | "cost">): ShownTable {
  const { totals, total, rates, cost } = snapshot;
  const ratesOf = (pick: (perSec: LiveColors) => number) =>
    rates.map(({ averaged, perSec }) => (averaged === 0 ? "-" : perSecText(pick(perSec), cost)));
  const rows = colorsShown(snapshot).map((color): ShownRow => {
    const { packets, bytes } = totals[color];
    const counts = [grouped(packets), partText(packets, total.packets), grouped(bytes), partText(bytes, total.bytes)];
    const perSec = ratesOf((each) => unitsOf(each[color], cost));
    return { color, cells: [`${color.padEnd(7)}${FATES[color]}`, ...counts, ...perSec] };
  });
  const sums = ratesOf((each) => unitsOf(sumOf(each), cost));
  return {
    columns: [
      { title: "", isText: true, rank: 0 },
      { title: "packets", rank: 0 },
      { title: "", rank: 2 },
      { title: "bytes", rank: 1 },
      { title: "", rank: 3 },
      ...rates.map(({ seconds }, index) => ({ title: `last ${seconds} s`, rank: index === 0 ? 0 : 3 + index })),
    ],
    rows: [...rows, { cells: ["total", grouped(total.packets), "", grouped(total.bytes), "", ...sums] }],
  };
}

/** Worst flows, and the level of each of their buckets. */
export function flowsTable(
  { worst, buckets, cost }: Pick<Snapshot, "worst" | "buckets" | "cost">,
  order: Order,
): ShownTable {
  const hasClasses = worst.some(({ className }) => className !== undefined);
  const depths = worst[0]?.levels.map(({ depth }) => ` of ${shortLevelText(cost, depth)}`) ?? [];
  return {
    columns: [
      { title: `worst flows by ${order}`, isText: true, rank: 0, isName: true },
      ...(hasClasses ? [{ title: "class", isText: true, rank: 2 }] : []),
      { title: "packets", rank: 5 },
      { title: "bytes", rank: 4 },
      { title: "red packets", rank: 6 },
      { title: "red bytes", rank: 0 },
      { title: "red", rank: 3 },
      ...buckets.map((name, index) => ({ title: `${name}${depths[index] ?? ""}`, isText: true, rank: index })),
    ],
    rows: worst.map(({ index, flow, className, total, colors: { red }, levels }): ShownRow => {
      const counts = [total.packets, total.bytes, red.packets, red.bytes].map(grouped);
      const bars = levels.map((level) => ({ level, cost }));
      const name = hasClasses ? [flow, className ?? ""] : [flow];
      return { index, cells: [...name, ...counts, partText(red.bytes, total.bytes), ...bars] };
    }),
  };
}

/** Classes in the order of the policy. */
export function classesTable({ classes }: Pick<Snapshot, "classes">): ShownTable {
  return {
    columns: [
      { title: "class", isText: true, rank: 0, isName: true },
      { title: "packets", rank: 3 },
      { title: "bytes", rank: 2 },
      { title: "red packets", rank: 4 },
      { title: "red bytes", rank: 0 },
      { title: "red", rank: 1 },
      { title: "green, yellow, red", isText: true, rank: 0 },
    ],
    rows: classes.map(({ name, action, colors }) => {
      const { packets, bytes } = sumOf(colors);
      const counts = [packets, bytes, colors.red.packets, colors.red.bytes].map(grouped);
      const title = action === "meter" ? name : `${name} (${action})`;
      return { cells: [title, ...counts, partText(colors.red.bytes, bytes), { parts: colors }] };
    }),
  };
}

/** What came to the nodes that classes share, and what they refused. */
export function nodesTable({ nodes }: Pick<Snapshot, "nodes">): ShownTable {
  return {
    columns: [
      { title: "node", isText: true, rank: 0, isName: true },
      { title: "instances", rank: 2 },
      { title: "packets", rank: 4 },
      { title: "bytes", rank: 3 },
      { title: "refused packets", rank: 5 },
      { title: "refused bytes", rank: 0 },
      { title: "refused", rank: 1 },
    ],
    rows: nodes.map(({ name, instances, colors, refused }) => {
      const { packets, bytes } = sumOf(colors);
      const counts = [instances, packets, bytes, refused.packets, refused.bytes].map(grouped);
      return { cells: [name, ...counts, partText(refused.bytes, bytes)] };
    }),
  };
}
