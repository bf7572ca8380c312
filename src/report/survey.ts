/** One pass over all records: how many flows there are, the worst of them, and the same for each node. */
import type { EntryLabel } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { Ranking } from "./ranking.ts";
import { labelOf, type RecordTotals, totalsOf, visitRecords } from "./records.ts";

/** The records of one node, or of all flows. */
export interface Survey {
  readonly count: number;
  /** Most refused bytes first, then most bytes, then earliest seen. */
  readonly worst: readonly RecordTotals[];
}

export interface Surveys {
  readonly flows: Survey;
  /** By name, under a policy of classes. */
  readonly flowsOfClass: ReadonlyMap<string, number>;
  readonly nodes: ReadonlyMap<string, Survey>;
}

/** Goes through all records; keeps at most `most` of each kind. */
export function surveyRecords(meter: CaptureMeter, most: number): Surveys {
  const flows = new Ranking(most);
  const flowsOfClass = new Map<string, number>();
  const nodes = new Map<string, Ranking>();
  const rankingOf = (label: EntryLabel | undefined): Ranking => {
    if (label === undefined) return flows;
    if (label.kind === "flow") {
      flowsOfClass.set(label.name, (flowsOfClass.get(label.name) ?? 0) + 1);
      return flows;
    }
    const known = nodes.get(label.name);
    if (known !== undefined) return known;
    const ranking = new Ranking(most);
    nodes.set(label.name, ranking);
    return ranking;
  };
  visitRecords(meter, (index, red, bytes) => rankingOf(labelOf(meter, index)).take(index, red, bytes));
  const surveyOf = (ranking: Ranking): Survey => ({
    count: ranking.count,
    worst: ranking.worst().map((index) => totalsOf(meter, index)),
  });
  return {
    flows: surveyOf(flows),
    flowsOfClass,
    nodes: new Map([...nodes].map(([name, ranking]) => [name, surveyOf(ranking)])),
  };
}
