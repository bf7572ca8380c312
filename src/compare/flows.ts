/** The flows in which two policies differ, and by how much. Memory is bounded: flows beyond that are counted together. */
import type { Difference } from "./difference.ts";

/** At about 200 bytes a flow. */
const FLOWS_MAX = 1 << 20;
const RED = 2;

export interface FlowDifference {
  readonly flow: string;
  packets: number;
  bytes: number;
  /** Bytes that the one refuses and the other does not. */
  refusedByA: number;
  refusedByB: number;
  /** Greatest difference of delays, where both depart: positive when A is later. */
  laterNs: number;
}

function emptyFlow(flow: string): FlowDifference {
  return { flow, packets: 0, bytes: 0, refusedByA: 0, refusedByB: 0, laterNs: 0 };
}

/** By bytes with another verdict, then by delay, then by all bytes that differ. */
function byDifference(left: FlowDifference, right: FlowDifference): number {
  const refused = (flow: FlowDifference) => flow.refusedByA + flow.refusedByB;
  return (
    refused(right) - refused(left) ||
    Math.abs(right.laterNs) - Math.abs(left.laterNs) ||
    right.bytes - left.bytes ||
    (left.flow < right.flow ? -1 : 1)
  );
}

export class FlowDifferences {
  readonly #flows = new Map<string, FlowDifference>();
  /** Packets of flows that there was no more room for. */
  readonly others = emptyFlow("");

  take({ flow, length, colors: [colorA, colorB], delaysNs: [delayA, delayB] }: Difference): void {
    let known = this.#flows.get(flow);
    if (known === undefined) {
      known = this.#flows.size < FLOWS_MAX ? emptyFlow(flow) : this.others;
      if (known !== this.others) this.#flows.set(flow, known);
    }
    known.packets += 1;
    known.bytes += length;
    if (colorA === RED && colorB !== RED) known.refusedByA += length;
    if (colorB === RED && colorA !== RED) known.refusedByB += length;
    if (delayA === undefined || delayB === undefined) return;
    if (Math.abs(delayA - delayB) > Math.abs(known.laterNs)) known.laterNs = delayA - delayB;
  }

  get count(): number {
    return this.#flows.size;
  }

  /** Worst first. */
  worst(top: number): FlowDifference[] {
    return [...this.#flows.values()].toSorted(byDifference).slice(0, top);
  }
}
