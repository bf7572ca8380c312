/** A link as the core reads it (LINK_* of assembly/abi.ts), and what the core answers of it. */
import { BATCH_PACKETS_MAX, CONFIG_FLOWS_MAX } from "../../assembly/abi.ts";
import {
  CONFIG_LINK,
  LINK_CLASS_BYTES,
  LINK_CLASS_COUNT,
  LINK_CLASS_HELD_PACKETS,
  LINK_CLASS_INDEX,
  LINK_CLASS_LIMIT_PACKETS,
  LINK_CLASS_LIMIT_UNITS,
  LINK_CLASS_LINK_FULL,
  LINK_CLASS_MEMORY_FULL,
  LINK_CLASS_MOST_PACKETS,
  LINK_CLASS_MOST_UNITS,
  LINK_CLASS_OVERSIZE,
  LINK_CLASS_QUANTUM,
  LINK_CLASS_QUEUE_FULL,
  LINK_CLASS_TAKEN,
  LINK_CLASS_UNITS_MAX,
  LINK_DEPARTED_AT,
  LINK_DEPARTED_COUNT,
  LINK_DEPARTED_REST,
  LINK_DEPARTED_SEQUENCE,
  LINK_HEAD_BYTES,
  LINK_LENGTH_MASK,
  LINK_LIMIT_PACKETS,
  LINK_LIMIT_UNITS,
  LINK_NODE_BYTES,
  LINK_NODES,
  LINK_NODES_END,
  LINK_OVERHEAD,
  LINK_PARTS_PER_NS,
  LINK_PARTS_PER_UNIT,
  LINK_SCHEDULER,
  LINK_UNITS_MIN,
  SCHEDULER_DRR,
  SCHEDULER_FIFO,
  SCHEDULER_PRIORITY,
} from "../../assembly/abi/link.ts";
import type { Count, Departures, LinkClassStats, LinkOptions, LinkPolicy, SchedulerName } from "../types.ts";
import type { CoreExports } from "./instance.ts";
import { reserve } from "./memory.ts";
import { viewsOf } from "./views.ts";

/** Packets that may wait at most: some 2.5 GiB of memory. */
export const QUEUED_MAX = 2 ** 26;

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const SCHEDULERS: Readonly<Record<SchedulerName, number>> = {
  fifo: SCHEDULER_FIFO,
  priority: SCHEDULER_PRIORITY,
  drr: SCHEDULER_DRR,
};

/**
 * Writes a link into a fresh core, which then sends packets instead of metering them; `initialize` comes after. Throws
 * RangeError when `maxQueued` cannot be, or its memory is not there.
 */
export function configureLink(core: CoreExports, { policy, maxQueued }: LinkOptions): void {
  if (!Number.isInteger(maxQueued) || maxQueued < 1 || maxQueued > QUEUED_MAX) {
    throw new RangeError(`maxQueued ${maxQueued}: must be a whole number from 1 to ${QUEUED_MAX}`);
  }
  const { classes } = policy.definition;
  const link = reserve(core, LINK_HEAD_BYTES + classes.length * LINK_CLASS_BYTES);
  const nodes = reserve(core, maxQueued * LINK_NODE_BYTES);
  // Every packet that waits, and every one of a batch, may depart in one run.
  const columnBytes = (maxQueued + BATCH_PACKETS_MAX) * 8;
  const columns = [LINK_DEPARTED_SEQUENCE, LINK_DEPARTED_AT, LINK_DEPARTED_REST].map((field) => ({
    field,
    address: reserve(core, columnBytes),
  }));
  const { words, config } = viewsOf(core.memory);
  words[(link + LINK_NODES) >>> 2] = nodes;
  words[(link + LINK_NODES_END) >>> 2] = nodes + maxQueued * LINK_NODE_BYTES;
  for (const { field, address } of columns) words[(link + field) >>> 2] = address;
  writeHead(core, link, policy);
  for (const index of classes.keys()) writeClass(core, classAt(link, index), policy, index);
  config[CONFIG_LINK] = BigInt(link);
  config[CONFIG_FLOWS_MAX] = 1n;
}

function classAt(link: number, index: number): number {
  return link + LINK_HEAD_BYTES + index * LINK_CLASS_BYTES;
}

function writeHead(core: CoreExports, link: number, { definition, profile }: LinkPolicy): void {
  const { words, longs } = viewsOf(core.memory);
  const set = (offset: number, value: bigint) => (longs[(link + offset) / 8] = BigInt.asUintN(64, value));
  const { cost, overheadBytes, minLengthBytes } = definition.costRule;
  const isBytes = cost === "bytes";
  words[(link + LINK_SCHEDULER) >>> 2] = SCHEDULERS[definition.scheduler];
  words[(link + LINK_CLASS_COUNT) >>> 2] = definition.classes.length;
  set(LINK_PARTS_PER_UNIT, profile.partsPerUnit);
  set(LINK_PARTS_PER_NS, profile.departureParts);
  set(LINK_LENGTH_MASK, isBytes ? ALL_ONES : 0n);
  set(LINK_OVERHEAD, isBytes ? BigInt(overheadBytes) : 1n);
  set(LINK_UNITS_MIN, isBytes ? BigInt(minLengthBytes) : 0n);
  set(LINK_LIMIT_UNITS, definition.limit.units);
  set(LINK_LIMIT_PACKETS, definition.limit.packets);
}

function writeClass(core: CoreExports, at: number, { definition }: LinkPolicy, index: number): void {
  const { words, longs } = viewsOf(core.memory);
  const set = (offset: number, value: bigint) => (longs[(at + offset) / 8] = value);
  const { limit, quantum } = definition.classes[index]!;
  const largest = [definition.unitsMax, definition.limit.units, limit.units];
  set(
    LINK_CLASS_UNITS_MAX,
    largest.reduce((least, units) => (units < least ? units : least)),
  );
  set(LINK_CLASS_LIMIT_UNITS, limit.units);
  set(LINK_CLASS_LIMIT_PACKETS, limit.packets);
  set(LINK_CLASS_QUANTUM, quantum);
  words[(at + LINK_CLASS_INDEX) >>> 2] = index;
}

/** What became known in the core's last run. */
export function departuresOf(core: CoreExports): Departures {
  const { words, config } = viewsOf(core.memory);
  const field = (offset: number) => words[(Number(config[CONFIG_LINK]) + offset) >>> 2]!;
  const count = field(LINK_DEPARTED_COUNT);
  const column = (offset: number) => new Uint32Array(core.memory.buffer, field(offset), 2 * count);
  return {
    count,
    sequence: column(LINK_DEPARTED_SEQUENCE),
    departure: column(LINK_DEPARTED_AT),
    rest: column(LINK_DEPARTED_REST),
  };
}

/** Totals of each class as they stand. */
export function linkStatsOf(core: CoreExports, { definition }: LinkPolicy): LinkClassStats[] {
  const { longs, config } = viewsOf(core.memory);
  return definition.classes.map(({ name }, index) => {
    const word = (offset: number) => longs[(classAt(Number(config[CONFIG_LINK]), index) + offset) / 8]!;
    const pair = (offset: number): Count => ({ packets: word(offset), bytes: word(offset + 8) });
    const reasons = {
      oversize: pair(LINK_CLASS_OVERSIZE),
      queueFull: pair(LINK_CLASS_QUEUE_FULL),
      linkFull: pair(LINK_CLASS_LINK_FULL),
      memoryFull: pair(LINK_CLASS_MEMORY_FULL),
    };
    return {
      name,
      taken: pair(LINK_CLASS_TAKEN),
      dropped: Object.values(reasons).reduce((sum, { packets, bytes }) => {
        return { packets: sum.packets + packets, bytes: sum.bytes + bytes };
      }),
      ...reasons,
      heldPackets: Number(word(LINK_CLASS_HELD_PACKETS)),
      mostPackets: Number(word(LINK_CLASS_MOST_PACKETS)),
      mostUnits: word(LINK_CLASS_MOST_UNITS),
    };
  });
}
