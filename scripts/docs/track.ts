/** One panel of a scene as what is to be drawn: the level's line and a mark for each packet. */

import type {
  BucketProfile,
  ClassPolicy,
  Color,
  CompiledPolicy,
  Cost,
  MeterProfile,
  MeteringPolicy,
} from "../../src/types.ts";
import { shortLevelText } from "../../src/see/axis.ts";
import { cornersNs, drainedLevels, type Levels } from "./drain.ts";
import { compiled, type CreateEngine, metered, type Outcome } from "./metered.ts";
import type { Panel, Scene, ScenePacket } from "./scene.ts";

/** A place in the picture by its meaning: ns, and units of the bucket. */
export interface Point {
  readonly timeNs: number;
  readonly level: number;
}

/** One packet. */
export interface Mark extends Point {
  readonly color: Color;
  /** It was added to this bucket; else the mark stands where the level would have been with it. */
  readonly isCharged: boolean;
  /** What stands beside it. */
  readonly text?: string;
}

export interface Track {
  readonly label: string;
  readonly cost: Cost;
  readonly limits: readonly { readonly level: number; readonly text: string }[];
  /** Falls between packets, steps up at them. */
  readonly line: readonly Point[];
  readonly marks: readonly Mark[];
}

/** A look at the bucket, after `packet` unless it was a probe. */
interface Look {
  readonly seen: Outcome;
  readonly packet: Outcome | undefined;
}

/** The policy that a panel's bucket is of. */
function nodeOf(policy: MeteringPolicy, { node }: Panel): CompiledPolicy {
  if (policy.meter !== "classes") return policy;
  const entry = policy.classes.flatMap(({ path }) => path).find(({ name }) => name === node);
  if (entry === undefined) throw new RangeError(`no node ${node} in the scene's policy`);
  return entry.policy;
}

/** The class whose leaf the node is: a packet of it shows the node's level. */
function probeClassOf(policy: ClassPolicy, { node }: Panel): string {
  const found = policy.classes.find(({ path }) => path[0]?.name === node);
  if (found === undefined) throw new RangeError(`a scene needs a class that begins at ${node}`);
  return found.name;
}

function goesThrough(policy: ClassPolicy, { class: name }: ScenePacket, { node }: Panel): boolean {
  return policy.classes.some((known) => known.name === name && known.path.some((entry) => entry.name === node));
}

/**
 * Every packet with the levels after it. Under a policy of classes the level columns are those of the packet's own
 * leaf, so each packet is followed by one of length 0, which costs nothing, from a class that begins at the node.
 */
function looksAt(
  policy: MeteringPolicy,
  panel: Panel,
  scene: Scene,
  createEngine: CreateEngine | undefined,
): readonly Look[] {
  if (policy.meter !== "classes") {
    return metered(policy, scene.packets, createEngine).map((seen) => ({ seen, packet: seen }));
  }
  const name = probeClassOf(policy, panel);
  const probe = (atMs: number): ScenePacket => ({ atMs, bytes: 0, class: name });
  const gridMs = scene.gridMs ?? scene.untilMs;
  const grid = Array.from({ length: Math.floor(scene.untilMs / gridMs) + 1 }, (_, index) => probe(index * gridMs));
  const followed = scene.packets.flatMap((packet) => [packet, probe(packet.atMs)]);
  // Those of the grid come first among equals: they show the level before the packets.
  const outcomes = metered(
    policy,
    [...grid, ...followed].toSorted((a, b) => a.atMs - b.atMs),
    createEngine,
  );
  return outcomes.flatMap((seen, index) => {
    if (seen.packet.bytes > 0) return [];
    const last = outcomes[index - 1];
    const isOfPacket = last !== undefined && last.packet.bytes > 0 && goesThrough(policy, last.packet, panel);
    return [{ seen, packet: isOfPacket ? last : undefined }];
  });
}

function unitsOf({ costRule }: BucketProfile, { bytes }: ScenePacket): number {
  const { cost, overheadBytes, minLengthBytes } = costRule;
  return cost === "packets" ? 1 : Math.max(bytes + overheadBytes, minLengthBytes, 0);
}

/** Follows one bucket from look to look. */
class Drawing {
  readonly line: Point[] = [];
  readonly marks: Mark[] = [];
  readonly #profile: MeterProfile;
  readonly #bucket: 0 | 1;
  readonly #asked: readonly Color[];
  readonly #namesClasses: boolean;
  readonly #scale: number;
  #lastNs = 0n;
  #levels: Levels;

  constructor(profile: MeterProfile, { bucket = 0, asked = [0, 1, 2], namesClasses = false }: Panel) {
    const [first, second] = profile.buckets;
    this.#profile = profile;
    this.#bucket = bucket;
    this.#asked = asked;
    this.#namesClasses = namesClasses;
    this.#scale = Number((profile.buckets[bucket] ?? first).levelPerUnit);
    this.#levels = [first.initialLevel, second?.initialLevel ?? 0n];
    this.#add(0, this.#levels[bucket]);
  }

  look({ seen: { timeNs, levels }, packet }: Look): void {
    const before = this.#fallTo(timeNs, levels);
    const after = levels[this.#bucket];
    this.#add(Number(timeNs), after);
    this.#levels = levels;
    if (packet === undefined || !this.#asked.includes(packet.color)) return;
    const isCharged = after !== before;
    const units = unitsOf(this.#profile.buckets[this.#bucket]!, packet.packet);
    const level = Number(isCharged ? after : before) / this.#scale + (isCharged ? 0 : units);
    const name = packet.packet.class;
    const text = this.#namesClasses && name !== undefined ? { text: name } : {};
    this.marks.push({ timeNs: Number(timeNs), level, color: packet.color, isCharged, ...text });
  }

  /** Draws the fall to this time, and answers the level there. */
  #fallTo(timeNs: bigint, seen: Levels): bigint {
    const elapsedNs = timeNs - this.#lastNs;
    const startNs = Number(this.#lastNs);
    this.#lastNs = timeNs;
    // What a weighted flow drains depends on the others, so it is looked at instead.
    const isWeighted = this.#profile.kernel === "weighted";
    const falling = elapsedNs === 0n ? this.#levels : isWeighted ? seen : undefined;
    const before = falling ?? drainedLevels(this.#profile, this.#levels, elapsedNs);
    if (!isWeighted) {
      for (const cornerNs of cornersNs(this.#profile, this.#levels, this.#bucket)) {
        if (cornerNs <= 0 || cornerNs >= Number(elapsedNs)) continue;
        const at = drainedLevels(this.#profile, this.#levels, BigInt(Math.ceil(cornerNs)));
        this.#add(startNs + cornerNs, at[this.#bucket]);
      }
    }
    this.#add(Number(timeNs), before[this.#bucket]);
    return before[this.#bucket];
  }

  end(timeNs: bigint): void {
    if (timeNs > this.#lastNs && this.#profile.kernel !== "weighted") this.#fallTo(timeNs, this.#levels);
  }

  #add(timeNs: number, level: bigint): void {
    this.line.push({ timeNs, level: Number(level) / this.#scale });
  }
}

/** What a panel shows, from an engine's colors and levels. */
export function trackOf(scene: Scene, panel: Panel, createEngine?: CreateEngine): Track {
  const policy = compiled(panel.policy);
  const [profile] = nodeOf(policy, panel).profiles;
  const bucket = profile?.buckets[panel.bucket ?? 0];
  if (profile === undefined || bucket === undefined) throw new RangeError(`panel "${panel.label}" has no such bucket`);
  const drawing = new Drawing(profile, panel);
  for (const look of looksAt(policy, panel, scene, createEngine)) drawing.look(look);
  drawing.end(BigInt(scene.untilMs) * 1_000_000n);
  const { cost } = bucket.costRule;
  const depth = Number(bucket.depthLevel) / Number(bucket.levelPerUnit);
  const limits = panel.limits ?? [{ level: depth, text: `depth ${shortLevelText(cost, depth)}` }];
  return { label: panel.label, cost, limits, line: withoutMiddles(drawing.line), marks: drawing.marks };
}

/** The line without points that lie on the way between their neighbors. */
function withoutMiddles(line: readonly Point[]): readonly Point[] {
  const kept: Point[] = [];
  for (const [index, point] of line.entries()) {
    const [last, next] = [kept.at(-1), line[index + 1]];
    if (last !== undefined && next !== undefined && isBetween(last, point, next)) continue;
    kept.push(point);
  }
  return kept;
}

/** Relative to the sizes at hand: far below what a picture shows. */
const FLAT = 1e-6;

function isBetween(a: Point, b: Point, c: Point): boolean {
  const [toB, toC] = [b.timeNs - a.timeNs, c.timeNs - a.timeNs];
  if (toC === 0) return b.level === a.level || b.level === c.level;
  const expected = a.level + ((c.level - a.level) * toB) / toC;
  return Math.abs(expected - b.level) <= FLAT * Math.max(1, Math.abs(a.level), Math.abs(c.level));
}
