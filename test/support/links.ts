// Links: engines, policies without text, and what a run answers.
import { createCoreLink } from "../../src/core/linkengine.ts";
import { type CoreBuild, coreModule } from "../../src/core/module.node.ts";
import { createJsLink } from "../../src/engine-js/schedule/link.ts";
import { UNLIMITED } from "../../src/policy/link/amounts.ts";
import { linkTime } from "../../src/policy/link/time.ts";
import { createReferenceLink } from "../../src/reference/schedule/link.ts";
import type {
  CostRule,
  LinkClass,
  LinkClassStats,
  LinkDefinition,
  LinkEngine,
  LinkOptions,
  LinkPolicy,
  QueueLimit,
  Rational,
  SchedulerName,
} from "../../src/types.ts";

export interface LinkEngineRow {
  readonly name: string;
  create(options: LinkOptions): LinkEngine;
}

function coreRow(build: CoreBuild): LinkEngineRow {
  const name = `core-${build}`;
  return { name, create: (options) => createCoreLink(coreModule(build), options, name) };
}

/** Every engine of links; the first is the judge of the others. */
export const LINK_ENGINES: readonly LinkEngineRow[] = [
  { name: "reference", create: createReferenceLink },
  { name: "js", create: createJsLink },
  coreRow("release"),
  coreRow("scalar"),
  coreRow("debug"),
];

export interface LinkPacket {
  readonly timeNs: bigint;
  readonly length: number;
  readonly class: number;
}

/** When a packet has left, exactly: `ns - rest / departureParts`. */
export interface Left {
  readonly sequence: number;
  readonly ns: bigint;
  readonly rest: bigint;
}

export interface LinkOutcome {
  readonly colors: readonly number[];
  readonly reasons: readonly number[];
  /** In the order in which they became known. */
  readonly left: readonly Left[];
  readonly regressions: bigint;
  readonly stats: readonly LinkClassStats[];
}

/** A class by what most tests need. */
export interface ShortClass {
  readonly units?: number | bigint;
  readonly packets?: number;
  readonly quantum?: number;
}

export interface ShortLink {
  readonly scheduler: SchedulerName;
  readonly ratePerSec: Rational;
  readonly classes: readonly ShortClass[];
  readonly limit?: ShortClass;
  readonly costRule?: CostRule;
}

const BYTES: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };
/** One unit a nanosecond. */
export const UNIT_A_NS: Rational = { num: 1_000_000_000n, den: 1n };

function limitOf({ units, packets }: ShortClass): QueueLimit {
  return {
    units: units === undefined ? UNLIMITED.units : BigInt(units),
    packets: packets === undefined ? UNLIMITED.packets : BigInt(packets),
  };
}

/** A link as the compiler would make it; what is not said is not limited. */
export function linkOf({ scheduler, ratePerSec, classes, limit = {}, costRule = BYTES }: ShortLink): LinkPolicy {
  const { profile, unitsMax } = linkTime(ratePerSec, "a test");
  const definition: LinkDefinition = {
    scheduler,
    ratePerSec,
    costRule,
    limit: limitOf(limit),
    classes: classes.map((each, index): LinkClass => {
      return { name: `class-${index}`, limit: limitOf(each), quantum: BigInt(each.quantum ?? 1500) };
    }),
    unitsMax,
  };
  const defaultClass = classes.length - 1;
  return { meter: "link", length: "frame", definition, profile, matches: [], defaultClass, warnings: [] };
}

export function wordsAt(column: Uint32Array, row: number): bigint {
  return (BigInt(column[2 * row + 1]!) << 32n) | BigInt(column[2 * row]!);
}

/** Appends what became known in the last run or flush. */
function takeDepartures({ departed }: LinkEngine, left: Left[]): void {
  const { count, sequence, departure, rest } = departed;
  for (let row = 0; row < count; row += 1) {
    left.push({ sequence: Number(wordsAt(sequence, row)), ns: wordsAt(departure, row), rest: wordsAt(rest, row) });
  }
}

/** Sends the packets in batches whose sizes are taken from `cuts` in turn, and at the end all that waits. */
export function sendPackets(
  engine: LinkEngine,
  packets: readonly LinkPacket[],
  cuts: readonly number[] = [],
): LinkOutcome {
  const colors: number[] = [];
  const reasons: number[] = [];
  const left: Left[] = [];
  let start = 0;
  for (let turn = 0; start < packets.length; turn += 1) {
    const size = Math.min(cuts[turn % cuts.length] ?? engine.batchPacketsMax, packets.length - start);
    fill(engine, packets.slice(start, start + size));
    engine.run(size);
    const { color, reason } = engine.batch;
    colors.push(...color.subarray(0, size));
    reasons.push(...reason.subarray(0, size));
    takeDepartures(engine, left);
    start += size;
  }
  engine.flush();
  takeDepartures(engine, left);
  return { colors, reasons, left, regressions: engine.regressions, stats: engine.classStats() };
}

function fill(engine: LinkEngine, packets: readonly LinkPacket[]): void {
  const { time, length, class: classes } = engine.batch;
  for (const [index, packet] of packets.entries()) {
    time[2 * index] = Number(packet.timeNs & 0xffff_ffffn);
    time[2 * index + 1] = Number(packet.timeNs >> 32n);
    length[index] = packet.length;
    classes[index] = packet.class;
  }
}

/** The outcome of the reference. */
export function judged(policy: LinkPolicy, packets: readonly LinkPacket[], maxQueued = 1000): LinkOutcome {
  return sendPackets(createReferenceLink({ policy, maxQueued }), packets);
}
