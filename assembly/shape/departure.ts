/** When a packet leaves, in the batch's columns: a whole nanosecond, and the parts by which it leaves before that. */
import { BATCH, COLUMN_DEPARTURE, COLUMN_DEPARTURE_REST } from "../abi";

/** In COLUMN_DEPARTURE: the packet was dropped. */
export const DEPARTS_NEVER: u64 = u64.MAX_VALUE;

export class Departure {
  /** Ns from now until `steps` have drained, rounded up. `drain` is above 0. */
  @inline static waitNs(steps: u64, drain: u64): u64 {
    const wholeNs = steps / drain;
    return wholeNs + <u64>(wholeNs * drain != steps);
  }

  /** Packet `i` leaves `rest` parts of a ns before `departureNs`. */
  @inline static put(i: u32, departureNs: u64, rest: u64): void {
    store<u64>(i << 3, departureNs, BATCH + COLUMN_DEPARTURE);
    store<u64>(i << 3, rest, BATCH + COLUMN_DEPARTURE_REST);
  }

  /** `put` if it departs, else `putNone`. */
  @inline static putIf(i: u32, departs: bool, departureNs: u64, rest: u64): void {
    Departure.put(i, select<u64>(departureNs, DEPARTS_NEVER, departs), select<u64>(rest, 0, departs));
  }

  /** If `departs` (0 or 1), packet `i` leaves when `steps` have drained, else never. Not for times near their end. */
  @inline static putAfter(i: u32, departs: u32, nowNs: u64, steps: u64, drain: u64): void {
    const waitNs = Departure.waitNs(steps, drain);
    const never = <u64>departs - 1;
    Departure.put(i, (nowNs + waitNs) | never, (waitNs * drain - steps) & ~never);
  }

  /** Packet `i` was dropped. */
  @inline static putNone(i: u32): void {
    Departure.put(i, DEPARTS_NEVER, 0);
  }

  /** True for a departure later than times can say: whoever would leave so late is dropped for his delay. */
  @inline static isTooLate(nowNs: u64, waitNs: u64): bool {
    return waitNs >= DEPARTS_NEVER - nowNs;
  }
}
