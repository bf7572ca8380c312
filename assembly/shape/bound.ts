/** What may wait of one flow in whole packets, as the profile says. */
import { SHAPER_QUEUE_LIMIT, SHAPER_QUEUE_MASK } from "../abi/shaper";

/** SHAPER_QUEUE_LIMIT of a queue whose wait alone is bounded. */
const NO_LIMIT: u64 = u64.MAX_VALUE;

export class Bound {
  /** What `packets` of so many units together count. */
  @inline static counted(profile: usize, units: u64, packets: u32): u64 {
    const mask = load<u64>(profile, SHAPER_QUEUE_MASK);
    return (units & mask) + ((<u64>packets) & ~mask);
  }

  /** True when so much more may wait. */
  @inline static hasRoom(profile: usize, waiting: u64, counted: u64): bool {
    return waiting + counted <= load<u64>(profile, SHAPER_QUEUE_LIMIT);
  }

  /** The most that may wait, in units or packets. */
  @inline static limit(profile: usize): u64 {
    return load<u64>(profile, SHAPER_QUEUE_LIMIT);
  }

  /** All ones where what waits counts by its units, 0 where it does by packets. */
  @inline static unitsMask(profile: usize): u64 {
    return load<u64>(profile, SHAPER_QUEUE_MASK);
  }

  /** True when so many packets of so many units together may wait; limit and mask are those of the profile. */
  @inline static holds(limit: u64, unitsMask: u64, units: u64, packets: u32): bool {
    return select<u64>(units, packets, unitsMask != 0) <= limit;
  }

  /** What may wait for `counted` more to have room. */
  @inline static mostBeside(profile: usize, counted: u64): u64 {
    return load<u64>(profile, SHAPER_QUEUE_LIMIT) - counted;
  }

  /** True when what waits is counted, and not its wait alone. */
  @inline static isBounded(profile: usize): bool {
    return load<u64>(profile, SHAPER_QUEUE_LIMIT) != NO_LIMIT;
  }
}
