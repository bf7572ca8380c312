/** Peak and sustained rate (ATM's PCR and SCR, a T-SPEC's p and r): two buckets in the level form. */
import {
  drainedBucket,
  filled,
  freshBucket,
  hasRoom,
  levelAt,
  rested,
  untilRoomNs,
  type BucketState,
} from "./bucket.ts";
import { asGreen, asRed, asYellow, type Definition, type FlowMeter } from "./flowmeter.ts";
import { latest } from "./time.ts";

export interface DualState {
  readonly peak: BucketState;
  readonly sustained: BucketState;
}

const PEAK = 0;
const SUSTAINED = 1;

/**
 * Green when both fit, whatever the mode. "coordinated" charges both or neither; "sequential" charges the peak with
 * what fits it, and the sustained bucket with what then fits it too; "independent" charges each with what fits it.
 */
export function createDual({ peak, sustained, mode, tags }: Definition<"dual">): FlowMeter<DualState> {
  return {
    fresh: (nowNs) => ({ peak: freshBucket(peak, nowNs), sustained: freshBucket(sustained, nowNs) }),
    drained: (nowNs) => ({ peak: drainedBucket(nowNs), sustained: drainedBucket(nowNs) }),

    offer(state, packet, nowNs) {
      const fitsPeak = hasRoom(peak, state.peak, packet, nowNs);
      const fitsSustained = hasRoom(sustained, state.sustained, packet, nowNs);
      const charged = (chargesPeak: boolean, chargesSustained: boolean): DualState => ({
        peak: chargesPeak ? filled(peak, state.peak, packet, nowNs) : rested(peak, state.peak, nowNs),
        sustained: chargesSustained
          ? filled(sustained, state.sustained, packet, nowNs)
          : rested(sustained, state.sustained, nowNs),
      });
      if (fitsPeak && fitsSustained) return asGreen(charged(true, true));
      if (mode === "coordinated" && tags && fitsPeak) return asYellow(SUSTAINED, charged(true, false));
      const reason = fitsPeak ? SUSTAINED : PEAK;
      if (mode === "coordinated") return asRed(reason, charged(false, false));
      if (mode === "sequential") return asRed(reason, charged(fitsPeak, false));
      return asRed(reason, charged(fitsPeak, fitsSustained));
    },

    delayNs(state, packet, nowNs) {
      const peakNs = untilRoomNs(peak, state.peak, packet, nowNs);
      if (mode === "coordinated" && tags) return peakNs;
      return latest([peakNs, untilRoomNs(sustained, state.sustained, packet, nowNs)]);
    },

    levels: (state, nowNs) => [levelAt(peak, state.peak, nowNs), levelAt(sustained, state.sustained, nowNs)],
  };
}
