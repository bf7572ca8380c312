/** Writes policies, secret and counters into an engine's memory, as assembly/edge/abi.ts has them. */
import { CONFIG, PROFILE_BYTES, RULE_CHARGES0, RULE_CHARGES1 } from "../../assembly/abi.ts";
import {
  CALL_SLOTS_MAX,
  KEY_TEXT,
  POLICIES,
  POLICY_BYTES,
  POLICY_FIRST_SLOT,
  POLICY_SLOTS,
  PROFILE_CHARGES,
  PROFILE_DRAIN_PER_UNIT0,
  PROFILE_DRAIN_PER_UNIT1,
  PROFILE_HAS_INITIAL,
  PROFILE_LEVEL_MAX0,
  PROFILE_LEVEL_MAX1,
  PROFILES,
  RESULT,
  RESULT_KEY,
  ROUND_KEYS,
  ROUNDS,
  SLOTS_MAX,
  TWEAKS,
} from "../../assembly/edge/abi.ts";
import { writeProfile } from "../core/profile.ts";
import type { MeterProfile } from "../types.ts";
import type { EdgeEngine } from "./engine.ts";
import type { EdgeProfile } from "./profiles.ts";

/** Which slots a call under a policy goes through. */
export function writePolicy(engine: EdgeEngine, index: number, slots: readonly number[]): void {
  const bytes = new Uint8Array(engine.memory.buffer, POLICIES + index * POLICY_BYTES, POLICY_BYTES);
  bytes[POLICY_SLOTS] = slots.length;
  bytes.set(slots.slice(0, CALL_SLOTS_MAX), POLICY_FIRST_SLOT);
}

/** What the slot of this index runs. */
export function writeSlot(engine: EdgeEngine, index: number, { profile, buckets }: EdgeProfile): void {
  const { buffer } = engine.memory;
  const at = PROFILES + index * PROFILE_BYTES;
  new Uint8Array(buffer, at, PROFILE_BYTES).fill(0);
  writeProfile(buffer, at, profile);
  const words = new BigUint64Array(buffer, at, PROFILE_BYTES / 8);
  const [first, second] = buckets;
  words[PROFILE_DRAIN_PER_UNIT0 / 8] = first!.drainPerUnit;
  words[PROFILE_DRAIN_PER_UNIT1 / 8] = second?.drainPerUnit ?? 0n;
  words[PROFILE_LEVEL_MAX0 / 8] = first!.levelMax;
  words[PROFILE_LEVEL_MAX1 / 8] = second?.levelMax ?? 0n;
  words[PROFILE_HAS_INITIAL / 8] = buckets.some(({ initialLevel }) => initialLevel !== 0n) ? 1n : 0n;
  new Uint8Array(buffer, at + PROFILE_CHARGES, 3).set([0, 1, 2].map((color) => chargedAt(profile, color)));
  engine.profileChanged(index);
}

/** Rules of calls that arrive green, then yellow: both buckets fit, the first alone, the second alone. */
const RULE_ORDER = [3, 2, 1, 7, 6, 5];

/** Buckets that a call of this color is charged to, as the first rule has it that gives it; 0: none, or it never is. */
export function chargedAt(profile: MeterProfile, color: number): number {
  if (profile.kernel === "one-bucket") return color === 0 ? RULE_CHARGES0 : 0;
  if (profile.kernel !== "two-buckets") return color === 1 ? 0 : RULE_CHARGES0;
  const rule = RULE_ORDER.map((index) => profile.rules[index]!).find((candidate) => candidate.color === color);
  if (rule === undefined || color === 2) return 0;
  return (rule.charges[0] ? RULE_CHARGES0 : 0) | (rule.charges[1] ? RULE_CHARGES1 : 0);
}

/**
 * Writes the secret and what follows from it: the round keys of the permutation and the tweaks of slots, drawn from the
 * keyed hash of a counter. Keys of 32 bits leave the upper half to the slot's index, and 0 is the word of none of them.
 */
export function writeSecret(engine: EdgeEngine, seed: readonly number[], isSmall: boolean): void {
  const { buffer } = engine.memory;
  new Uint32Array(buffer, CONFIG, 4).set(seed);
  const draw = drawer(engine);
  const rounds = new Uint32Array(buffer, ROUNDS, ROUND_KEYS);
  const tweaks = new Uint32Array(buffer, TWEAKS, 2 * SLOTS_MAX);
  for (let index = 0; index < 2 * SLOTS_MAX; index += 1) {
    tweaks[index] = isSmall ? (index & 1) * (index >>> 1) : draw();
  }
  do {
    // Multipliers are odd, or they would not be permutations of 32 bits.
    for (let index = 0; index < ROUND_KEYS; index += 1) rounds[index] = draw() | (index % 3 === 0 ? 0 : 1);
  } while (isSmall && keyOfWord(rounds, 0, 0).hi < SLOTS_MAX);
}

function drawer(engine: EdgeEngine): () => number {
  const text = new Uint32Array(engine.memory.buffer, KEY_TEXT, 1);
  const result = new Uint32Array(engine.memory.buffer, RESULT + 8 * RESULT_KEY, 1);
  let counter = 0;
  return () => {
    text[0] = counter++;
    engine.functions.identify(4);
    return result[0]!;
  };
}

/** The key (before its tweak) of a word: the rounds of assembly/edge/word.ts backwards. */
export function keyOfWord(rounds: Uint32Array, lo: number, hi: number): { lo: number; hi: number } {
  const high = hi ^ scrambled(rounds, lo, 6);
  const low = lo ^ scrambled(rounds, high, 3);
  return { lo: low >>> 0, hi: (high ^ scrambled(rounds, low, 0)) >>> 0 };
}

/** The round function. */
export function scrambled(rounds: Uint32Array, half: number, round: number): number {
  let mixed = Math.imul(half ^ rounds[round]!, rounds[round + 1]!);
  mixed = Math.imul(mixed ^ (mixed >>> 15), rounds[round + 2]!);
  return mixed ^ (mixed >>> 16);
}
