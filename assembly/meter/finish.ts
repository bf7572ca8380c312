/**
 * A bucket in one word: its finish, the instant at which it is empty, in level steps that drain from the epoch until then.
 * What lies ahead of the clock is the level, so verdicts are those of bucket.ts: draining is linear, and the clock never
 * goes back. A refused packet changes nothing.
 *
 * Bounds: what drains from the epoch to the clock stays below 2^62, and so do level and cost together
 * (src/core/compact.ts), so a finish is below 2^63. When the clock has come that far, the epoch is moved to it.
 */
import { BUCKET_DRAIN, COMPACT_LEVEL_BITS, LINE_BYTES, PROFILE, PROFILE_BUCKET0 } from "../abi";
import { COMPACT_FINISH, slotsBytes, slotStep } from "../table/line";
import { nextBase, nextLineBytes, tableBase, tableLineBytes } from "../table/table";
import { Bucket } from "./bucket";

const BUCKET: usize = PROFILE + PROFILE_BUCKET0;
const STEPS_END: u64 = 1 << COMPACT_LEVEL_BITS;

let epochNs: u64 = 0;
/** Ns from the epoch for which steps stay below STEPS_END; 0 before the first packet. */
let spanNs: u64 = 0;

export class Finish {
  /** Steps from the epoch to a time of the span. */
  @inline static stepsAt(nowNs: u64, epoch: u64, drainPerNs: u64): u64 {
    return (nowNs - epoch) * drainPerNs;
  }

  @inline static of(slot: usize): u64 {
    return load<u64>(slot, COMPACT_FINISH);
  }

  /** A new flow's level. */
  static begin(slot: usize, level: u64, nowNs: u64): void {
    store<u64>(slot, Finish.stepsAt(nowNs, epochNs, drain()) + level, COMPACT_FINISH);
  }

  static isDrained(slot: usize, nowNs: u64): bool {
    return Finish.of(slot) <= Finish.stepsAt(nowNs, epochNs, drain());
  }
}

/** The instant that steps are counted from. */
export function epoch(): u64 {
  return epochNs;
}

/** True for times whose steps can be counted from the epoch; later ones need `moveEpoch` first. */
export function isInSpan(nowNs: u64): bool {
  return nowNs - epochNs < spanNs;
}

/** Counts steps from `nowNs` on, which the clock has reached: no level changes. One pass over all flows. */
export function moveEpoch(nowNs: u64): void {
  if (spanNs != 0) {
    const steps = elapsedSteps(nowNs - epochNs);
    lowerFinishes(tableBase, tableLineBytes, steps);
    if (nextBase != 0) lowerFinishes(nextBase, nextLineBytes, steps);
  }
  epochNs = nowNs;
  // 0 at rate 0, where nothing ever drains.
  spanNs = STEPS_END / max<u64>(drain(), 1);
}

function drain(): u64 {
  return load<u64>(BUCKET, BUCKET_DRAIN);
}

/** Steps that drain in `elapsedNs`, which is any: more than any finish where a word would not hold them. */
function elapsedSteps(elapsedNs: u64): u64 {
  const drainPerNs = drain();
  return drainPerNs != 0 && elapsedNs >= 2 * spanNs ? 2 * STEPS_END : elapsedNs * drainPerNs;
}

function lowerFinishes(base: usize, bytes: usize, steps: u64): void {
  for (let line = base; line < base + bytes; line += LINE_BYTES) {
    for (let slot = line; slot < line + slotsBytes; slot += slotStep) {
      store<u64>(slot, Bucket.lowered(Finish.of(slot), steps), COMPACT_FINISH);
    }
  }
}
