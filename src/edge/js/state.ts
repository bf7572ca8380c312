/** The state of a flow as it lies in the table, on integers of any size. Twin of assembly/edge/state.ts. */
import { STATE, STATE_TOUCHABLE } from "../../../assembly/edge/abi.ts";
import type { Entry } from "../../engine-js/exact/slotprogram.ts";
import type { EdgeProfile } from "../profiles.ts";
import { writeFlow, type Form } from "../slots.ts";
import type { Views } from "../views.ts";

const BLOCKED = 2n ** 63n;
const NEVER = 2n ** 64n - 1n;

/** A table and the memory that it is in. States are told by the index of their first 32-bit word. */
type States = Form & Pick<Views, "wides">;

/** A state drained to now, and for how long it is blocked (null: for ever). */
export interface Held {
  readonly entry: Entry;
  readonly blockedNs: bigint | null;
}

/** Reads a state, drained to the meter's time. */
export function readHeld({ isCompact, wides }: States, state: number, of: EdgeProfile, nowNs: bigint): Held {
  const begun = wides[state / 2]!;
  const entry = { lastNs: nowNs, level0: 0n, level1: 0n, isAlarmed: false, share: null };
  if (begun > (isCompact ? BLOCKED - 1n : nowNs)) {
    return { entry, blockedNs: begun === NEVER ? null : lowered(isCompact ? begun - BLOCKED : begun, nowNs) };
  }
  const [first, second] = isCompact ? [begun, 0n] : [wides[state / 2 + 1]!, wides[state / 2 + 2]!];
  const [level0, level1] = drained(of, first, second, isCompact ? nowNs : nowNs - begun);
  const isAlarmed = of.buckets.length === 1 && second !== 0n;
  return { entry: { ...entry, level0, level1, isAlarmed }, blockedNs: 0n };
}

/** Writes back an entry that is not blocked. */
export function writeHeld(states: States, state: number, of: EdgeProfile, entry: Entry): void {
  const { lastNs, level0, level1, isAlarmed } = entry;
  const second = of.buckets.length > 1 ? level1 : isAlarmed ? 1n : 0n;
  writeFlow(states, states.wides, state / 2, of, lastNs, [level0, second]);
}

/** Writes that a flow is blocked until the meter's time `untilNs` (null: for ever) and fresh from then on. */
export function writeBlock({ isCompact, wides }: States, state: number, untilNs: bigint | null): void {
  if (isCompact) {
    wides[STATE / 8 + STATE_TOUCHABLE] = 0n;
    wides[state / 2] = untilNs === null ? NEVER : BLOCKED | untilNs;
  } else wides.set([untilNs ?? NEVER, 0n, 0n], state / 2);
}

function lowered(level: bigint, steps: bigint): bigint {
  return level > steps ? level - steps : 0n;
}

/** Levels of a slot's buckets `elapsedNs` later; of one bucket the second is 0. */
function drained(of: EdgeProfile, level0: bigint, level1: bigint, elapsedNs: bigint): readonly [bigint, bigint] {
  const { profile, buckets } = of;
  const [drained0, drained1] = buckets.map(({ drainPerNs }) => drainPerNs * elapsedNs);
  const left0 = lowered(level0, drained0!);
  if (drained1 === undefined) return [left0, 0n];
  const passedOn = profile.kernel === "two-buckets" && profile.isCoupled ? lowered(drained0!, level0) : 0n;
  return [left0, lowered(level1, drained1 + passedOn)];
}
