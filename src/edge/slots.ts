/** The taken slots of a meter's table, whichever engine it is of, as the engine's `nextSlot` tells them. */
import {
  RESULT,
  RESULT_BLOCKED,
  RESULT_KEY,
  RESULT_KIND,
  RESULT_LEVELS,
  RESULT_SLOT,
} from "../../assembly/edge/abi.ts";
import type { EdgeEngine } from "./engine.ts";
import type { Layout } from "./layout.ts";
import type { EdgeProfile } from "./profiles.ts";
import type { Views } from "./views.ts";

const NEVER = 2n ** 64n - 1n;
const RESULT_AT = RESULT >>> 3;
const SLOT_AT = 2 * (RESULT_AT + RESULT_SLOT);

/**
 * Of a taken slot: the index of its profile, and of its state and its word among the 64-bit words of the whole memory.
 */
export type SlotVisitor = (kind: number, state: number, word: number) => void;

/** Which of its two forms a table has. */
export type Form = Pick<Layout, "isCompact">;

interface Memory {
  readonly engine: EdgeEngine;
  readonly views: Views;
}

/**
 * Calls `visit` for every taken slot, in an order in which taking their words makes the same table again
 * (assembly/edge/table.ts). The table must not change its slots meanwhile.
 */
export function eachSlot({ engine, views }: Memory, visit: SlotVisitor): void {
  const { functions } = engine;
  const { words } = views;
  for (let has = functions.nextSlot(1); has !== 0; has = functions.nextSlot(0)) {
    visit(words[2 * (RESULT_AT + RESULT_KIND)]!, words[SLOT_AT + 1]! >>> 3, words[SLOT_AT]! >>> 3);
  }
}

/** What a slot says of its flow at the newest time. */
export interface Flow {
  readonly key: bigint;
  /** Of two buckets, drained to then; the second of an event counter: 1 while its alarm is on. */
  readonly levels: readonly [bigint, bigint];
  /** Ns for which it is blocked; null: for ever. */
  readonly blockedNs: bigint | null;
}

/** The flow of the slot that is visited. */
export function visitedFlow({ wides }: Views): Flow {
  const at = RESULT_AT + RESULT_LEVELS;
  const blockedNs = wides[RESULT_AT + RESULT_BLOCKED]!;
  return {
    key: wides[RESULT_AT + RESULT_KEY]!,
    levels: [wides[at]!, wides[at + 1]!],
    blockedNs: blockedNs === NEVER ? null : blockedNs,
  };
}

/** Writes the state at `wides[state]` of a flow that is not blocked, at the meter's time. */
export function writeFlow(
  { isCompact }: Form,
  wides: BigUint64Array,
  state: number,
  of: EdgeProfile,
  nowNs: bigint,
  [first, second]: Flow["levels"],
): void {
  if (isCompact) wides[state] = nowNs * of.buckets[0]!.drainPerNs + first;
  else wides.set([nowNs, first, second], state);
}
