/** A leaky counter of events with an alarm: it begins at one level and ends at a lower one. */
import { drainedBucket, freshBucket, levelAt, unitsOf, type BucketState } from "./bucket.ts";
import { asGreen, asRed, type Definition, type FlowMeter } from "./flowmeter.ts";
import { add, atMost, fraction, smaller, subtract, ZERO, type Fraction } from "./rational.ts";
import { latest, untilYieldNs } from "./time.ts";

export interface EventCounterState extends BucketState {
  readonly isAlarm: boolean;
}

/**
 * The alarm ends when y <= clear. Then x = min(y + s, cap), and the alarm begins when x >= depth. Red while it lasts,
 * from the packet on that begins it.
 */
export function createEventCounter({ bucket, cap, clear }: Definition<"event-counter">): FlowMeter<EventCounterState> {
  const counted = (level: Fraction, units: bigint): Fraction => smaller(add(level, fraction(units)), cap);
  const alarms = (level: Fraction): boolean => atMost(bucket.depth, level);
  const stillAlarms = (state: EventCounterState, level: Fraction): boolean => state.isAlarm && !atMost(level, clear);

  return {
    fresh: (nowNs) => ({ ...freshBucket(bucket, nowNs), isAlarm: false }),
    drained: (nowNs) => ({ ...drainedBucket(nowNs), isAlarm: false }),
    offer(state, { lengthBytes }, nowNs) {
      const drained = levelAt(bucket, state, nowNs);
      const level = counted(drained, unitsOf(bucket.costRule, lengthBytes));
      const isAlarm = stillAlarms(state, drained) || alarms(level);
      const next = { level, lastNs: nowNs, isAlarm };
      return isAlarm ? asRed(0, next) : asGreen(next);
    },
    delayNs(state, { lengthBytes }, nowNs) {
      const units = unitsOf(bucket.costRule, lengthBytes);
      const level = levelAt(bucket, state, nowNs);
      if (alarms(counted(ZERO, units))) return null;
      const clearNs = stillAlarms(state, level) ? untilYieldNs(subtract(level, clear), bucket.ratePerSec, false) : 0n;
      const surplus = subtract(add(level, fraction(units)), bucket.depth);
      const roomNs = alarms(counted(level, units)) ? untilYieldNs(surplus, bucket.ratePerSec, true) : 0n;
      return latest([clearNs, roomNs]);
    },
    levels: (state, nowNs) => [levelAt(bucket, state, nowNs)],
    isAlarm: (state) => state.isAlarm,
  };
}
