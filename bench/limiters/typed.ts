/**
 * The fastest JavaScript known to us for this one workload: GCRA in open addressing over typed arrays, less than half
 * full. It does not what a library has to: its hash has no key (whoever sees verdicts can build keys that collide),
 * nothing is ever evicted, key 0 has a slot of its own, and times are 32 bits of milliseconds in the smaller layout.
 */
import { BATCH, byBatch, byNumber, type Limiter, type LimiterRow } from "./limiter.ts";
import { INCREMENT_MS, START_MS, WINDOW_MS } from "./workload.ts";

const TOLERANCE_MS = WINDOW_MS - INCREMENT_MS;
/** Before all times, so that the 0 of an empty slot lies before them. */
const BEGIN_MS = START_MS - 1000;
/** 2^32 divided by the golden ratio: spreads keys over the top bits. */
const MULTIPLIER = 0x9e37_79b1 | 0;

/** Bits of the number of slots, at least twice the keys. */
function slotBits(keys: number): number {
  return Math.max(4, Math.ceil(Math.log2(2 * keys)));
}

/** Keys and arrival times side by side in arrays of their own: 12 bytes a slot, times exact as far as a double is. */
function splitTable(keys: number): (id: number, nowMs: number) => boolean {
  const bits = slotBits(keys);
  const mask = 2 ** bits - 1;
  const shift = 32 - bits;
  const slotKeys = new Int32Array(2 ** bits + 1);
  const arrivals = new Float64Array(2 ** bits + 1);
  return (id, nowMs) => {
    const key = id | 0;
    let slot = Math.imul(key, MULTIPLIER) >>> shift;
    if (key === 0) slot = mask + 1;
    else while (slotKeys[slot] !== key && slotKeys[slot] !== 0) slot = (slot + 1) & mask;
    slotKeys[slot] = key;
    const arrivalMs = arrivals[slot]!;
    if (arrivalMs - TOLERANCE_MS > nowMs) return false;
    arrivals[slot] = (arrivalMs > nowMs ? arrivalMs : nowMs) + INCREMENT_MS;
    return true;
  };
}

/** Key and arrival time in one pair of 32-bit words: 8 bytes a slot, so one cache miss a decision. */
function pairedTable(keys: number): (id: number, nowMs: number) => boolean {
  const bits = slotBits(keys);
  const mask = 2 ** bits - 1;
  const shift = 32 - bits;
  const slots = new Int32Array(2 * (2 ** bits + 1));
  return (id, nowMs) => {
    const key = id | 0;
    const now = (nowMs - BEGIN_MS) | 0;
    let slot = Math.imul(key, MULTIPLIER) >>> shift;
    if (key === 0) slot = mask + 1;
    else while (slots[2 * slot] !== key && slots[2 * slot] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = key;
    const arrival = slots[2 * slot + 1]!;
    if (arrival - TOLERANCE_MS > now) return false;
    slots[2 * slot + 1] = (arrival > now ? arrival : now) + INCREMENT_MS;
    return true;
  };
}

/** The first layout a batch at a time. Touching the slots of a block ahead was tried, and cost more than it hid. */
function splitBatch(keys: number): Limiter {
  const bits = slotBits(keys);
  const mask = 2 ** bits - 1;
  const shift = 32 - bits;
  const slotKeys = new Int32Array(2 ** bits + 1);
  const arrivals = new Float64Array(2 ** bits + 1);
  return byBatch((ids, timesMs, allowed) => {
    for (let index = 0; index < ids.length; index += 1) {
      const key = ids[index]! | 0;
      const nowMs = timesMs[index]!;
      let slot = Math.imul(key, MULTIPLIER) >>> shift;
      if (key === 0) slot = mask + 1;
      else while (slotKeys[slot] !== key && slotKeys[slot] !== 0) slot = (slot + 1) & mask;
      slotKeys[slot] = key;
      const arrivalMs = arrivals[slot]!;
      const conforms = arrivalMs - TOLERANCE_MS <= nowMs;
      if (conforms) arrivals[slot] = (arrivalMs > nowMs ? arrivalMs : nowMs) + INCREMENT_MS;
      allowed[index] = conforms ? 1 : 0;
    }
  });
}

const shared = { key: "u32", kind: "js", isExact: true } as const;

export const TYPED: readonly LimiterRow[] = [
  {
    ...shared,
    name: "typed arrays, key and time apart",
    form: "call",
    create: (keys) => byNumber(splitTable(keys)),
  },
  { ...shared, name: "typed arrays, pairs", form: "call", create: (keys) => byNumber(pairedTable(keys)) },
  { ...shared, name: `typed arrays, ${BATCH} a call`, form: "batch", create: splitBatch },
];
