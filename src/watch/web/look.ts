/** What the page is told, as JSON: the same snapshot that a terminal draws, and the seconds that may have changed. */
import type { Snapshot } from "../snapshot.ts";

/** Six numbers a second, from second `first` on: packets by color, bytes by color. */
export interface LookBins {
  readonly first: number;
  readonly rows: readonly (readonly number[])[];
}

export interface Look extends Omit<Snapshot, "recent" | "speed" | "timeNs"> {
  /** Null: as fast as it can. */
  readonly speed: number | null;
  readonly timeNs: string | null;
  readonly bins: LookBins;
}

/** A page with more rows is not read; the summary has all. */
const ROWS_MAX = 200;

/** The first rows, and a note when there are more. */
function cut<Row>(rows: readonly Row[], noun: string): { readonly shown: readonly Row[]; readonly notes: string[] } {
  if (rows.length <= ROWS_MAX) return { shown: rows, notes: [] };
  return { shown: rows.slice(0, ROWS_MAX), notes: [`the first ${ROWS_MAX} of ${rows.length} ${noun} are shown`] };
}

/** The look as one line of JSON. */
export function lookJson(snapshot: Snapshot, bins: LookBins): string {
  const { recent: _, speed, timeNs, ...rest } = snapshot;
  const classes = cut(snapshot.classes, "classes");
  const nodes = cut(snapshot.nodes, "nodes");
  const look: Look = {
    ...rest,
    classes: classes.shown,
    nodes: nodes.shown,
    notes: [...classes.notes, ...nodes.notes, ...snapshot.notes],
    speed: Number.isFinite(speed) ? speed : null,
    timeNs: timeNs === null ? null : timeNs.toString(),
    bins,
  };
  return JSON.stringify(look);
}
