/** The keys that a meter tracks, as they are at its newest time. */
import { ROUND_KEYS, ROUNDS, SLOTS_MAX, STATE, STATE_NEWEST, STATE_WORDS, TWEAKS } from "../../assembly/edge/abi.ts";
import { drained } from "./drain.ts";
import type { Meter } from "./meter.ts";
import type { EdgePolicy } from "./profiles.ts";
import { eachSlot, wide } from "./slots.ts";
import { UNIT_NS } from "./time.ts";
import type { Entry } from "./types.ts";
import { keyOfWord } from "./write.ts";

interface SlotOwner {
  readonly policy: number;
  readonly limit: EdgePolicy;
  /** Place of the slot in the policy. */
  readonly place: number;
}

/** Which policy each slot index belongs to. */
export function ownersOf({ limits }: Meter): readonly SlotOwner[] {
  return limits.flatMap((limit, policy) =>
    limit === undefined ? [] : limit.policy.slots.map((_, place) => ({ policy, limit: limit.policy, place })),
  );
}

/** One entry a key and policy; the list is made at once, so it is as the table was at that instant. */
export function entriesOf(meter: Meter): IterableIterator<Entry> {
  const { engine, layout, settings } = meter;
  const { buffer } = engine.memory;
  const owners = ownersOf(meter);
  const newest = new BigUint64Array(buffer, STATE, STATE_WORDS)[STATE_NEWEST]!;
  const unitNs = UNIT_NS[settings.time];
  const found = new Map<string, { entry: Entry; used: number[] }>();
  eachSlot(engine, layout, ({ word, state, kind }, words) => {
    const { policy, limit, place } = owners[kind]!;
    const slot = limit.slots[place]!;
    const lastNs = wide(words, state);
    const levels = slot.buckets.map((_, index) => wide(words, state + 2 + 2 * index));
    const elapsed = newest > lastNs ? newest - lastNs : 0n;
    const used = drained(slot, levels, elapsed).map((level, index) => {
      const { levelPerUnit } = slot.buckets[index]!;
      return Number((level + levelPerUnit - 1n) / levelPerUnit) / settings.costParts;
    });
    const blockedNs = lastNs > newest ? lastNs - newest : 0n;
    const blockedFor = lastNs === 2n ** 64n - 1n ? Infinity : Math.ceil(Number(blockedNs) / unitNs);
    const key = keyOf(buffer, settings.key === "u32", words[word]!, words[word + 1]!, kind);
    const known = found.get(`${policy} ${key}`);
    if (known === undefined) {
      const all = limit.slots.map(({ buckets }) => buckets.map(() => 0)).flat();
      const at = limit.slots.slice(0, place).reduce((sum, { buckets }) => sum + buckets.length, 0);
      all.splice(at, used.length, ...used);
      found.set(`${policy} ${key}`, { entry: { key, policy, used: all, blockedFor }, used: all });
      return;
    }
    const at = limit.slots.slice(0, place).reduce((sum, { buckets }) => sum + buckets.length, 0);
    known.used.splice(at, used.length, ...used);
  });
  return [...found.values()].map(({ entry }) => entry)[Symbol.iterator]();
}

function keyOf(buffer: ArrayBuffer, isSmall: boolean, wordLo: number, wordHi: number, kind: number): number | bigint {
  const tweaks = new Uint32Array(buffer, TWEAKS, 2 * SLOTS_MAX);
  const { lo, hi } = keyOfWord(new Uint32Array(buffer, ROUNDS, ROUND_KEYS), wordLo, wordHi);
  const keyLo = (lo ^ tweaks[2 * kind]!) >>> 0;
  const keyHi = (hi ^ tweaks[2 * kind + 1]!) >>> 0;
  if (isSmall) return keyLo;
  return (BigInt(keyHi) << 32n) | BigInt(keyLo);
}
