/** What a run did to its traffic, read from the core when the run is over: exact, in whole numbers and fractions. */
import { KEY_BYTES } from "../../assembly/abi.ts";
import {
  DELAY_BIN_BITS,
  DELAY_BINS,
  MEASURE_BACKLOG,
  MEASURE_BACKLOG_NS,
  MEASURE_BURST_LEVEL,
  MEASURE_BURST_NS,
  MEASURE_BURST_PACKETS,
  MEASURE_BYTES,
  MEASURE_CLASS_BYTES,
  MEASURE_CLASS_MOST,
  MEASURE_CLASSES,
  MEASURE_DELAY_LEAST_NS,
  MEASURE_DELAY_MOST_NS,
  MEASURE_DELAYS,
  MEASURE_FINISH_LEVEL,
  MEASURE_FIRST_BYTES,
  MEASURE_FIRST_NS,
  MEASURE_FLOW_BYTES,
  MEASURE_FLOW_KEY,
  MEASURE_FLOWS,
  MEASURE_JITTER_HIGH,
  MEASURE_JITTER_LOW,
  MEASURE_JITTER_PAIRS,
  MEASURE_LAST_NS,
  MEASURE_PACKETS,
  MEASURE_WAIT_LEVEL,
  MEASURE_WAIT_UNITS,
  MEASURE_WAITING_NS,
  WORST_BACKLOG,
  WORST_BURST,
  WORST_DELAY,
} from "../../assembly/abi/departures.ts";
import { rational } from "../rational.ts";
import { totalsOf } from "../report/records.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Count, Cost, Rational, ShaperPolicy } from "../types.ts";
import { delayBoundsOf } from "./bounds.ts";
import { measureSettingsOf } from "./line.ts";

/** A time seen, and the longest that the contract allows; null where it states none. */
export interface BoundedTime {
  readonly ns: Rational;
  readonly boundNs: Rational | null;
}

export interface Delays {
  readonly leastNs: bigint;
  /** Half of the packets have no greater one; at most 1/128 too great, as is the next. */
  readonly medianNs: bigint;
  readonly p99Ns: bigint;
  readonly mostNs: bigint;
  /** Mean absolute difference of the delays of packets that follow each other in a flow, or in a class of a link. */
  readonly jitterNs: Rational | null;
}

export interface DelayMeasures extends Delays {
  /** Of the flow that had it; null when it had to make room since. */
  readonly flow: string | null;
  /** Until the last byte has left. */
  readonly finishing: BoundedTime;
  /** Leaky buckets: until the first byte is sent; of a packet of `units`, whose bound is (b - s) / r. */
  readonly waiting: (BoundedTime & { readonly units: bigint }) | null;
}

/** The least bucket of the shaper's rate that all output of any one flow fits, and the burst that first filled it. */
export interface BurstMeasures {
  readonly units: Rational;
  readonly packets: bigint;
  readonly ns: bigint;
  readonly flow: string | null;
}

/** The most that waited in the queue of one flow. */
export interface BacklogMeasures {
  readonly amount: Rational;
  readonly unit: Cost;
  readonly atNs: bigint;
  readonly flow: string | null;
}

/** What shapers and links have in common. */
export interface SentMeasures {
  readonly departed: Count;
  /** Null when nothing departed, as all below. */
  readonly time: { readonly firstNs: bigint; readonly lastNs: bigint } | null;
  /** Bytes each second from the first to the last departure, without the packet that departs first. */
  readonly outputRate: Rational | null;
  readonly delay: Delays | null;
  /** Time in which anything waited. */
  readonly waitingNs: bigint;
}

export interface ShapeMeasures extends SentMeasures {
  readonly delay: DelayMeasures | null;
  readonly burst: BurstMeasures | null;
  readonly backlog: BacklogMeasures | null;
}

const NS_PER_SEC = 1_000_000_000n;

type Word = (index: number) => bigint;

/** Measure MEASURE_* of a meter. */
function wordsOf(meter: CaptureMeter): Word {
  const start = (meter.core.measures() >>> 0) / 8;
  return (index) => meter.views.longs[start + index]!;
}

/** Reads what shapers and links have in common, of a meter that was made with measures. */
export function sentMeasuresOf(meter: CaptureMeter): SentMeasures {
  const word = wordsOf(meter);
  const departed = { packets: word(MEASURE_PACKETS), bytes: word(MEASURE_BYTES) };
  const waitingNs = word(MEASURE_WAITING_NS);
  if (departed.packets === 0n) return { departed, time: null, outputRate: null, delay: null, waitingNs };
  const [firstNs, lastNs] = [word(MEASURE_FIRST_NS), word(MEASURE_LAST_NS)];
  const later = departed.bytes - word(MEASURE_FIRST_BYTES);
  return {
    departed,
    time: { firstNs, lastNs },
    outputRate: lastNs === firstNs ? null : rational(later * NS_PER_SEC, lastNs - firstNs),
    delay: delaysOf(meter, word),
    waitingNs,
  };
}

/** Reads the measures of a meter that was made with `measureSettingsOf(policy)`. */
export function measuresOf(meter: CaptureMeter, policy: ShaperPolicy): ShapeMeasures {
  const { delay, ...sent } = sentMeasuresOf(meter);
  if (delay === null) return { ...sent, delay, burst: null, backlog: null };
  const word = wordsOf(meter);
  return {
    ...sent,
    delay: { ...delay, ...longestOf(policy, word, delay.mostNs), flow: flowOf(meter, WORST_DELAY) },
    burst: burstOf(policy, word, flowOf(meter, WORST_BURST)),
    backlog: backlogOf(policy, word, flowOf(meter, WORST_BACKLOG)),
  };
}

function delaysOf(meter: CaptureMeter, word: Word): Delays {
  const mostNs = word(MEASURE_DELAY_MOST_NS);
  const packets = word(MEASURE_PACKETS);
  const pairs = word(MEASURE_JITTER_PAIRS);
  const differences = (word(MEASURE_JITTER_HIGH) << 64n) | word(MEASURE_JITTER_LOW);
  const least = (part: bigint, whole: bigint) => {
    const bound = delayOfRank(meter, (packets * part + whole - 1n) / whole);
    return bound < mostNs ? bound : mostNs;
  };
  return {
    leastNs: word(MEASURE_DELAY_LEAST_NS),
    medianNs: least(1n, 2n),
    p99Ns: least(99n, 100n),
    mostNs,
    jitterNs: pairs === 0n ? null : rational(differences, pairs),
  };
}

/** A leaky bucket tells both delays apart, exactly: they are levels. */
function longestOf(policy: ShaperPolicy, word: Word, mostNs: bigint): Pick<DelayMeasures, "finishing" | "waiting"> {
  const { finishNs, waitNs } = delayBoundsOf(policy);
  if (policy.definition.kind !== "leaky-bucket") {
    return { finishing: { ns: rational(mostNs), boundNs: finishNs }, waiting: null };
  }
  const { drainPerNs } = measureSettingsOf(policy);
  const units = word(MEASURE_WAIT_UNITS);
  return {
    finishing: { ns: rational(word(MEASURE_FINISH_LEVEL), drainPerNs), boundNs: finishNs },
    waiting: { ns: rational(word(MEASURE_WAIT_LEVEL), drainPerNs), boundNs: waitNs(units), units },
  };
}

/** The end of the bin of the packet that has this rank, from 1, when delays are in order. */
function delayOfRank(meter: CaptureMeter, rank: bigint): bigint {
  const start = ((meter.core.measures() >>> 0) + MEASURE_DELAYS) / 8;
  let left = rank;
  for (const [bin, count] of meter.views.longs.subarray(start, start + DELAY_BINS).entries()) {
    if (left <= count) return binEnd(BigInt(bin));
    left -= count;
  }
  throw new RangeError(`no delay of rank ${rank}`);
}

/** The greatest delay that is counted in a bin (assembly/measure/delays.ts). */
function binEnd(bin: bigint): bigint {
  const bins = 1n << BigInt(DELAY_BIN_BITS);
  if (bin < 2n * bins) return bin;
  const shift = bin / bins - 1n;
  return ((bin - shift * bins + 1n) << shift) - 1n;
}

function burstOf(policy: ShaperPolicy, word: Word, flow: string | null): BurstMeasures | null {
  const { levelPerUnit } = measureSettingsOf(policy);
  if (levelPerUnit === 0n) return null;
  const units = rational(word(MEASURE_BURST_LEVEL), levelPerUnit);
  return { units, packets: word(MEASURE_BURST_PACKETS), ns: word(MEASURE_BURST_NS), flow };
}

function backlogOf(policy: ShaperPolicy, word: Word, flow: string | null): BacklogMeasures {
  const { levelPerUnit, backlog } = measureSettingsOf(policy);
  const { bounds, costRule } = policy.definition;
  const amount = rational(word(MEASURE_BACKLOG), backlog === "fluid" ? levelPerUnit : 1n);
  return { amount, unit: bounds.count === "packets" ? "packets" : costRule.cost, atNs: word(MEASURE_BACKLOG_NS), flow };
}

/** The flow that was noted, unless its record has another one by now. */
function flowOf(meter: CaptureMeter, which: number): string | null {
  const { longs, bytes } = meter.views;
  const noted = (meter.core.measures() >>> 0) + MEASURE_FLOWS + which * MEASURE_FLOW_BYTES;
  const record = Number(longs[noted / 8]);
  const key = meter.core.keyAt(record) >>> 0;
  const isThere = bytes
    .subarray(key, key + KEY_BYTES)
    .every((byte, index) => byte === bytes[noted + MEASURE_FLOW_KEY + index]);
  return isThere ? totalsOf(meter, record).flow : null;
}

/** Longest delay of each class of a link, in ns. */
export function classDelaysOf(meter: CaptureMeter, classes: number): bigint[] {
  const start = (meter.core.measures() >>> 0) + MEASURE_CLASSES + MEASURE_CLASS_MOST;
  return Array.from({ length: classes }, (_, index) => meter.views.longs[(start + index * MEASURE_CLASS_BYTES) / 8]!);
}
