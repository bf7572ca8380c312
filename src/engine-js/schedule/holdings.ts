/** What each class of a link holds, may hold and has counted. Sums above 2^53 keep their order to the limits. */
import type { LinkClassStats, LinkDefinition } from "../../types.ts";
import { REASON_LINK_FULL, REASON_NONE, REASON_OVERSIZE, REASON_QUEUE_FULL } from "../outcome.ts";
import { Tally } from "../tally.ts";

class Holding {
  readonly name: string;
  readonly unitsMax: number;
  readonly limitUnits: number;
  readonly limitPackets: number;
  units = 0;
  packets = 0;
  mostUnits = 0;
  mostPackets = 0;
  readonly taken = new Tally();
  readonly dropped = new Tally();
  readonly oversize = new Tally();
  readonly queueFull = new Tally();
  readonly linkFull = new Tally();
  readonly memoryFull = new Tally();

  constructor({ classes, unitsMax, limit }: LinkDefinition, index: number) {
    const { name, limit: own } = classes[index]!;
    this.name = name;
    this.unitsMax = Math.min(Number(unitsMax), Number(own.units), Number(limit.units));
    this.limitUnits = Number(own.units);
    this.limitPackets = Number(own.packets);
  }

  stats(): LinkClassStats {
    return {
      name: this.name,
      taken: this.taken.count,
      dropped: this.dropped.count,
      oversize: this.oversize.count,
      queueFull: this.queueFull.count,
      linkFull: this.linkFull.count,
      memoryFull: this.memoryFull.count,
      heldPackets: this.packets,
      mostPackets: this.mostPackets,
      mostUnits: BigInt(this.mostUnits),
    };
  }
}

export class Holdings {
  readonly #classes: readonly Holding[];
  readonly #limitUnits: number;
  readonly #limitPackets: number;
  #units = 0;
  #packets = 0;

  constructor(definition: LinkDefinition) {
    this.#classes = definition.classes.map((_, index) => new Holding(definition, index));
    this.#limitUnits = Number(definition.limit.units);
    this.#limitPackets = Number(definition.limit.packets);
  }

  /** Why a packet has no room in its class or on the link. */
  reasonAgainst(classIndex: number, units: number): number {
    const holding = this.#classes[classIndex]!;
    if (units > holding.unitsMax) return REASON_OVERSIZE;
    if (holding.units + units > holding.limitUnits || holding.packets >= holding.limitPackets) return REASON_QUEUE_FULL;
    const isFull = this.#units + units > this.#limitUnits || this.#packets >= this.#limitPackets;
    return isFull ? REASON_LINK_FULL : REASON_NONE;
  }

  take(classIndex: number, units: number, lengthBytes: number): void {
    const holding = this.#classes[classIndex]!;
    holding.units += units;
    holding.packets += 1;
    if (holding.units > holding.mostUnits) holding.mostUnits = holding.units;
    if (holding.packets > holding.mostPackets) holding.mostPackets = holding.packets;
    this.#units += units;
    this.#packets += 1;
    holding.taken.add(1, lengthBytes);
  }

  /** A packet has left. */
  release(classIndex: number, units: number): void {
    const holding = this.#classes[classIndex]!;
    holding.units -= units;
    holding.packets -= 1;
    this.#units -= units;
    this.#packets -= 1;
  }

  drop(classIndex: number, reason: number, lengthBytes: number): void {
    const holding = this.#classes[classIndex]!;
    holding.dropped.add(1, lengthBytes);
    if (reason === REASON_OVERSIZE) holding.oversize.add(1, lengthBytes);
    else if (reason === REASON_QUEUE_FULL) holding.queueFull.add(1, lengthBytes);
    else if (reason === REASON_LINK_FULL) holding.linkFull.add(1, lengthBytes);
    else holding.memoryFull.add(1, lengthBytes);
  }

  stats(): LinkClassStats[] {
    return this.#classes.map((holding) => holding.stats());
  }
}
