/** Series into and out of the form that a report embeds. */
import type { BinnedDelays } from "./delaybins.ts";
import type { PackedBins, PackedDelays, PackedFlow, PackedMarks, PackedSteps } from "./document.ts";
import type { FollowedSeries } from "./followed.ts";
import type { LevelLine, Steps } from "./levelline.ts";
import type { MarkColumns, Marks } from "./marks.ts";
import { packColumn, packWhole, unpackColumn, unpackWhole } from "./pack.ts";
import type { BinnedCounts } from "./timebins.ts";

export function packBins({ widthNs, packets, bytes }: BinnedCounts): PackedBins {
  return { widthNs, packets: packets.map(packWhole), bytes: bytes.map(packWhole) };
}

export function unpackBins({ widthNs, packets, bytes }: PackedBins): BinnedCounts {
  return { widthNs, packets: packets.map(unpackWhole), bytes: bytes.map(unpackWhole) };
}

export function packDelays(
  { widthNs, packets, leastNs, mostNs, meanNs }: BinnedDelays,
  boundNs: number | null,
): PackedDelays {
  const columns = { packets: packWhole(packets), leastNs: packWhole(leastNs), mostNs: packWhole(mostNs) };
  return { widthNs, ...columns, meanNs: packColumn(meanNs), boundNs };
}

export function unpackDelays({ widthNs, packets, leastNs, mostNs, meanNs }: PackedDelays): BinnedDelays {
  const columns = { packets: unpackWhole(packets), leastNs: unpackWhole(leastNs), mostNs: unpackWhole(mostNs) };
  return { widthNs, ...columns, meanNs: unpackColumn(meanNs) };
}

/** Steps of all lines of one report: about 13 bytes each. */
const STEPS_MAX = 131_072;

function packSteps(line: LevelLine, most: number): PackedSteps {
  const { steps, thinnedNs } = line.stepsWithin(most);
  const { timesNs, before, after } = steps;
  return {
    timesNs: packWhole(timesNs.map(Math.round)),
    before: packColumn(before),
    after: packColumn(after),
    thinnedNs,
  };
}

export function unpackSteps({ timesNs, before, after }: PackedSteps): Steps {
  return { timesNs: unpackWhole(timesNs), before: unpackColumn(before), after: unpackColumn(after) };
}

function packMarks(marks: Marks, buckets: number): PackedMarks {
  const { timesNs, levels, packets, bytes } = marks.columns();
  return {
    timesNs: packWhole(timesNs),
    levels: levels.slice(0, buckets).map(packColumn),
    packets: packWhole(packets),
    bytes: packWhole(bytes),
    mergedNs: marks.mergedNs,
  };
}

export function unpackMarks({ timesNs, levels, packets, bytes }: PackedMarks): MarkColumns {
  return {
    timesNs: unpackWhole(timesNs),
    levels: levels.map(unpackColumn),
    packets: unpackWhole(packets),
    bytes: unpackWhole(bytes),
  };
}

/** A flow that was followed. */
export interface SeriesOfFlow {
  readonly flow: string;
  readonly series: FollowedSeries;
  readonly isPartial: boolean;
}

/** All flows of a report, which share its room. */
export function packFlows(flows: readonly SeriesOfFlow[]): PackedFlow[] {
  const lineCount = flows.reduce((sum, { series }) => sum + series.lines.length, 0);
  const most = Math.floor(STEPS_MAX / lineCount);
  return flows.map((flow) => packFlow(flow, most));
}

function packFlow({ flow, series, isPartial }: SeriesOfFlow, stepsMax: number): PackedFlow {
  const { startNs, lines, yellow, red } = series;
  return {
    flow,
    startNs,
    isPartial,
    steps: lines.map((line) => packSteps(line, stepsMax)),
    yellow: packMarks(yellow, lines.length),
    red: packMarks(red, lines.length),
  };
}
