/**
 * Weighted shares of one rate: generalized processor sharing as a meter (Parekh and Gallager 1993, fluid). Every flow
 * whose level is above 0 drains at its part by weight of the group's rate. Virtual time V runs at rate / (sum of the
 * active weights), so a flow needs one number: the tick of V at which it has drained.
 *
 * Integers only. A tick times a weight is 1/K of a level step, K the least common multiple of the weights, so costs are
 * whole ticks. V advances by whole ticks; the work that is left over is kept (`carry`), so that the group drains its
 * rate exactly, and V lags the fluid's by less than one tick for each flow that joins. Reference: src/reference/weighted.ts.
 */
import {
  BUCKET_DRAIN,
  BUCKET_TEST,
  COLOR_GREEN,
  COLOR_RED,
  PROFILE_BUCKET0,
  PROFILE_GROUP,
  PROFILE_TICKS_PER_LEVEL,
  PROFILE_TICKS_PER_UNIT,
  PROFILE_WEIGHT,
  RULE_CHARGES0,
  RULE_REASON_SHIFT,
} from "../abi";
import { allocateZeroed } from "../arena";
import { weightedAt } from "../records";
import { Bucket, DELAY_NEVER } from "../meter/bucket";
import { beginSum, addToSum, subtractFromSum, divideSumUp } from "./sum128";
import { drainedAtTick, isActive, setDrainedAtTick, weightOf } from "./flow";
import { HEAP_BYTES, hasHeapRoom, heapCount, heapRecord, popHeap, pushHeap, sinkHeap } from "./heap";

const RULE_FITS: u32 = COLOR_GREEN | RULE_CHARGES0;
const RULE_REFUSED: u32 = COLOR_RED | (1 << RULE_REASON_SHIFT);

/** Work of one step of `advance`: what is left over before it is below 2^62, so the sum fits 64 bits. */
const WORK_MAX: u64 = i64.MAX_VALUE;

/** Shared state of a group; its heap follows. */
@unmanaged
class Group {
  virtualTick: u64;
  carry: u64; // work below one tick of all active flows
  clockNs: u64;
  activeWeight: u64;
}

const GROUP_BYTES: u32 = 64 + HEAP_BYTES;
let groups: usize = 0;

/** Makes `count` groups. False when memory does not suffice. */
export function createGroups(count: u32): bool {
  groups = allocateZeroed(count * GROUP_BYTES);
  return groups != 0;
}

function groupOf(profile: usize): Group {
  return changetype<Group>(groups + <u32>load<u64>(profile, PROFILE_GROUP) * GROUP_BYTES);
}

function heapOf(group: Group): usize {
  return changetype<usize>(group) + 64;
}

/** Work a ns, in ticks times weight. */
function workPerNs(profile: usize): u64 {
  return load<u64>(profile, PROFILE_BUCKET0 + BUCKET_DRAIN) * load<u64>(profile, PROFILE_TICKS_PER_LEVEL);
}

/** Drains the profile's group to `nowNs`. */
export function advanceGroup(profile: usize, nowNs: u64): void {
  const group = groupOf(profile);
  const perNs = workPerNs(profile);
  let elapsedNs = nowNs - group.clockNs;
  group.clockNs = nowNs;
  if (perNs == 0) return;
  // Each step but the last drains 2^63 units of work, which is more than two flows can hold: few steps empty the group.
  const stepNs = WORK_MAX / perNs;
  while (elapsedNs > 0 && group.activeWeight > 0) {
    const step = min(elapsedNs, stepNs);
    elapsedNs -= step;
    spend(group, group.carry + step * perNs);
  }
}

/** Moves virtual time on by as much as `given` work allows, past flows that drain on the way. */
function spend(group: Group, given: u64): void {
  const heap = heapOf(group);
  let work = given;
  while (heapCount(heap) > 0) {
    const first = weightedAt(heapRecord(heap, 1));
    const ticks = drainedAtTick(first) - group.virtualTick;
    const affordable = work / group.activeWeight;
    if (ticks > affordable) {
      group.virtualTick += affordable;
      group.carry = work - affordable * group.activeWeight;
      return;
    }
    work -= ticks * group.activeWeight;
    group.virtualTick += ticks;
    group.activeWeight -= weightOf(first);
    popHeap(heap);
  }
  group.carry = 0;
}

/** True when the flow can be kept among the active ones. */
export function hasGroupRoom(profile: usize, record: u32): bool {
  return isActive(weightedAt(record)) || hasHeapRoom(heapOf(groupOf(profile)));
}

/** Ticks until the flow has drained. */
function ticksLeft(group: Group, flow: usize): u64 {
  return isActive(flow) ? drainedAtTick(flow) - group.virtualTick : 0;
}

/** The rule for a packet of the flow, on a group drained to now; changes nothing. */
export function judgeWeighted(profile: usize, record: u32, lengthBytes: u32): u32 {
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthBytes);
  if (Bucket.isTooLarge(bucket, units)) return RULE_REFUSED;
  const level = ticksLeft(groupOf(profile), weightedAt(record)) * load<u64>(profile, PROFILE_WEIGHT);
  return level <= roomFor(profile, units) ? RULE_FITS : RULE_REFUSED;
}

/** Highest level, in ticks times weight, that leaves room for a cost that is not too large. */
function roomFor(profile: usize, units: u64): u64 {
  const bucket = profile + PROFILE_BUCKET0;
  return (load<u64>(bucket, BUCKET_TEST) - Bucket.cost(bucket, units)) * load<u64>(profile, PROFILE_TICKS_PER_LEVEL);
}

/** Charges a packet that fits. One that costs nothing does not make a drained flow active. */
export function chargeWeighted(profile: usize, record: u32, lengthBytes: u32): void {
  const units = Bucket.units(profile + PROFILE_BUCKET0, lengthBytes);
  if (units == 0) return;
  const group = groupOf(profile);
  const heap = heapOf(group);
  const flow = weightedAt(record);
  const ticks = units * load<u64>(profile, PROFILE_TICKS_PER_UNIT);
  if (isActive(flow)) {
    setDrainedAtTick(flow, drainedAtTick(flow) + ticks);
    sinkHeap(heap, flow);
  } else {
    setDrainedAtTick(flow, group.virtualTick + ticks);
    pushHeap(heap, record);
    group.activeWeight += load<u64>(profile, PROFILE_WEIGHT);
  }
}

/**
 * Ns until a refused packet would fit if nothing else came. Its flow has to drain to a tick; until then every active
 * flow drains, each at most until it is empty: the sum of that is the work to be done.
 */
export function delayOfWeighted(profile: usize, record: u32, lengthBytes: u32): u64 {
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthBytes);
  const perNs = workPerNs(profile);
  if (Bucket.isTooLarge(bucket, units) || perNs == 0) return DELAY_NEVER;
  const group = groupOf(profile);
  const heap = heapOf(group);
  const ticks = ticksLeft(group, weightedAt(record)) - roomFor(profile, units) / load<u64>(profile, PROFILE_WEIGHT);
  beginSum();
  for (let place: u32 = 1; place <= heapCount(heap); place++) {
    const flow = weightedAt(heapRecord(heap, place));
    addToSum(min(ticksLeft(group, flow), ticks) * weightOf(flow));
  }
  subtractFromSum(group.carry);
  return divideSumUp(perNs);
}
