/** The slots of a table, whichever engine it is of: the layout is that of assembly/edge/table.ts and state.ts. */
import { STATE, STATE_TOUCHABLE } from "../../assembly/edge/abi.ts";
import type { EdgeEngine } from "./engine.ts";
import { blockBytes, slotsPerBlock, stateBytes, wordsBytes } from "./layout.ts";
import type { Layout } from "./layout.ts";
import type { EdgeProfile } from "./profiles.ts";

const BLOCKED = 2n ** 63n;
const NEVER = 2n ** 64n - 1n;

/** One taken slot: indexes of 32-bit words in the whole memory. */
export interface TakenSlot {
  /** Index of its word's low half; the high half follows. */
  word: number;
  /** Index of its state. */
  state: number;
  /** Index of its profile. */
  kind: number;
}

/** Which of its two forms a table has. */
export type Form = Pick<Layout, "isCompact">;

/** 32-bit words of a slot's state. */
export function stateWords({ isCompact }: Form): number {
  return stateBytes(isCompact) / 4;
}

/**
 * Calls `visit` for every taken slot with one and the same object, in an order in which taking their words makes the same
 * table again (assembly/edge/table.ts). The table must not change its slots meanwhile.
 */
export function eachSlot(
  engine: EdgeEngine,
  layout: Layout,
  visit: (slot: TakenSlot, words: Uint32Array) => void,
): void {
  const { buffer } = engine.memory;
  const { isCompact, blocks, table, kinds: kindsAt } = layout;
  const words = new Uint32Array(buffer);
  const kinds = kindsAt === 0 ? undefined : new Uint8Array(buffer, kindsAt);
  const slot: TakenSlot = { word: 0, state: 0, kind: 0 };
  const places = slotsPerBlock(isCompact);
  const blockWords = blockBytes(isCompact) / 4;
  const isTaken = (word: number) => words[word] !== 0 || words[word + 1] !== 0;
  let first = 0;
  while (isTaken(table / 4 + first * blockWords + 2 * (places - 1))) first += 1;
  for (let count = 1; count <= blocks; count += 1) {
    const block = (first + count) % blocks;
    const at = table / 4 + block * blockWords;
    for (let index = 0; index < places; index += 1) {
      slot.word = at + 2 * index;
      if (!isTaken(slot.word)) break;
      slot.state = at + (wordsBytes(isCompact) + stateBytes(isCompact) * index) / 4;
      slot.kind = kinds === undefined ? 0 : kinds[block * places + index]!;
      visit(slot, words);
    }
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

/** Reads a state at the meter's time. */
export function readFlow(layout: Form, words: Uint32Array, state: number, of: EdgeProfile, nowNs: bigint): FlowState {
  const [first, second] = of.buckets;
  const fresh = of.buckets.map(() => 0n);
  const begun = wide(words, state);
  if (layout.isCompact) {
    if (begun >= BLOCKED) {
      const blockedNs = begun === NEVER ? null : lowered(begun - BLOCKED, nowNs);
      return { levels: fresh, isAlarmed: false, blockedNs };
    }
    return { levels: [lowered(begun, nowNs * first!.drainPerNs)], isAlarmed: false, blockedNs: 0n };
  }
  if (begun > nowNs) {
    return { levels: fresh, isAlarmed: false, blockedNs: begun === NEVER ? null : begun - nowNs };
  }
  const levels = [wide(words, state + 2), wide(words, state + 4)].slice(0, of.buckets.length);
  const isAlarmed = second === undefined && wide(words, state + 4) !== 0n;
  return { levels: drained(of, levels, nowNs - begun), isAlarmed, blockedNs: 0n };
}

/** Writes the state of a flow that is not blocked, at the meter's time. */
export function writeFlow(
  layout: Form,
  words: Uint32Array,
  state: number,
  of: EdgeProfile,
  nowNs: bigint,
  { levels, isAlarmed }: FlowState,
): void {
  if (layout.isCompact) {
    putWide(words, state, nowNs * of.buckets[0]!.drainPerNs + levels[0]!);
    return;
  }
  putWide(words, state, nowNs);
  putWide(words, state + 2, levels[0]!);
  putWide(words, state + 4, levels[1] ?? (isAlarmed ? 1n : 0n));
}

/** Writes that a flow is blocked until the meter's time `untilNs` (null: for ever) and fresh from then on. */
export function writeBlock({ isCompact }: Form, words: Uint32Array, state: number, untilNs: bigint | null): void {
  if (isCompact) {
    words[(STATE >>> 2) + 2 * STATE_TOUCHABLE] = 0;
    putWide(words, state, untilNs === null ? NEVER : BLOCKED | untilNs);
    return;
  }
  putWide(words, state, untilNs ?? NEVER);
  putWide(words, state + 2, 0n);
  putWide(words, state + 4, 0n);
}

function lowered(level: bigint, steps: bigint): bigint {
  return level > steps ? level - steps : 0n;
}

/** Levels of a slot's buckets `elapsedNs` later. */
function drained({ profile, buckets }: EdgeProfile, levels: readonly bigint[], elapsedNs: bigint): bigint[] {
  const [first, second] = buckets;
  const drained0 = first!.drainPerNs * elapsedNs;
  const level0 = lowered(levels[0]!, drained0);
  if (second === undefined) return [level0];
  const passedOn = profile.kernel === "two-buckets" && profile.isCoupled ? lowered(drained0, levels[0]!) : 0n;
  return [level0, lowered(levels[1]!, second.drainPerNs * elapsedNs + passedOn)];
}

/** The 64-bit value of two words. */
export function wide(words: Uint32Array, index: number): bigint {
  return (BigInt(words[index + 1]!) << 32n) | BigInt(words[index]!);
}

export function putWide(words: Uint32Array, index: number, value: bigint): void {
  words[index] = Number(value & 0xffff_ffffn);
  words[index + 1] = Number((value >> 32n) & 0xffff_ffffn);
}
