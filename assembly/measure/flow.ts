/**
 * What a shaper does to the traffic, packet by packet in order of arrival: within a flow that is the order of departure.
 * All of it in whole numbers: ns with departures rounded up, level steps where fractions decide.
 */
import {
  BATCH,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_DEPARTURE,
  COLUMN_DEPARTURE_REST,
  COLUMN_LENGTH,
  COLUMN_LEVEL1,
  KEY_BYTES,
  PROFILE,
  PROFILE_BUCKET0,
} from "../abi";
import {
  BACKLOG_FLUID,
  CONFIG_BACKLOG,
  CONFIG_LINE_DRAIN,
  CONFIG_LINE_UNIT,
  MEASURE_BACKLOG,
  MEASURE_BACKLOG_NS,
  MEASURE_BURST_LEVEL,
  MEASURE_BURST_NS,
  MEASURE_BURST_PACKETS,
  MEASURE_BYTES,
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
  MEASURE_REGION_BYTES,
  MEASURE_WAIT_LEVEL,
  MEASURE_WAIT_UNITS,
  MEASURE_WAITING_NS,
  WORST_BACKLOG,
  WORST_BURST,
  WORST_DELAY,
} from "../abi/departures";
import { allocateZeroed } from "../arena";
import { setting } from "../config";
import { Bucket } from "../meter/bucket";
import { countDelay } from "./delays";

/** What is remembered of one flow: half a line. */
@unmanaged
export class FlowMeasure {
  /** Departure of its newest packet. */
  lastNs: u64;
  /** Level of its bucket of the line after that. */
  level: u64;
  /** Delay of that packet, and 1; 0: the flow has had none. */
  delayNs1: u64;
  /** When the bucket was last empty: departure of the first packet since, as ns before `lastNs`, at most 2^32 - 1. */
  burstNs: u32;
  /** Packets since then. */
  burstPackets: u32;
}

export const FLOW_MEASURE_BYTES: u32 = 32;
if (offsetof<FlowMeasure>() != FLOW_MEASURE_BYTES) ERROR("FlowMeasure must fill FLOW_MEASURE_BYTES");

let region: usize = 0;
let drain: u64 = 0;
let unit: u64 = 0;
/** Ns after which any level is 0. */
let drainedAfterNs: u64 = 0;
let isFluid: bool = false;
/** Level above which a burst counts as a new longest one: within a ns of the line departures are rounded. */
let burstNoted: u64 = 0;

// The measures, MEASURE_*: globals, for the loop touches most of them with each packet.
let packets: u64 = 0;
let bytes: u64 = 0;
let firstNs: u64 = u64.MAX_VALUE;
let firstBytes: u64 = 0;
let lastNs: u64 = 0;
let leastNs: u64 = u64.MAX_VALUE;
let mostNs: u64 = 0;
/** The newest packet's delay is the longest so far. */
let isNewMost: bool = false;
let jitterLow: u64 = 0;
let jitterHigh: u64 = 0;
let jitterPairs: u64 = 0;
let waitLevel: u64 = 0;
let waitUnits: u64 = 0;
let finishLevel: u64 = 0;
let burstLevel: u64 = 0;
let burstPackets: u64 = 0;
let burstNs: u64 = 0;
let backlog: u64 = 0;
let backlogNs: u64 = 0;
let waitingNs: u64 = 0;
let waitingEnd: u64 = 0;

/** Makes the measures from the settings. False when memory does not suffice. */
export function createMeasures(): bool {
  region = allocateZeroed(MEASURE_REGION_BYTES);
  drain = setting(CONFIG_LINE_DRAIN);
  unit = setting(CONFIG_LINE_UNIT);
  drainedAfterNs = drain == 0 ? 0 : <u64>i64.MAX_VALUE / drain;
  isFluid = setting(CONFIG_BACKLOG) == <u64>BACKLOG_FLUID;
  return region != 0;
}

/** Where the measures lie, those of before. */
export function measureRegion(): usize {
  return region;
}

/** Address of the measures, MEASURE_*, as they are now. */
export function measures(): usize {
  set(MEASURE_PACKETS, packets);
  set(MEASURE_BYTES, bytes);
  set(MEASURE_FIRST_NS, firstNs);
  set(MEASURE_FIRST_BYTES, firstBytes);
  set(MEASURE_LAST_NS, lastNs);
  set(MEASURE_DELAY_LEAST_NS, leastNs);
  set(MEASURE_DELAY_MOST_NS, mostNs);
  set(MEASURE_JITTER_LOW, jitterLow);
  set(MEASURE_JITTER_HIGH, jitterHigh);
  set(MEASURE_JITTER_PAIRS, jitterPairs);
  set(MEASURE_WAIT_LEVEL, waitLevel);
  set(MEASURE_WAIT_UNITS, waitUnits);
  set(MEASURE_FINISH_LEVEL, finishLevel);
  set(MEASURE_BURST_LEVEL, burstLevel);
  set(MEASURE_BURST_PACKETS, burstPackets);
  set(MEASURE_BURST_NS, burstNs);
  set(MEASURE_BACKLOG, backlog);
  set(MEASURE_BACKLOG_NS, backlogNs);
  set(MEASURE_WAITING_NS, waitingNs);
  return region;
}

function set(index: u32, value: u64): void {
  store<u64>(region + (index << 3), value);
}

/** What `touchMeasure` read: nothing may be taken away that nobody uses. */
let touched: u64 = 0;

/** Begins to fetch what is remembered of a flow. */
export function touchMeasure(address: usize): void {
  touched += load<u64>(address);
}

export function clearMeasure(address: usize): void {
  store<u64>(address, 0);
  store<u64>(address, 0, 8);
  store<u64>(address, 0, 16);
  store<u64>(address, 0, 24);
}

/** Adds packet `i` of the batch to the flow at `address`, whose record and key are given. Dropped ones change nothing. */
export function measurePacket(address: usize, record: u32, key: usize, i: u32): void {
  if (load<u8>(i, BATCH + COLUMN_COLOR) == <u8>COLOR_RED) return;
  const flow = changetype<FlowMeasure>(address);
  const arrivalNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
  const departureNs = load<u64>(i << 3, BATCH + COLUMN_DEPARTURE);
  const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
  const units = Bucket.units(PROFILE + PROFILE_BUCKET0, lengthBytes);
  const cost = units * unit;
  addDeparture(flow, arrivalNs, departureNs, lengthBytes);
  if (isNewMost) noteFlow(WORST_DELAY, record, key);
  if (isFluid) {
    const level = (departureNs - arrivalNs) * drain - load<u64>(i << 3, BATCH + COLUMN_DEPARTURE_REST);
    finishLevel = max(finishLevel, level);
    if (level - cost > waitLevel || packets == 1) {
      waitLevel = level - cost;
      waitUnits = units;
    }
    if (level > backlog) noteBacklog(level, arrivalNs, record, key);
  } else {
    const waiting = load<u64>(i << 3, BATCH + COLUMN_LEVEL1);
    if (waiting > backlog) noteBacklog(waiting, arrivalNs, record, key);
  }
  addOutput(flow, departureNs, cost, record, key);
}

/** Counts a packet that departs. */
export function addDeparture(flow: FlowMeasure, arrivalNs: u64, departureNs: u64, lengthBytes: u32): void {
  packets++;
  bytes += lengthBytes;
  lastNs = max(lastNs, departureNs);
  if (departureNs < firstNs) {
    firstNs = departureNs;
    firstBytes = lengthBytes;
  }
  addWaiting(arrivalNs, departureNs);
  addDelay(flow, departureNs - arrivalNs);
}

/** The time in which anything waits: arrivals come in order, so its parts join at the end of the last one. */
function addWaiting(arrivalNs: u64, departureNs: u64): void {
  if (departureNs <= waitingEnd) return;
  waitingNs += departureNs - max(arrivalNs, waitingEnd);
  waitingEnd = departureNs;
}

function addDelay(flow: FlowMeasure, delayNs: u64): void {
  countDelay(region + MEASURE_DELAYS, delayNs);
  leastNs = min(leastNs, delayNs);
  isNewMost = delayNs > mostNs || packets == 1;
  mostNs = max(mostNs, delayNs);
  const before = flow.delayNs1;
  flow.delayNs1 = delayNs + 1;
  if (before == 0) return;
  const change = delayNs >= before - 1 ? delayNs - (before - 1) : before - 1 - delayNs;
  jitterLow += change;
  jitterHigh += <u64>(jitterLow < change);
  jitterPairs++;
}

function noteBacklog(level: u64, arrivalNs: u64, record: u32, key: usize): void {
  backlog = level;
  backlogNs = arrivalNs;
  noteFlow(WORST_BACKLOG, record, key);
}

/** A bucket of the line that takes every packet when it departs: how full it gets is the burst that went out. */
function addOutput(flow: FlowMeasure, departureNs: u64, cost: u64, record: u32, key: usize): void {
  const gapNs = departureNs - flow.lastNs;
  const left = gapNs < drainedAfterNs ? Bucket.lowered(flow.level, gapNs * drain) : 0;
  // What drains within a ns may be left by rounding alone.
  const isNew = left < drain || flow.burstPackets == 0;
  const run = isNew ? 1 : flow.burstPackets + 1;
  const runNs = isNew ? 0 : <u32>min<u64>(<u64>flow.burstNs + gapNs, u32.MAX_VALUE);
  const level = left + cost;
  flow.burstPackets = run;
  flow.burstNs = runNs;
  flow.lastNs = departureNs;
  flow.level = level;
  if (level <= burstLevel) return;
  burstLevel = level;
  if (level < burstNoted + drain && burstNoted != 0) return;
  burstNoted = level;
  burstPackets = run;
  burstNs = runNs;
  noteFlow(WORST_BURST, record, key);
}

function noteFlow(which: u32, record: u32, key: usize): void {
  const noted = region + MEASURE_FLOWS + which * MEASURE_FLOW_BYTES;
  store<u64>(noted, record);
  for (let at: usize = 0; at < <usize>KEY_BYTES; at += 8) store<u64>(noted + at, load<u64>(key + at), MEASURE_FLOW_KEY);
}
