import type { EngineOptions } from "../../types.ts";
import type { EngineColumns } from "../columns.ts";
import { hashKey, withTag, type Secret } from "../hash.ts";
import { FlowRecords } from "../records.ts";
import { KEY_HI, KEY_LO, RECORD, TAG } from "../slot.ts";
import { FlowTable, NO_SLOT } from "../table.ts";

/** How the state of an entry begins and goes, whatever it is for. */
export interface EntryProgram<State> {
  begin(nowNs: bigint): State;
  /** Brings the state to the clock. */
  advance(state: State, nowNs: bigint): void;
  isDrained(state: State): boolean;
  /** The entry goes. */
  end?(state: State): void;
}

/** The entries that one packet has: by slot its program, its node, and what tells it from others with the same key. */
export interface EntryPath<State> {
  readonly slots: readonly EntryProgram<State>[];
  readonly nodeOfSlot: readonly number[];
  readonly tags: readonly number[];
  readonly nodes: readonly {
    readonly nodeId: number;
    /** Its first slot of the path. */
    readonly firstSlot: number;
    /** A flow that does not begin drained is never dropped, for a new one would not equal it. */
    readonly beginsDrained: boolean;
  }[];
}

/** An entry of the table: its state, the program that knows when it has drained, and its record (0: none). */
export interface Held<State> {
  readonly entry: State;
  readonly program: EntryProgram<State>;
  readonly beginsDrained: boolean;
  readonly record: number;
}

/** What the table knows an entry by. */
interface Name {
  readonly keyLo: number;
  readonly keyHi: number;
  readonly tag: number;
}

/**
 * The entries of all nodes, by (node, key, slot), in one table: states are objects, and a slot of the table holds
 * the index of one. Entries that find no room drop others that have drained, which equal new ones.
 */
export class Entries<State> {
  evicted = 0;
  readonly records: FlowRecords | null;
  readonly #table: FlowTable;
  readonly #secret: Secret;
  /** By index from 1 on: 0 marks an empty slot of the table. */
  readonly #held: (Held<State> | undefined)[] = [undefined];
  readonly #free: number[] = [];

  constructor({ maxFlows, secret, records }: EngineOptions) {
    this.records = records ? new FlowRecords() : null;
    this.#table = new FlowTable(maxFlows, secret, false);
    this.#secret = secret;
  }

  get count(): number {
    return this.#table.flows;
  }

  /** The entries of a packet, one a slot of its path, new ones begun at its clock; null, and no change, without room. */
  take(
    path: EntryPath<State>,
    { key, nodeKeys }: EngineColumns,
    index: number,
    nowNs: bigint,
  ): readonly Held<State>[] | null {
    const names = path.tags.map((tag, slot): Name => {
      const node = path.nodeOfSlot[slot]!;
      const keys = node === 0 ? key : nodeKeys[node - 1]!;
      return { keyLo: keys[2 * index]!, keyHi: keys[2 * index + 1]!, tag };
    });
    const known = names.map((name) => this.#find(name));
    const missing = names.filter((_, slot) => known[slot] === undefined);
    if (!this.#makeRoom(missing, known, nowNs)) return null;
    return known.map((held, slot) => held ?? this.#begin(path, slot, names[slot]!, nowNs));
  }

  /** The states of all entries. */
  *states(): Iterable<State> {
    for (const held of this.#held) if (held !== undefined) yield held.entry;
  }

  #hashOf({ keyLo, keyHi, tag }: Name): number {
    return withTag(hashKey(keyLo, keyHi, this.#secret), tag);
  }

  #slotOf(name: Name): number {
    return this.#table.find(this.#hashOf(name), name.keyLo, name.keyHi, name.tag);
  }

  #find(name: Name): Held<State> | undefined {
    const at = this.#slotOf(name);
    return at === NO_SLOT ? undefined : this.#held[this.#table.words[at + RECORD]!];
  }

  #begin({ slots, nodes, nodeOfSlot }: EntryPath<State>, slot: number, name: Name, nowNs: bigint): Held<State> {
    const { keyLo, keyHi, tag } = name;
    const { firstSlot, nodeId, beginsDrained } = nodes[nodeOfSlot[slot]!]!;
    const record = slot === firstSlot ? (this.records?.take(keyLo, keyHi, nodeId) ?? 0) : 0;
    const held = { entry: slots[slot]!.begin(nowNs), program: slots[slot]!, beginsDrained, record };
    const index = this.#free.pop() ?? this.#held.length;
    this.#held[index] = held;
    this.#table.insert(this.#hashOf(name), keyLo, keyHi, tag, index);
    return held;
  }

  /** Room for all that is missing, by a larger table or by dropping entries that are not the packet's own; or none. */
  #makeRoom(missing: readonly Name[], own: readonly (Held<State> | undefined)[], nowNs: bigint): boolean {
    while (this.#table.room < missing.length && this.#table.grow());
    const kept = new Set(own);
    const leaving: Name[] = [];
    for (const name of missing.slice(this.#table.room)) {
      const { words } = this.#table;
      const at = this.#table.findDrained(this.#hashOf(name), (slot) =>
        this.#mayDrop(words[slot + RECORD]!, kept, nowNs),
      );
      if (at === NO_SLOT) return false;
      kept.add(this.#held[words[at + RECORD]!]);
      leaving.push({ keyLo: words[at + KEY_LO]!, keyHi: words[at + KEY_HI]!, tag: words[at + TAG]! });
    }
    for (const name of leaving) this.#drop(this.#slotOf(name));
    return true;
  }

  #mayDrop(index: number, kept: ReadonlySet<Held<State> | undefined>, nowNs: bigint): boolean {
    const held = this.#held[index];
    if (held === undefined || kept.has(held) || !held.beginsDrained) return false;
    held.program.advance(held.entry, nowNs);
    return held.program.isDrained(held.entry);
  }

  #drop(at: number): void {
    const index = this.#table.words[at + RECORD]!;
    const held = this.#held[index];
    if (held !== undefined) held.program.end?.(held.entry);
    const record = held?.record ?? 0;
    if (record !== 0) this.records?.drop(record);
    this.#held[index] = undefined;
    this.#free.push(index);
    this.#table.remove(at);
    this.evicted += 1;
  }
}
