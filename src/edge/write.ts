/** Writes policies, secret and counters into an engine's memory, as assembly/edge/abi.ts has them. */
import { CONFIG, PROFILE_BYTES } from "../../assembly/abi.ts";
import {
  CALL_SLOTS_MAX,
  FAST,
  FAST_BYTES,
  FAST_DRAIN,
  FAST_DRAIN_DOUBLE,
  FAST_DRAIN_PER_UNIT,
  FAST_LINES,
  FAST_TEST,
  FAST_TWEAK,
  FAST_UNIT,
  FAST_UNITS_MAX,
  KEY_TEXT,
  MULTIPLIERS,
  POLICIES,
  POLICY_BYTES,
  POLICY_FIRST_SLOT,
  POLICY_SLOTS,
  PROFILE_CHARGES,
  PROFILE_HAS_INITIAL,
  PROFILE_LEVEL_MAX0,
  PROFILE_LEVEL_MAX1,
  PROFILES,
  RESULT,
  RESULT_KEY,
  SLOTS_MAX,
  STATE,
  STATE_CLOCK_END,
  STATE_FLOWS_MAX,
  STATE_STEP,
  STATE_TIME_END,
  STATE_TOUCHABLE,
  STATE_UNIT,
  STATE_WORDS,
  TICK_BITS,
  TOUCH_BITS,
  TOUCH_DRAIN_MAX,
  TWEAKS,
} from "../../assembly/edge/abi.ts";
import { writeProfile } from "../core/profile.ts";
import { chargedAt } from "./charged.ts";
import type { EdgeEngine } from "./engine.ts";
import { clockEndOf, type Layout } from "./layout.ts";
import type { Settings } from "./options.ts";
import type { EdgePolicy, EdgeProfile } from "./profiles.ts";
import type { Times } from "./time.ts";

/** Writes what follows from the settings alone. */
export function writeState(
  engine: EdgeEngine,
  { clockStep, maxFlows }: Settings,
  { unitNs, end }: Times,
  isCompact: boolean,
): void {
  const state = new BigUint64Array(engine.memory.buffer, STATE, STATE_WORDS);
  const stepNs = clockStep * unitNs;
  state[STATE_STEP] = stepNs < 2 ** 63 ? BigInt(Math.floor(stepNs)) : 2n ** 64n - 1n;
  state[STATE_FLOWS_MAX] = BigInt(maxFlows);
  state[STATE_UNIT] = BigInt(unitNs);
  state[STATE_TOUCHABLE] = isCompact ? 1n : 0n;
  new Float64Array(state.buffer, STATE, STATE_WORDS)[STATE_TIME_END] = end;
}

/** Writes where the clock begins anew under these policies, and whether their states leave top bytes at 0, as up to now. */
export function writeClockEnd(engine: EdgeEngine, isCompact: boolean, policies: readonly EdgePolicy[]): void {
  const buckets = policies.flatMap(({ slots }) => slots.map((slot) => slot.buckets[0]!));
  const drains = buckets.map(({ drainPerNs }) => drainPerNs);
  const isLow = buckets.every(({ levelMax }) => levelMax <= 1n << BigInt(TOUCH_BITS));
  const state = new BigUint64Array(engine.memory.buffer, STATE, STATE_WORDS);
  if (!isLow || drains.some((drain) => drain > BigInt(TOUCH_DRAIN_MAX))) state[STATE_TOUCHABLE] = 0n;
  state[STATE_CLOCK_END] = clockEndOf(isCompact, drains, state[STATE_TOUCHABLE] === 0n ? TICK_BITS : TOUCH_BITS);
}

/** Which slots a call under a policy goes through. */
export function writePolicy(engine: EdgeEngine, index: number, slots: readonly number[]): void {
  const bytes = new Uint8Array(engine.memory.buffer, POLICIES + index * POLICY_BYTES, POLICY_BYTES);
  bytes[POLICY_SLOTS] = slots.length;
  bytes.set(slots.slice(0, CALL_SLOTS_MAX), POLICY_FIRST_SLOT);
}

/** What the slot of this index runs. */
export function writeSlot(engine: EdgeEngine, index: number, of: EdgeProfile): void {
  const { profile, buckets } = of;
  const { buffer } = engine.memory;
  const at = PROFILES + index * PROFILE_BYTES;
  new Uint8Array(buffer, at, PROFILE_BYTES).fill(0);
  writeProfile(buffer, at, profile);
  const words = new BigUint64Array(buffer, at, PROFILE_BYTES / 8);
  const [first, second] = buckets;
  words[PROFILE_LEVEL_MAX0 / 8] = first!.levelMax;
  words[PROFILE_LEVEL_MAX1 / 8] = second?.levelMax ?? 0n;
  words[PROFILE_HAS_INITIAL / 8] = buckets.some(({ initialLevel }) => initialLevel !== 0n) ? 1n : 0n;
  new Uint8Array(buffer, at + PROFILE_CHARGES, 3).set([0, 1, 2].map((color) => chargedAt(profile, color)));
  engine.setProfile(index, of);
}

/** The fast way of calls under a policy whose only slot runs this; undefined: it has none. Answers whether it has. */
export function writeFast(
  engine: EdgeEngine,
  layout: Layout,
  policy: number,
  slot: number,
  of: EdgeProfile | undefined,
): boolean {
  const { buffer } = engine.memory;
  const words = new BigUint64Array(buffer, FAST + policy * FAST_BYTES, FAST_BYTES / 8);
  words.fill(0n);
  if (of === undefined || !layout.isCompact || !hasFastWay(of)) return false;
  const { drainPerNs, levelPerUnit, testLevel, unitsMax, drainPerUnit } = of.buckets[0]!;
  words[FAST_TWEAK / 8] = new BigUint64Array(buffer, TWEAKS, SLOTS_MAX)[slot]!;
  words[FAST_DRAIN / 8] = drainPerNs;
  words[FAST_UNIT / 8] = levelPerUnit;
  words[FAST_TEST / 8] = testLevel;
  words[FAST_UNITS_MAX / 8] = unitsMax;
  words[FAST_DRAIN_PER_UNIT / 8] = drainPerUnit;
  const at = FAST + policy * FAST_BYTES;
  new Uint32Array(buffer, at + FAST_LINES, 2).set([layout.blocks, layout.table]);
  if (isQuick(of)) new Float64Array(buffer, at + FAST_DRAIN_DOUBLE, 1)[0] = Number(drainPerUnit);
  return true;
}

/** True where the engines' shortest way does: levels are exact in doubles, and costs in 31 bits. */
export function isQuick({ isNarrow, buckets: [bucket] }: EdgeProfile): boolean {
  return isNarrow && bucket!.unitsMax < 2n ** 31n;
}

const WHOLE_END = 2n ** 53n;

/** True where the cost is what the call says, and all of it counts in the test. */
function hasFastWay({ isCompact, buckets: [bucket] }: EdgeProfile): boolean {
  const { testLevel, levelPerUnit, drainPerUnit, testsOwnCost, costRule } = bucket!;
  const { cost, overheadBytes, minLengthBytes } = costRule;
  const isPlain = testsOwnCost && cost === "bytes" && overheadBytes === 0 && minLengthBytes <= 0;
  // What is left and the time until all is forgotten are whole doubles.
  const isShort = testLevel < WHOLE_END * levelPerUnit && testLevel < WHOLE_END * drainPerUnit;
  return isCompact && isPlain && isShort;
}

/**
 * Writes the secret and what follows from it: the multipliers of the permutation, and what tells the slots of one key
 * apart, drawn from the keyed hash of a counter. For keys of 32 bits that is the slot's index in the upper half, under
 * bits that keep it from being 0 together with any key.
 */
export function writeSecret(engine: EdgeEngine, seed: readonly number[], isSmall: boolean): void {
  const { buffer } = engine.memory;
  new Uint32Array(buffer, CONFIG, 4).set(seed);
  const draw = drawer(engine);
  const tweaks = new BigUint64Array(buffer, TWEAKS, SLOTS_MAX);
  const common = draw() | SMALL_MARK;
  for (let slot = 0; slot < SLOTS_MAX; slot += 1) tweaks[slot] = isSmall ? common ^ (BigInt(slot) << 32n) : draw();
  // Odd, or they would not be permutations.
  new BigUint64Array(buffer, MULTIPLIERS, 2).set([draw() | 1n, draw() | 1n]);
}

/** Above every key of 32 bits and every slot's index. */
const SMALL_MARK = 2n ** 63n;

/** 64 bits after 64 bits. */
function drawer(engine: EdgeEngine): () => bigint {
  const text = new Uint32Array(engine.memory.buffer, KEY_TEXT, 1);
  const result = new BigUint64Array(engine.memory.buffer, RESULT + 8 * RESULT_KEY, 1);
  let counter = 0;
  return () => {
    text[0] = counter++;
    engine.functions.identify(4);
    return result[0]!;
  };
}

/** The keys of a meter's words: the permutation of assembly/edge/word.ts backwards. */
export class Unword {
  readonly #tweaks: BigUint64Array;
  readonly #inverses: readonly bigint[];

  constructor(buffer: ArrayBuffer) {
    this.#tweaks = new BigUint64Array(buffer, TWEAKS, SLOTS_MAX);
    this.#inverses = [...new BigUint64Array(buffer, MULTIPLIERS, 2)].map(inverseOf);
  }

  /** The key of the word of slot `slot`. */
  keyOf(word: bigint, slot: number): bigint {
    const folded = BigInt.asUintN(64, word * this.#inverses[1]!);
    const mixed = folded ^ (folded >> 32n);
    return BigInt.asUintN(64, mixed * this.#inverses[0]!) ^ this.#tweaks[slot]!;
  }
}

/** The inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the bits that are right, from 3. */
function inverseOf(odd: bigint): bigint {
  let inverse = odd;
  for (let bits = 3; bits < 64; bits *= 2) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse));
  return inverse;
}
