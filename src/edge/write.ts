/** Writes policies, secret and counters into an engine's memory, as assembly/edge/abi.ts has them. */
import { CONFIG, PROFILE_BYTES } from "../../assembly/abi.ts";
import {
  CALL_SLOTS_MAX,
  COLUMNS,
  FAST,
  FAST_BYTES,
  FAST_DRAIN_DOUBLE,
  FAST_LINES,
  KEY_TEXT,
  MULTIPLIERS,
  POLICIES,
  POLICY_BYTES,
  POLICY_FIRST_SLOT,
  POLICY_SLOTS,
  PROFILE_CHARGES,
  PROFILE_LEVEL_MAX0,
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
  TICK_BITS,
  TOUCH_BITS,
  TOUCH_DRAIN_MAX,
  TWEAKS,
  WIDE_CLOCK_BITS,
} from "../../assembly/edge/abi.ts";
import { writeOwn } from "../core/profile.ts";
import { chargedAt } from "./charged.ts";
import type { EdgeEngine } from "./engine.ts";
import type { Layout } from "./layout.ts";
import type { Settings } from "./options.ts";
import type { EdgePolicy, EdgeProfile } from "./profiles.ts";
import { Times } from "./time.ts";
import type { Views } from "./views.ts";

const STATE_AT = STATE >>> 3;
const NS_END = 2n ** 64n - 1n;

/** Writes what follows from the settings alone. */
export function writeState({ words, wides, doubles }: Views, layout: Layout, settings: Settings): void {
  const { clockStep, maxFlows, time, key, policies } = settings;
  const { unitNs, end } = new Times(time);
  const stepNs = clockStep * unitNs;
  wides[STATE_AT + STATE_STEP] = stepNs < 2 ** 63 ? BigInt(Math.floor(stepNs)) : NS_END;
  wides[STATE_AT + STATE_FLOWS_MAX] = BigInt(maxFlows);
  wides[STATE_AT + STATE_UNIT] = BigInt(unitNs);
  wides[STATE_AT + STATE_TOUCHABLE] = layout.isCompact ? 1n : 0n;
  doubles[STATE_AT + STATE_TIME_END] = end;
  // COLUMN_WIDE_KEYS, COLUMN_NS, COLUMN_FAST, COLUMN_POLICIES.
  words.set([...layout.columns, key === "u32" ? 0 : 1, time === "ns" ? 1 : 0, 0, policies.length], COLUMNS / 4);
}

/**
 * Writes where the clock begins anew under these policies, a power of two by which drains come to no more than so many
 * bits, and whether their states leave top bytes at 0, as up to now.
 */
export function writeClockEnd({ wides }: Views, isCompact: boolean, policies: readonly EdgePolicy[]): void {
  const buckets = policies.flatMap(({ slots }) => slots.map((slot) => slot.buckets[0]!));
  const isTouchable = buckets.every(
    ({ levelMax, drainPerNs }) => levelMax <= 2 ** TOUCH_BITS && drainPerNs <= TOUCH_DRAIN_MAX,
  );
  if (!isTouchable) wides[STATE_AT + STATE_TOUCHABLE] = 0n;
  const tickBits = wides[STATE_AT + STATE_TOUCHABLE] === 0n ? TICK_BITS : TOUCH_BITS;
  let end = 2n ** BigInt(isCompact ? tickBits : WIDE_CLOCK_BITS);
  const drains = isCompact ? buckets.map(({ drainPerNs }) => drainPerNs) : [];
  while (drains.some((drain) => end * drain > 2 ** tickBits)) end /= 2n;
  wides[STATE_AT + STATE_CLOCK_END] = end;
}

/** Which slots a call under a policy goes through. */
export function writePolicy({ bytes }: Views, index: number, slots: readonly number[]): void {
  const at = POLICIES + index * POLICY_BYTES;
  bytes[at + POLICY_SLOTS] = slots.length;
  bytes.set(slots.slice(0, CALL_SLOTS_MAX), at + POLICY_FIRST_SLOT);
}

/** What the slot of this index runs. */
export function writeSlot(engine: EdgeEngine, { bytes, wides }: Views, index: number, of: EdgeProfile): void {
  const { profile, buckets } = of;
  const at = PROFILES + index * PROFILE_BYTES;
  writeOwn(wides.subarray(at / 8, (at + PROFILE_BYTES) / 8).fill(0n), profile);
  const [first, second] = buckets;
  const hasInitial = buckets.some(({ initialLevel }) => initialLevel > 0n);
  // PROFILE_LEVEL_MAX0, PROFILE_LEVEL_MAX1, PROFILE_HAS_INITIAL.
  wides.set([first!.levelMax, second?.levelMax ?? 0n, hasInitial ? 1n : 0n], (at + PROFILE_LEVEL_MAX0) / 8);
  bytes.set(
    [0, 1, 2].map((color) => chargedAt(profile, color)),
    at + PROFILE_CHARGES,
  );
  engine.setProfile(index, of);
}

/** The fast way of calls under a policy whose only slot runs this; undefined: it has none. Answers whether it has. */
export function writeFast(
  { words, wides, doubles }: Views,
  { isCompact, blocks, table }: Layout,
  policy: number,
  slot: number,
  of: EdgeProfile | undefined,
): boolean {
  const at = FAST + policy * FAST_BYTES;
  wides.fill(0n, at / 8, (at + FAST_BYTES) / 8);
  if (of === undefined || !isCompact || !hasFastWay(of)) return false;
  const { drainPerNs, levelPerUnit, testLevel, unitsMax, drainPerUnit } = of.buckets[0]!;
  // All 64-bit words from FAST_TWEAK on.
  wides.set([wides[TWEAKS / 8 + slot]!, drainPerNs, levelPerUnit, testLevel, unitsMax, drainPerUnit], at / 8);
  words.set([blocks, table], (at + FAST_LINES) / 4);
  if (isQuick(of)) doubles[(at + FAST_DRAIN_DOUBLE) / 8] = Number(drainPerUnit);
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
export function writeSecret(
  { functions }: EdgeEngine,
  { words, wides }: Views,
  seed: readonly number[],
  isSmall: boolean,
): void {
  words.set(seed, CONFIG / 4);
  let counter = 0;
  const draw = (): bigint => {
    words[KEY_TEXT / 4] = counter++;
    functions.identify(4);
    return wides[RESULT / 8 + RESULT_KEY]!;
  };
  const common = draw() | SMALL_MARK;
  for (let slot = 0; slot < SLOTS_MAX; slot += 1) {
    wides[TWEAKS / 8 + slot] = isSmall ? common ^ (BigInt(slot) << 32n) : draw();
  }
  // Odd, or they would not be permutations.
  wides.set([draw() | 1n, draw() | 1n], MULTIPLIERS / 8);
}

/** Above every key of 32 bits and every slot's index. */
const SMALL_MARK = 2n ** 63n;
