/** The rows of the table of flows: sorted, searched, and only as many as are shown. */
import type { KeyedFlows } from "../capture/keying.ts";
import type { FlowTallies } from "../meter/pass.ts";

export const FLOW_SORTS = ["redBytes", "redPackets", "redShare", "bytes", "packets"] as const;
export type FlowSort = (typeof FLOW_SORTS)[number];

export interface FlowQuery {
  readonly sort: FlowSort;
  readonly isAscending: boolean;
  /** Part of the names; "": all. */
  readonly search: string;
  readonly rowsMax: number;
}

export interface FlowRow {
  readonly flow: number;
  readonly name: string;
  readonly packets: number;
  readonly bytes: number;
  readonly yellowPackets: number;
  readonly yellowBytes: number;
  readonly redPackets: number;
  readonly redBytes: number;
}

export interface FlowRows {
  readonly rows: readonly FlowRow[];
  /** Flows that the search finds. */
  readonly found: number;
  readonly flows: number;
}

type Value = (flow: number) => number;

function valueOf(sort: FlowSort, keyed: KeyedFlows, tallies: FlowTallies, bytes: Float64Array): Value {
  switch (sort) {
    case "redBytes":
      return (flow) => tallies.redBytes[flow]!;
    case "redPackets":
      return (flow) => tallies.redPackets[flow]!;
    case "redShare":
      return (flow) => tallies.redPackets[flow]! / Math.max(1, keyed.packets[flow]!);
    case "bytes":
      return (flow) => bytes[flow]!;
    case "packets":
      return (flow) => keyed.packets[flow]!;
  }
}

/** Keeps the first `most` of all flows in an order, by one comparison with the last kept for nearly all of them. */
function firstOf(flows: Uint32Array, most: number, isBefore: (left: number, right: number) => boolean): number[] {
  const kept: number[] = [];
  for (const flow of flows) {
    if (kept.length === most && !isBefore(flow, kept[most - 1]!)) continue;
    let [low, high] = [0, kept.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(kept[middle]!, flow)) low = middle + 1;
      else high = middle;
    }
    kept.splice(low, 0, flow);
    if (kept.length > most) kept.pop();
  }
  return kept;
}

/** The table of one metered capture. `bytes` are the metered lengths; `nameOf` is asked for what is shown or searched. */
export class FlowTable {
  readonly #keyed: KeyedFlows;
  readonly #tallies: FlowTallies;
  readonly #bytes: Float64Array;
  readonly #nameOf: (flow: number) => string;

  constructor(keyed: KeyedFlows, tallies: FlowTallies, bytes: Float64Array, nameOf: (flow: number) => string) {
    this.#keyed = keyed;
    this.#tallies = tallies;
    this.#bytes = bytes;
    this.#nameOf = nameOf;
  }

  /** The flow with most refused bytes, then most bytes, then the earliest; undefined without flows. */
  worst(): number | undefined {
    return this.#ordered("redBytes", false, this.#keyed.all, 1)[0];
  }

  #ordered(sort: FlowSort, isAscending: boolean, flows: Uint32Array, most: number): number[] {
    const value = valueOf(sort, this.#keyed, this.#tallies, this.#bytes);
    const sign = isAscending ? -1 : 1;
    return firstOf(flows, most, (left, right) => {
      const difference = value(left) - value(right) || this.#bytes[left]! - this.#bytes[right]!;
      return difference === 0 ? left < right : sign * difference > 0;
    });
  }

  rows({ sort, isAscending, search, rowsMax }: FlowQuery): FlowRows {
    const wanted = search.trim().toLowerCase();
    const found = wanted === "" ? this.#keyed.all : this.#search(wanted);
    const rows = this.#ordered(sort, isAscending, found, rowsMax).map((flow) => this.row(flow));
    return { rows, found: found.length, flows: this.#keyed.count };
  }

  #search(wanted: string): Uint32Array {
    return this.#keyed.all.filter((flow) => this.#nameOf(flow).toLowerCase().includes(wanted));
  }

  row(flow: number): FlowRow {
    const { yellowPackets, yellowBytes, redPackets, redBytes } = this.#tallies;
    return {
      flow,
      name: this.#nameOf(flow),
      packets: this.#keyed.packets[flow]!,
      bytes: this.#bytes[flow]!,
      yellowPackets: yellowPackets[flow]!,
      yellowBytes: yellowBytes[flow]!,
      redPackets: redPackets[flow]!,
      redBytes: redBytes[flow]!,
    };
  }
}
