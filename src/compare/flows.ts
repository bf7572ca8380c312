/** The flows in which two policies differ, and by how much: counters beside the flow records of the first meter. */
import { RECORD_UNTRACKED } from "../../assembly/abi.ts";

const RED = 2;
const RECORDS_FIRST = 1024;

export interface FlowDifference {
  readonly packets: number;
  readonly bytes: number;
  /** Bytes that the one refuses and the other does not. */
  readonly refusedByA: number;
  readonly refusedByB: number;
  /** Greatest difference of delays, where both depart: positive when A is later. */
  readonly laterNs: number;
}

/** What is counted of each flow, in this order. */
const PACKETS = 0;
const BYTES = 1;
const BY_A = 2;
const BY_B = 3;
const LATER_NS = 4;
const FIELDS = 5;

/** A packet that differs. */
export interface Differing {
  /** Its flow's record. */
  readonly record: number;
  readonly length: number;
  readonly colorA: number;
  readonly colorB: number;
  /** How much later A lets it depart, in ns; 0 when it does not depart under both. */
  readonly laterNs: number;
}

export class FlowDifferences {
  #fields = new Float64Array(RECORDS_FIRST * FIELDS);
  #records = 0;
  #count = 0;

  take({ record, length, colorA, colorB, laterNs }: Differing): void {
    const at = record * FIELDS;
    if (at >= this.#fields.length) this.#grow(record);
    if (record >= this.#records) this.#records = record + 1;
    const fields = this.#fields;
    if (fields[at + PACKETS] === 0 && record !== RECORD_UNTRACKED) this.#count += 1;
    fields[at + PACKETS]! += 1;
    fields[at + BYTES]! += length;
    if (colorA === RED && colorB !== RED) fields[at + BY_A]! += length;
    if (colorB === RED && colorA !== RED) fields[at + BY_B]! += length;
    if (Math.abs(laterNs) > Math.abs(fields[at + LATER_NS]!)) fields[at + LATER_NS] = laterNs;
  }

  #grow(record: number): void {
    const grown = new Float64Array(Math.max(2 * this.#fields.length, (record + 1) * FIELDS));
    grown.set(this.#fields);
    this.#fields = grown;
  }

  /** Flows that differ. */
  get count(): number {
    return this.#count;
  }

  /** Of one flow; of RECORD_UNTRACKED, packets that belong to none. */
  of(record: number): FlowDifference {
    const at = record * FIELDS;
    const [packets = 0, bytes = 0, refusedByA = 0, refusedByB = 0, laterNs = 0] = this.#fields.subarray(
      at,
      at + FIELDS,
    );
    return { packets, bytes, refusedByA, refusedByB, laterNs };
  }

  /** Records of the flows that differ most: by bytes with another verdict, then by delay, then by all bytes that differ. */
  worst(top: number): number[] {
    const fields = this.#fields;
    const refused = (record: number) => fields[record * FIELDS + BY_A]! + fields[record * FIELDS + BY_B]!;
    const later = (record: number) => Math.abs(fields[record * FIELDS + LATER_NS]!);
    const order = (left: number, right: number) =>
      refused(right) - refused(left) ||
      later(right) - later(left) ||
      fields[right * FIELDS + BYTES]! - fields[left * FIELDS + BYTES]! ||
      left - right;
    let best: number[] = [];
    for (let record = 0; record < this.#records; record += 1) {
      if (record === RECORD_UNTRACKED || fields[record * FIELDS + PACKETS] === 0) continue;
      best.push(record);
      // Sorted only now and then: flows by the million are not kept.
      if (best.length >= 2 * top + RECORDS_FIRST) best = best.toSorted(order).slice(0, top);
    }
    return best.toSorted(order).slice(0, top);
  }
}
