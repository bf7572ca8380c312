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
  MEASURE_WAITING_END,
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

/** Makes the measures from the settings. False when memory does not suffice. */
export function createMeasures(): bool {
  region = allocateZeroed(MEASURE_REGION_BYTES);
  if (region == 0) return false;
  drain = setting(CONFIG_LINE_DRAIN);
  unit = setting(CONFIG_LINE_UNIT);
  drainedAfterNs = drain == 0 ? 0 : <u64>i64.MAX_VALUE / drain;
  isFluid = setting(CONFIG_BACKLOG) == <u64>BACKLOG_FLUID;
  set(MEASURE_FIRST_NS, u64.MAX_VALUE);
  set(MEASURE_DELAY_LEAST_NS, u64.MAX_VALUE);
  return true;
}

/** Address of the measures, MEASURE_*. */
export function measures(): usize {
  return region;
}

function get(index: u32): u64 {
  return load<u64>(region + (index << 3));
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
  const delayNs = departureNs - arrivalNs;
  addDeparture(departureNs, lengthBytes);
  addDelay(flow, delayNs, record, key);
  addWaiting(arrivalNs, departureNs);
  if (isFluid) {
    const level = delayNs * drain - load<u64>(i << 3, BATCH + COLUMN_DEPARTURE_REST);
    addLevel(level, cost, units);
    addBacklog(level, arrivalNs, record, key);
  } else {
    addBacklog(load<u64>(i << 3, BATCH + COLUMN_LEVEL1), arrivalNs, record, key);
  }
  addOutput(flow, departureNs, cost, record, key);
}

function addDeparture(departureNs: u64, lengthBytes: u32): void {
  set(MEASURE_PACKETS, get(MEASURE_PACKETS) + 1);
  set(MEASURE_BYTES, get(MEASURE_BYTES) + lengthBytes);
  if (departureNs < get(MEASURE_FIRST_NS)) {
    set(MEASURE_FIRST_NS, departureNs);
    set(MEASURE_FIRST_BYTES, lengthBytes);
  }
  set(MEASURE_LAST_NS, max(departureNs, get(MEASURE_LAST_NS)));
}

function addDelay(flow: FlowMeasure, delayNs: u64, record: u32, key: usize): void {
  countDelay(region + MEASURE_DELAYS, delayNs);
  if (delayNs < get(MEASURE_DELAY_LEAST_NS)) set(MEASURE_DELAY_LEAST_NS, delayNs);
  if (delayNs > get(MEASURE_DELAY_MOST_NS) || get(MEASURE_PACKETS) == 1) {
    set(MEASURE_DELAY_MOST_NS, delayNs);
    noteFlow(WORST_DELAY, record, key);
  }
  const before = flow.delayNs1;
  flow.delayNs1 = delayNs + 1;
  if (before == 0) return;
  const change = delayNs >= before - 1 ? delayNs - (before - 1) : before - 1 - delayNs;
  const low = get(MEASURE_JITTER_LOW) + change;
  set(MEASURE_JITTER_LOW, low);
  if (low < change) set(MEASURE_JITTER_HIGH, get(MEASURE_JITTER_HIGH) + 1);
  set(MEASURE_JITTER_PAIRS, get(MEASURE_JITTER_PAIRS) + 1);
}

/** The time in which anything waits: arrivals come in order, so its parts join at the end of the last one. */
function addWaiting(arrivalNs: u64, departureNs: u64): void {
  const end = get(MEASURE_WAITING_END);
  if (departureNs <= end) return;
  set(MEASURE_WAITING_NS, get(MEASURE_WAITING_NS) + departureNs - max(arrivalNs, end));
  set(MEASURE_WAITING_END, departureNs);
}

/** `level` is that of a leaky bucket after the packet: its finishing delay times the rate. */
function addLevel(level: u64, cost: u64, units: u64): void {
  set(MEASURE_FINISH_LEVEL, max(level, get(MEASURE_FINISH_LEVEL)));
  const found = level - cost;
  if (found > get(MEASURE_WAIT_LEVEL) || get(MEASURE_PACKETS) == 1) {
    set(MEASURE_WAIT_LEVEL, found);
    set(MEASURE_WAIT_UNITS, units);
  }
}

function addBacklog(backlog: u64, arrivalNs: u64, record: u32, key: usize): void {
  if (backlog <= get(MEASURE_BACKLOG)) return;
  set(MEASURE_BACKLOG, backlog);
  set(MEASURE_BACKLOG_NS, arrivalNs);
  noteFlow(WORST_BACKLOG, record, key);
}

/** A bucket of the line that takes every packet when it departs: how full it gets is the burst that went out. */
function addOutput(flow: FlowMeasure, departureNs: u64, cost: u64, record: u32, key: usize): void {
  const gapNs = departureNs - flow.lastNs;
  const left = gapNs < drainedAfterNs ? Bucket.lowered(flow.level, gapNs * drain) : 0;
  // What drains within a ns may be left by rounding alone.
  const isNew = left < drain || flow.burstPackets == 0;
  flow.burstPackets = isNew ? 1 : flow.burstPackets + 1;
  flow.burstNs = isNew ? 0 : <u32>min<u64>(<u64>flow.burstNs + gapNs, u32.MAX_VALUE);
  flow.lastNs = departureNs;
  flow.level = left + cost;
  if (flow.level <= get(MEASURE_BURST_LEVEL)) return;
  set(MEASURE_BURST_LEVEL, flow.level);
  if (flow.level < burstNoted + drain && burstNoted != 0) return;
  burstNoted = flow.level;
  set(MEASURE_BURST_PACKETS, flow.burstPackets);
  set(MEASURE_BURST_NS, flow.burstNs);
  noteFlow(WORST_BURST, record, key);
}

function noteFlow(which: u32, record: u32, key: usize): void {
  const noted = region + MEASURE_FLOWS + which * MEASURE_FLOW_BYTES;
  store<u64>(noted, record);
  for (let at: usize = 0; at < <usize>KEY_BYTES; at += 8) store<u64>(noted + at, load<u64>(key + at), MEASURE_FLOW_KEY);
}
