/** A small trace and what is shown of it: the source of one picture, and of the table that says the same in numbers. */

import type { ClassesInput } from "../../src/policy/classes/input.ts";
import type { PolicyInput } from "../../src/policies.ts";
import type { Color } from "../../src/types.ts";

export interface ScenePacket {
  readonly atMs: number;
  readonly bytes: number;
  readonly colorIn?: Color;
  /** Name of its class, under a policy of classes. */
  readonly class?: string;
}

/** One bucket over time. */
export interface Panel {
  readonly label: string;
  readonly policy: PolicyInput | ClassesInput;
  /** Names the policy in the table of a scene that has several. */
  readonly run?: string;
  /** 0 is the first bucket of the meter. */
  readonly bucket?: 0 | 1;
  /** Under a policy of classes: the class or node whose bucket it is. Without: the meter of the policy. */
  readonly node?: string;
  /** Colors whose packets the bucket is asked about; default all. */
  readonly asked?: readonly Color[];
  /** Writes each packet's class beside it. */
  readonly namesClasses?: boolean;
  /** Levels with a line of their own, in units; default the depth. */
  readonly limits?: readonly { readonly level: number; readonly text: string }[];
}

export interface Scene {
  readonly name: string;
  /** What the picture shows, for those who cannot see it. */
  readonly alt: string;
  readonly untilMs: number;
  readonly packets: readonly ScenePacket[];
  readonly panels: readonly Panel[];
  /** Of a weighted group: how far apart its levels are asked for; their lines have corners nowhere else. */
  readonly gridMs?: number;
}

/** `count` packets of the same length at one time. */
export function burst(count: number, atMs: number, bytes: number, rest: Partial<ScenePacket> = {}): ScenePacket[] {
  return Array.from({ length: count }, () => ({ atMs, bytes, ...rest }));
}
