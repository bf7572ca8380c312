// What traffic that a meter admits keeps to: a burst at a rate, for each bucket on its way.
import { levelAt, unitsOf } from "../../src/reference/bucket.ts";
import { add, atMost, fraction, isBelow, subtract, ZERO, type Fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, Check, CostRule, MeterDefinition, PathEntry, MeteringPolicy } from "../../src/types.ts";
import type { Packet } from "./run.ts";
import { ordered, type Trace } from "./traces.ts";

/** Packets up to a color come in bursts of at most `burst` at this rate, on every interval. */
export interface Contract {
  readonly worst: number;
  readonly ratePerSec: Fraction;
  readonly burst: Fraction;
  readonly check: Check;
  readonly costRule: CostRule;
  /** The meter refuses for this alone, so that refusals say something about its level. */
  readonly isOnly: boolean;
}

const YELLOW = 1;
const RED = 2;

function contractOf(bucket: BucketDefinition, worst: number, isOnly = false): Contract {
  const { ratePerSec, threshold: burst, check, costRule } = bucket;
  return { worst, ratePerSec, burst, check, costRule, isOnly };
}

/** Of two buckets that a packet goes to one of. */
function sumContract(one: BucketDefinition, other: BucketDefinition): Contract[] {
  const { cost, overheadBytes, minLengthBytes } = one.costRule;
  const rule = other.costRule;
  const isAlike = cost === rule.cost && overheadBytes === rule.overheadBytes && minLengthBytes === rule.minLengthBytes;
  if (!isAlike) return [];
  const ratePerSec = add(one.ratePerSec, other.ratePerSec);
  const burst = add(one.depth, other.depth);
  return [{ worst: YELLOW, ratePerSec, burst, check: "post", costRule: rule, isOnly: false }];
}

/** The contracts of a node of a borrowing tree, besides its rate for what it lends: only a root lends all of it. */
function borrowContractsOf(definition: MeterDefinition, isRoot: boolean): readonly Contract[] {
  if (definition.kind === "bucket") {
    return isRoot ? [{ ...contractOf(definition.bucket, YELLOW), burst: definition.bucket.depth }] : [];
  }
  if (definition.kind !== "borrow-node") throw new RangeError(`${definition.kind} does not borrow`);
  return [{ ...contractOf(definition.ceiling, YELLOW), burst: definition.ceiling.depth }];
}

/** The contracts of a meter. */
function contractsOf(definition: MeterDefinition): readonly Contract[] {
  switch (definition.kind) {
    case "bucket":
      return [contractOf(definition.bucket, YELLOW, definition.bucket.check === "post")];
    case "turner":
    case "event-counter":
      return [contractOf(definition.bucket, YELLOW)];
    case "srtcm":
    case "mef":
    case "trtcm-4115":
      return [contractOf(definition.committed, 0), ...sumContract(definition.committed, definition.excess)];
    case "trtcm":
      return [contractOf(definition.peak, YELLOW), contractOf(definition.committed, 0)];
    case "dual":
      return [contractOf(definition.peak, YELLOW), contractOf(definition.sustained, 0)];
    case "multi":
      return definition.buckets.map((bucket) => contractOf(bucket, YELLOW));
    case "weighted":
      return [];
    case "borrow-node":
      throw new RangeError("a borrowing node is one of a tree");
  }
}

/** One-pass burstiness b(r): the highest level of a bucket without a limit. */
export class Burstiness {
  readonly #bucket: BucketDefinition;
  #level: Fraction = ZERO;
  #lastNs = 0n;
  highest: Fraction = ZERO;

  constructor({ ratePerSec, burst, check, costRule }: Omit<Contract, "worst" | "isOnly">) {
    this.#bucket = { check, ratePerSec, depth: burst, threshold: burst, initialLevel: ZERO, costRule };
  }

  /** Times must not decrease. */
  add({ timeNs, length }: Packet): void {
    this.addUnits(timeNs, unitsOf(this.#bucket.costRule, length));
  }

  addUnits(timeNs: bigint, units: bigint): void {
    const level = levelAt(this.#bucket, { level: this.#level, lastNs: this.#lastNs }, timeNs);
    this.#level = add(level, fraction(units));
    this.#lastNs = timeNs;
    if (isBelow(this.highest, this.#level)) this.highest = this.#level;
  }
}

/** Packets of a trace, in order, that go through one node under one key, with their colors. */
export interface Passage {
  readonly isRoot: boolean;
  readonly definitions: readonly MeterDefinition[];
  readonly packets: { readonly packet: Packet; readonly color: number }[];
}

/** The way of a packet; a policy of one meter is a path of that meter. */
export function pathOf(
  policy: MeteringPolicy,
  { class: classIndex = 0 }: Packet,
): readonly Pick<PathEntry, "nodeId" | "policy">[] {
  if (policy.meter !== "classes") return [{ nodeId: 0, policy }];
  return policy.classes[Math.min(classIndex, policy.classes.length - 1)]!.path;
}

/** Key of the packet at this level of its path. */
export function keyAt({ key, nodeKeys }: Packet, level: number): bigint {
  return level === 0 ? key : nodeKeys![level - 1]!;
}

/** The packets by node and key. */
export function passagesOf(
  { policy, packets }: Pick<Trace, "policy" | "packets">,
  colors: readonly number[],
): Passage[] {
  const passages = new Map<string, Omit<Passage, "definitions"> & { definitions: Map<string, MeterDefinition> }>();
  for (const [index, packet] of ordered(packets).entries()) {
    const path = pathOf(policy, packet);
    for (const [level, entry] of path.entries()) {
      const id = `${entry.nodeId} ${keyAt(packet, level)}`;
      const isRoot = level === path.length - 1;
      const passage = passages.get(id) ?? { isRoot, definitions: new Map<string, MeterDefinition>(), packets: [] };
      passages.set(id, passage);
      passage.packets.push({ packet, color: colors[index]! });
      // Classes may fill a shared node to different thresholds.
      passage.definitions.set(thresholdText(entry.policy.definition), entry.policy.definition);
    }
  }
  return [...passages.values()].map(({ isRoot, definitions, packets: own }) => {
    return { isRoot, definitions: [...definitions.values()], packets: own };
  });
}

function thresholdText(definition: MeterDefinition): string {
  if (definition.kind !== "bucket") return "";
  const { num, den } = definition.bucket.threshold;
  return `${num}/${den}`;
}

/** How far the admitted packets go beyond a contract, as text; undefined when they keep it. */
export function breachOf({ packets }: Passage, contract: Contract): string | undefined {
  const bursts = new Burstiness(contract);
  let largest = 0n;
  for (const { packet, color } of packets) {
    if (color > contract.worst) continue;
    bursts.add(packet);
    const units = unitsOf(contract.costRule, packet.length);
    if (units > largest) largest = units;
  }
  // Checks without the own cost let the level pass the depth by one packet.
  const most = contract.check === "post" ? contract.burst : add(contract.burst, fraction(largest));
  if (atMost(bursts.highest, most)) return undefined;
  return `${bursts.highest.num}/${bursts.highest.den} at ${contract.ratePerSec.num}/${contract.ratePerSec.den}`;
}

/**
 * Where a bucket alone refused a packet that it could hold, what it admitted must have come near its burst: above
 * burst - L, L the largest packet that was refused. Undefined when it did.
 */
export function shortfallOf({ packets }: Passage, contract: Contract): string | undefined {
  const bursts = new Burstiness(contract);
  let largest = 0n;
  for (const { packet, color } of packets) {
    if (color < RED) bursts.add(packet);
    const units = unitsOf(contract.costRule, packet.length);
    const isRefusal = color === RED && atMost(fraction(units), contract.burst);
    if (isRefusal && units > largest) largest = units;
  }
  const hasRefused = packets.some(
    ({ packet, color }) => color === RED && atMost(fraction(unitsOf(contract.costRule, packet.length)), contract.burst),
  );
  if (!hasRefused || isBelow(subtract(contract.burst, fraction(largest)), bursts.highest)) return undefined;
  return `no more than ${bursts.highest.num}/${bursts.highest.den}`;
}

/** Everything that the colors of a trace break, as text. */
export function breachesOf(trace: Pick<Trace, "policy" | "packets">, colors: readonly number[]): string[] {
  const { policy } = trace;
  const isPlain = policy.meter !== "classes";
  const isBorrowing = policy.meter === "classes" && policy.charge === "borrow";
  return passagesOf(trace, colors).flatMap((passage) => {
    const all = passage.definitions.map((definition) =>
      isBorrowing ? borrowContractsOf(definition, passage.isRoot) : contractsOf(definition),
    );
    // The highest threshold bounds the level, the same for all contracts but of shared buckets.
    const contracts = all[0]!.map((contract, index) =>
      all.reduce((most, other) => (isBelow(most.burst, other[index]!.burst) ? other[index]! : most), contract),
    );
    return contracts.flatMap((contract) => {
      const beginsDrained = passage.definitions.every(beginsEmpty);
      const short = isPlain && contract.isOnly && beginsDrained ? shortfallOf(passage, contract) : undefined;
      return [breachOf(passage, contract), short].filter((text) => text !== undefined);
    });
  });
}

function beginsEmpty(definition: MeterDefinition): boolean {
  return definition.kind === "bucket" && definition.bucket.initialLevel.num === 0n;
}
