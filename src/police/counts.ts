/** What a run did to the packets of each color. */
import {
  COUNT_CE,
  COUNT_CHANGED,
  COUNT_CUT,
  COUNT_DROPPED_BYTES,
  COUNT_DROPPED_PACKETS,
  COUNT_DSCP,
  COUNT_NO_IP,
  COUNT_NO_TAG,
  COUNT_NOT_AF,
  COUNT_NOT_ECT_BYTES,
  COUNT_NOT_ECT_PACKETS,
  COUNT_TAG,
  COUNT_WORDS,
} from "../../assembly/abi/rewrite.ts";
import type { ColorActions, ColorName } from "../policies.ts";
import { COLOR_NAMES } from "../policies.ts";
import type { Count, MeterStats } from "../types.ts";
import type { Rewriter } from "./rewriter.ts";

export interface ColorCounts {
  readonly color: ColorName;
  /** As it is written. */
  readonly action: string;
  readonly total: Count;
  /** Written, as they were or marked. */
  readonly passed: Count;
  /** Left out by the action drop. */
  readonly dropped: Count;
  /** Left out, for the action ecn found them not ECN-capable. */
  readonly notEct: Count;
  /** Packets written with some bit changed, and what changed in them. */
  readonly changed: bigint;
  readonly dscp: bigint;
  readonly ce: bigint;
  readonly tag: bigint;
  /** Packets that an action had a mark for and could not have it, by the reason; written all the same. */
  readonly unmarked: {
    readonly noIp: bigint;
    readonly cut: bigint;
    readonly notAf: bigint;
    readonly noTag: bigint;
  };
}

function less(total: Count, ...parts: readonly Count[]): Count {
  return parts.reduce(
    (left, { packets, bytes }) => ({ packets: left.packets - packets, bytes: left.bytes - bytes }),
    total,
  );
}

/** By color; `stats` are the meter's. */
export function countsOf(rewriter: Rewriter, actions: ColorActions, stats: MeterStats): ColorCounts[] {
  return COLOR_NAMES.map((color) => {
    const count = (counter: number) => rewriter.count(color, counter, COUNT_WORDS);
    const dropped = { packets: count(COUNT_DROPPED_PACKETS), bytes: count(COUNT_DROPPED_BYTES) };
    const notEct = { packets: count(COUNT_NOT_ECT_PACKETS), bytes: count(COUNT_NOT_ECT_BYTES) };
    const total = stats[color];
    return {
      color,
      action: actions[color].text,
      total,
      passed: less(total, dropped, notEct),
      dropped,
      notEct,
      changed: count(COUNT_CHANGED),
      dscp: count(COUNT_DSCP),
      ce: count(COUNT_CE),
      tag: count(COUNT_TAG),
      unmarked: {
        noIp: count(COUNT_NO_IP),
        cut: count(COUNT_CUT),
        notAf: count(COUNT_NOT_AF),
        noTag: count(COUNT_NO_TAG),
      },
    };
  });
}
