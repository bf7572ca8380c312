/** The flows being tracked. An entry is one slot of one node for one key: what the fixed-size tables have room for. */
import type { Color, FlowRecord } from "../types.ts";
import type { FlowMeter } from "./flowmeter.ts";
import { ColorTally } from "./tally.ts";

/** Two buckets share an entry; only `multi` has more. */
export const SLOT_BUCKETS = 2;

/** A node of the policy, ready to meter. */
export interface MeterNode {
  readonly nodeId: number;
  readonly meter: FlowMeter<unknown>;
  readonly slotCount: number;
  /** A new flow begins at a level above 0, so that a drained one cannot be dropped and begun anew. */
  readonly isNeverDropped: boolean;
}

/** The node's instance for one key. */
export interface Place {
  readonly node: MeterNode;
  readonly key: bigint;
}

interface Entry extends Place {
  readonly slot: number;
  /** The meter's state, or its part in this slot. */
  part: unknown;
  readonly tally: ColorTally;
  readonly firstNs: bigint;
  lastNs: bigint;
}

/** At most so many entries; drained ones make room for new ones. */
export class FlowTable {
  readonly #entriesMax: number;
  /** In the order of their first packets. */
  readonly #entries = new Map<string, Entry>();
  #evicted = 0n;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get entryCount(): number {
    return this.#entries.size;
  }

  get evictedCount(): bigint {
    return this.#evicted;
  }

  /**
   * Sees to it that every slot on a path has its entry. False when the table is full of entries that have not drained:
   * then nothing has changed.
   */
  admit(path: readonly Place[], nowNs: bigint, arrivalNs: bigint): boolean {
    const slots = path.flatMap((place) => Array.from({ length: place.node.slotCount }, (_, slot) => ({ place, slot })));
    const missing = slots.filter(({ place, slot }) => !this.#entries.has(idOf(place, slot)));
    const surplus = this.#entries.size + missing.length - this.#entriesMax;
    if (surplus > 0) {
      const own = new Set(slots.map(({ place, slot }) => idOf(place, slot)));
      const drained = this.#drained(surplus, own, nowNs);
      if (drained.length < surplus) return false;
      for (const id of drained) this.#entries.delete(id);
      this.#evicted += BigInt(drained.length);
    }
    for (const { place, slot } of missing) {
      const part = partsOf(place.node, place.node.meter.fresh(nowNs))[slot];
      const times = { firstNs: arrivalNs, lastNs: arrivalNs };
      this.#entries.set(idOf(place, slot), { ...place, slot, part, tally: new ColorTally(), ...times });
    }
    return true;
  }

  /** The state of a place; slots that have no entry are as new. */
  stateOf({ node, key }: Place, nowNs: bigint): unknown {
    const fresh = partsOf(node, node.meter.fresh(nowNs));
    const parts = fresh.map((part, slot) => {
      const entry = this.#entries.get(idOf({ node, key }, slot));
      return entry === undefined ? part : entry.part;
    });
    return node.slotCount === 1 ? parts[0] : parts.flat();
  }

  /** Keeps a state, and counts the packet that led to it. */
  store(place: Place, state: unknown, color: Color, lengthBytes: number, arrivalNs: bigint): void {
    for (const [slot, part] of partsOf(place.node, state).entries()) {
      const entry = this.#entries.get(idOf(place, slot));
      if (entry === undefined) throw new RangeError("the flow has not been admitted");
      entry.part = part;
      entry.tally.add(color, lengthBytes);
      entry.lastNs = arrivalNs;
    }
  }

  /** One record for each place whose first slot has an entry. */
  *records(): Iterable<FlowRecord> {
    for (const { node, key, slot, tally, firstNs, lastNs } of this.#entries.values()) {
      if (slot === 0) yield { key, nodeId: node.nodeId, ...tally.colors(), firstNs, lastNs };
    }
  }

  /** The first entries, at most `count` and none of `own`, that may be dropped. */
  #drained(count: number, own: ReadonlySet<string>, nowNs: bigint): string[] {
    const found: string[] = [];
    for (const [id, entry] of this.#entries) {
      if (found.length === count) break;
      if (own.has(id) || entry.node.isNeverDropped) continue;
      const levels = entry.node.meter.levels(this.stateOf(entry, nowNs), nowNs);
      const ofSlot = levels.slice(SLOT_BUCKETS * entry.slot, SLOT_BUCKETS * (entry.slot + 1));
      if (ofSlot.every(({ num }) => num === 0n)) found.push(id);
    }
    return found;
  }
}

function idOf({ node, key }: Place, slot: number): string {
  return `${node.nodeId} ${key} ${slot}`;
}

/** A state by slots: that of `multi` is a list of its buckets. */
function partsOf({ slotCount }: MeterNode, state: unknown): unknown[] {
  if (slotCount === 1) return [state];
  const buckets = state as readonly unknown[];
  return Array.from({ length: slotCount }, (_, slot) => buckets.slice(SLOT_BUCKETS * slot, SLOT_BUCKETS * (slot + 1)));
}
