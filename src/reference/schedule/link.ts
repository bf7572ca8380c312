/**
 * One link and its queues by their definition: events one after the other, queues as arrays, instants as fractions.
 * In one instant a departure comes first, then the choice of the next packet, then arrivals in their order.
 */
import type {
  ArrivalColumns,
  Count,
  Departures,
  LinkClassStats,
  LinkDefinition,
  LinkEngine,
  LinkOptions,
} from "../../types.ts";
import { add, atMost, ceiling, divide, fraction, multiply, smaller, subtract, type Fraction } from "../rational.ts";
import { REASON_LINK_FULL, REASON_MEMORY_FULL, REASON_NONE, REASON_OVERSIZE, REASON_QUEUE_FULL } from "../reason.ts";
import { createScheduler, type Scheduler, type Waiting } from "./scheduler.ts";

const BATCH_PACKETS_MAX = 4096;
const NS_PER_SEC = fraction(1_000_000_000n);
/** No instant is later: a service that would end later ends then. */
const END_NS = 2n ** 64n - 2n;
const [GREEN, RED] = [0, 2];

/** Why a packet was dropped. */
const REASONS = {
  oversize: REASON_OVERSIZE,
  queueFull: REASON_QUEUE_FULL,
  linkFull: REASON_LINK_FULL,
  memoryFull: REASON_MEMORY_FULL,
} as const;
type Reason = keyof typeof REASONS;

interface Departure {
  readonly sequence: bigint;
  readonly at: Fraction;
}

/** What one class holds and has counted. */
interface ClassState {
  heldUnits: bigint;
  heldPackets: bigint;
  mostUnits: bigint;
  mostPackets: bigint;
  taken: Count;
  readonly dropped: Record<Reason, Count>;
}

/** A link of the definition. */
export function createReferenceLink(options: LinkOptions): LinkEngine {
  return new ReferenceLink(options);
}

class ReferenceLink implements LinkEngine {
  readonly name = "reference";
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly batch: ArrivalColumns = createColumns();
  readonly #definition: LinkDefinition;
  readonly #maxQueued: number;
  /** What the rest column is written in: the one number taken from the integer form. */
  readonly #departureParts: bigint;
  readonly #scheduler: Scheduler;
  readonly #classes: readonly ClassState[];
  /** The packet that is being sent, and its end. */
  #sending: { readonly packet: Waiting; readonly end: Fraction } | undefined;
  #waiting = 0;
  #nowNs = 0n;
  #sequence = 0n;
  #regressions = 0n;
  #isFlushed = false;
  #departed: Departure[] = [];

  constructor({ policy, maxQueued }: LinkOptions) {
    this.#definition = policy.definition;
    this.#maxQueued = maxQueued;
    this.#departureParts = policy.profile.departureParts;
    this.#scheduler = createScheduler(policy.definition);
    this.#classes = policy.definition.classes.map(() => freshClass());
  }

  run(packetCount: number): void {
    if (!Number.isInteger(packetCount) || packetCount < 0 || packetCount > BATCH_PACKETS_MAX) {
      throw new RangeError(`packetCount ${packetCount} is not a whole number from 0 to ${BATCH_PACKETS_MAX}`);
    }
    if (this.#isFlushed) throw new RangeError("run() after flush(): the link has ended");
    this.#departed = [];
    for (let index = 0; index < packetCount; index += 1) this.#arrive(index);
  }

  flush(): void {
    this.#isFlushed = true;
    this.#departed = [];
    while (this.#sending !== undefined) this.#depart(this.#sending);
  }

  get departed(): Departures {
    const column = (valueOf: (departure: Departure) => bigint) => wordsOf(this.#departed.map(valueOf));
    return {
      count: this.#departed.length,
      sequence: column(({ sequence }) => sequence),
      departure: column(({ at }) => ceiling(at)),
      rest: column(({ at }) => this.#restOf(at)),
    };
  }

  get regressions(): bigint {
    return this.#regressions;
  }

  classStats(): readonly LinkClassStats[] {
    return this.#classes.map(({ taken, dropped, heldPackets, mostPackets, mostUnits }, index) => ({
      name: this.#definition.classes[index]!.name,
      taken,
      dropped: Object.values(dropped).reduce((sum, count) => plus(sum, count.packets, count.bytes)),
      ...dropped,
      heldPackets: Number(heldPackets),
      mostPackets: Number(mostPackets),
      mostUnits,
    }));
  }

  #restOf(at: Fraction): bigint {
    const rest = multiply(subtract(fraction(ceiling(at)), at), fraction(this.#departureParts));
    if (rest.den !== 1n) throw new Error("an instant is no whole number of parts");
    return rest.num;
  }

  #arrive(index: number): void {
    const { time, length, class: classes, color, reason } = this.batch;
    const timeNs = (BigInt(time[2 * index + 1]!) << 32n) | BigInt(time[2 * index]!);
    if (timeNs < this.#nowNs) this.#regressions += 1n;
    else this.#nowNs = timeNs;
    const now = fraction(this.#nowNs < END_NS ? this.#nowNs : END_NS);
    while (this.#sending !== undefined && atMost(this.#sending.end, now)) this.#depart(this.#sending);

    const classIndex = Math.min(classes[index]!, this.#classes.length - 1);
    const packet = { sequence: this.#sequence, classIndex, units: unitsOf(this.#definition, length[index]!) };
    this.#sequence += 1n;
    const state = this.#classes[classIndex]!;
    const refusal = this.#refusalOf(packet);
    color[index] = refusal === null ? GREEN : RED;
    reason[index] = refusal === null ? REASON_NONE : REASONS[refusal];
    if (refusal !== null) {
      state.dropped[refusal] = plus(state.dropped[refusal], 1n, BigInt(length[index]!));
      return;
    }
    state.taken = plus(state.taken, 1n, BigInt(length[index]!));
    hold(state, packet.units);
    this.#scheduler.queue(packet);
    this.#waiting += 1;
    if (this.#sending === undefined) this.#begin(now);
  }

  #refusalOf({ classIndex, units }: Waiting): Reason | null {
    const { classes, limit, unitsMax } = this.#definition;
    const own = classes[classIndex]!.limit;
    const state = this.#classes[classIndex]!;
    const sum = (of: (one: ClassState) => bigint) => this.#classes.reduce((total, one) => total + of(one), 0n);
    if (units > unitsMax || units > own.units || units > limit.units) return "oversize";
    if (state.heldUnits + units > own.units || state.heldPackets + 1n > own.packets) return "queueFull";
    const allUnits = sum(({ heldUnits }) => heldUnits);
    const allPackets = sum(({ heldPackets }) => heldPackets);
    if (allUnits + units > limit.units || allPackets + 1n > limit.packets) return "linkFull";
    return this.#waiting === this.#maxQueued ? "memoryFull" : null;
  }

  #depart({ packet, end }: { readonly packet: Waiting; readonly end: Fraction }): void {
    const state = this.#classes[packet.classIndex]!;
    state.heldUnits -= packet.units;
    state.heldPackets -= 1n;
    this.#begin(end);
  }

  /** Begins to send at `at`, if anything waits: with that the packet's departure is certain. */
  #begin(at: Fraction): void {
    const packet = this.#scheduler.next();
    this.#sending = undefined;
    if (packet === undefined) return;
    this.#waiting -= 1;
    const seconds = divide(fraction(packet.units), this.#definition.ratePerSec);
    const end = smaller(add(at, multiply(seconds, NS_PER_SEC)), fraction(END_NS));
    this.#sending = { packet, end };
    this.#departed.push({ sequence: packet.sequence, at: end });
  }
}

function unitsOf({ costRule }: LinkDefinition, lengthBytes: number): bigint {
  if (costRule.cost === "packets") return 1n;
  return BigInt(Math.max(lengthBytes + costRule.overheadBytes, costRule.minLengthBytes, 0));
}

function hold(state: ClassState, units: bigint): void {
  state.heldUnits += units;
  state.heldPackets += 1n;
  if (state.heldUnits > state.mostUnits) state.mostUnits = state.heldUnits;
  if (state.heldPackets > state.mostPackets) state.mostPackets = state.heldPackets;
}

function plus(count: Count, packets: bigint, bytes: bigint): Count {
  return { packets: count.packets + packets, bytes: count.bytes + bytes };
}

function freshClass(): ClassState {
  const none: Count = { packets: 0n, bytes: 0n };
  return {
    heldUnits: 0n,
    heldPackets: 0n,
    mostUnits: 0n,
    mostPackets: 0n,
    taken: none,
    dropped: { oversize: none, queueFull: none, linkFull: none, memoryFull: none },
  };
}

function createColumns(): ArrivalColumns {
  return {
    time: new Uint32Array(2 * BATCH_PACKETS_MAX),
    length: new Uint32Array(BATCH_PACKETS_MAX),
    class: new Uint16Array(BATCH_PACKETS_MAX),
    color: new Uint8Array(BATCH_PACKETS_MAX),
    reason: new Uint8Array(BATCH_PACKETS_MAX),
  };
}

function wordsOf(values: readonly bigint[]): Uint32Array {
  const words = new Uint32Array(2 * values.length);
  for (const [index, value] of values.entries()) {
    words[2 * index] = Number(value & 0xffff_ffffn);
    words[2 * index + 1] = Number(value >> 32n);
  }
  return words;
}
