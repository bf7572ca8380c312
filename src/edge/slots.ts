/** The slots of a table, whichever engine it is of: the layout is that of assembly/edge/table.ts and state.ts. */
import { STATE, STATE_TOUCHABLE } from "../../assembly/edge/abi.ts";
import { formOf } from "./layout.ts";
import type { Layout } from "./layout.ts";
import type { EdgeProfile } from "./profiles.ts";
import type { Views } from "./views.ts";

const BLOCKED = 2n ** 63n;
const NEVER = 2n ** 64n - 1n;

/** One taken slot. */
export interface TakenSlot {
  /** Index of its word among the 64-bit words of the whole memory. */
  word: number;
  /** Index of the first word of its state. */
  state: number;
  /** Index of its profile. */
  kind: number;
}

/** Which of its two forms a table has. */
export type Form = Pick<Layout, "isCompact">;

/**
 * Calls `visit` for every taken slot with one and the same object, in an order in which taking their words makes the same
 * table again (assembly/edge/table.ts). The table must not change its slots meanwhile.
 */
export function eachSlot({ bytes, words }: Views, layout: Layout, visit: (slot: TakenSlot) => void): void {
  const { isCompact, blocks, table, kinds } = layout;
  const { places, blockBytes, wordStep, stateAt, stateStep } = formOf(isCompact);
  const slot: TakenSlot = { word: 0, state: 0, kind: 0 };
  const isTaken = (block: number, place: number): boolean => {
    const at = (table + block * blockBytes) / 8;
    slot.word = at + wordStep * place;
    slot.state = at + stateAt + stateStep * place;
    slot.kind = kinds === 0 ? 0 : bytes[kinds + block * places + place]!;
    return words[2 * slot.word] !== 0 || words[2 * slot.word + 1] !== 0;
  };
  let first = 0;
  while (isTaken(first, places - 1)) first += 1;
  for (let count = 1; count <= blocks; count += 1) {
    for (let place = 0; place < places && isTaken((first + count) % blocks, place); place += 1) visit(slot);
  }
}

/** What a state says of its flow at some time. */
export interface FlowState {
  /** Levels of the buckets, drained to then. */
  levels: bigint[];
  /** An event counter's alarm is on. */
  isAlarmed: boolean;
  /** Ns for which it is blocked; null: for ever. */
  blockedNs: bigint | null;
}

/** Reads the state at `wides[state]` at the meter's time. */
export function readFlow(
  { isCompact }: Form,
  wides: BigUint64Array,
  state: number,
  of: EdgeProfile,
  nowNs: bigint,
): FlowState {
  const begun = wides[state]!;
  if (begun > (isCompact ? BLOCKED - 1n : nowNs)) {
    const blockedNs = begun === NEVER ? null : lowered(isCompact ? begun - BLOCKED : begun, nowNs);
    return { levels: of.buckets.map(() => 0n), isAlarmed: false, blockedNs };
  }
  const [first, second] = isCompact ? [begun, 0n] : [wides[state + 1]!, wides[state + 2]!];
  const levels = drained(of, first, second, isCompact ? nowNs : nowNs - begun);
  return { levels, isAlarmed: levels.length === 1 && second !== 0n, blockedNs: 0n };
}

/** Writes the state of a flow that is not blocked, at the meter's time. */
export function writeFlow(
  { isCompact }: Form,
  wides: BigUint64Array,
  state: number,
  of: EdgeProfile,
  nowNs: bigint,
  { levels: [first, second], isAlarmed }: FlowState,
): void {
  if (isCompact) wides[state] = nowNs * of.buckets[0]!.drainPerNs + first!;
  else wides.set([nowNs, first!, second ?? (isAlarmed ? 1n : 0n)], state);
}

/** Writes that a flow is blocked until the meter's time `untilNs` (null: for ever) and fresh from then on. */
export function writeBlock({ isCompact }: Form, wides: BigUint64Array, state: number, untilNs: bigint | null): void {
  if (isCompact) {
    wides[STATE / 8 + STATE_TOUCHABLE] = 0n;
    wides[state] = untilNs === null ? NEVER : BLOCKED | untilNs;
  } else wides.set([untilNs ?? NEVER, 0n, 0n], state);
}

function lowered(level: bigint, steps: bigint): bigint {
  return level > steps ? level - steps : 0n;
}

/** Levels of a slot's buckets `elapsedNs` later. */
function drained({ profile, buckets }: EdgeProfile, level0: bigint, level1: bigint, elapsedNs: bigint): bigint[] {
  const [drained0, drained1] = buckets.map(({ drainPerNs }) => drainPerNs * elapsedNs);
  const left0 = lowered(level0, drained0!);
  if (drained1 === undefined) return [left0];
  const passedOn = "isCoupled" in profile && profile.isCoupled ? lowered(drained0!, level0) : 0n;
  return [left0, lowered(level1, drained1 + passedOn)];
}
