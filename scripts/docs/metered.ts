/** Scenes on an engine: compiled policies, batches, and the columns that come back. */

import { compileClasses } from "../../src/policy/classes/compile.ts";
import type { ClassesInput } from "../../src/policy/classes/input.ts";
import { compilePolicy } from "../../src/policies.ts";
import type { PolicyInput } from "../../src/policies.ts";
import { createReferenceEngine } from "../../src/reference/meter.ts";
import type { ClassPolicy, Color, EngineOptions, MeterEngine, MeteringPolicy, Policy } from "../../src/types.ts";
import type { Levels } from "./drain.ts";
import type { ScenePacket } from "./scene.ts";

const NS_PER_MS = 1_000_000;
const NEVER = 2n ** 64n - 1n;

/** Makes an engine; pictures are drawn from the definitions themselves, tests also draw them from the others. */
export type CreateEngine = (options: EngineOptions) => MeterEngine;

/** What became of one packet. */
export interface Outcome {
  readonly timeNs: bigint;
  readonly packet: ScenePacket;
  readonly color: Color;
  readonly reason: number;
  /** Null: never. */
  readonly delayNs: bigint | null;
  /** After the packet. */
  readonly levels: Levels;
}

function isClasses(input: PolicyInput | ClassesInput): input is ClassesInput {
  return "classes" in input;
}

/** Compiles a policy of either kind. Throws ConfigError. */
export function compiled(input: PolicyInput | ClassesInput): MeteringPolicy {
  return isClasses(input) ? compileClasses(input) : compilePolicy(input);
}

/** Whole nanoseconds. */
export function nsOf(atMs: number): bigint {
  return BigInt(Math.round(atMs * NS_PER_MS));
}

function classIndexOf(policy: ClassPolicy, name: string | undefined): number {
  const index = policy.classes.findIndex((known) => known.name === name);
  if (index < 0) throw new RangeError(`no class ${name} in the scene's policy`);
  return index;
}

function wordsAt(column: Uint32Array, index: number): bigint {
  return (BigInt(column[2 * index + 1]!) << 32n) | BigInt(column[2 * index]!);
}

/** Meters the packets, all of one flow a class. */
export function metered(
  policy: Policy,
  packets: readonly ScenePacket[],
  createEngine: CreateEngine = createReferenceEngine,
): readonly Outcome[] {
  const options = { maxFlows: 64, secret: [1, 2, 3, 4], records: false, delays: true, levels: true } as const;
  const engine = createEngine({ policy, ...options });
  const { batch } = engine;
  if (packets.length > engine.batchPacketsMax) throw new RangeError("a scene is one batch");
  for (const [index, packet] of packets.entries()) {
    const timeNs = nsOf(packet.atMs);
    batch.time[2 * index] = Number(timeNs & 0xffff_ffffn);
    batch.time[2 * index + 1] = Number(timeNs >> 32n);
    batch.length[index] = packet.bytes;
    batch.colorIn[index] = packet.colorIn ?? 0;
    if (policy.meter === "classes") batch.class[index] = classIndexOf(policy, packet.class);
  }
  engine.run(packets.length);
  const { color, reason, delay, levels } = engine.batch;
  const [first, second] = levels;
  return packets.map((packet, index) => {
    const delayNs = wordsAt(delay, index);
    return {
      timeNs: nsOf(packet.atMs),
      packet,
      color: color[index] as Color,
      reason: reason[index]!,
      delayNs: delayNs === NEVER ? null : delayNs,
      levels: [wordsAt(first!, index), wordsAt(second!, index)],
    };
  });
}
