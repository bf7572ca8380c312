/** One pass over all records: how many flows there are, the worst of them, and the same for each node. */
import { RECORD_BYTE_COUNTS } from "../../assembly/abi.ts";
import type { EntryLabel } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { labelOf, recordsOf, type RecordTotals, totalsOf } from "./records.ts";

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

const CANDIDATES_MIN = 4096;

interface Candidate {
  readonly index: number;
  readonly red: number;
  readonly bytes: number;
}

function byHarm(left: Candidate, right: Candidate): number {
  return right.red - left.red || right.bytes - left.bytes || left.index - right.index;
}

/** Counts records and keeps the worst `most` of them. */
class Ranking {
  count = 0;
  readonly #most: number;
  #best: Candidate[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  take(candidate: Candidate): void {
    this.count += 1;
    if (this.#most === 0) return;
    this.#best.push(candidate);
    // Gathered up to twice the number and room for more, then sorted and cut: n log most in all.
    if (this.#best.length === 2 * this.#most + CANDIDATES_MIN) this.#best = this.#cut();
  }

  #cut(): Candidate[] {
    return this.#best.toSorted(byHarm).slice(0, this.#most);
  }

  surveyOf(meter: CaptureMeter): Survey {
    return { count: this.count, worst: this.#cut().map(({ index }) => totalsOf(meter, index)) };
  }
}

/** Goes through all records; keeps at most `most` of each kind. */
export function surveyRecords(meter: CaptureMeter, most: number): Surveys {
  const { core } = meter;
  const { words } = meter.views;
  // 64-bit counters as two words: exact below 2^53 bytes, and no BigInt for each of millions of flows.
  const wide = (word: number) => words[word + 1]! * 0x1_0000_0000 + words[word]!;
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
  for (const index of recordsOf(meter)) {
    const bytesAt = (core.recordAt(index) + RECORD_BYTE_COUNTS) >>> 2;
    const red = wide(bytesAt + 4);
    rankingOf(labelOf(meter, index)).take({ index, red, bytes: wide(bytesAt) + wide(bytesAt + 2) + red });
  }
  return {
    flows: flows.surveyOf(meter),
    flowsOfClass,
    nodes: new Map([...nodes].map(([name, ranking]) => [name, ranking.surveyOf(meter)])),
  };
}
