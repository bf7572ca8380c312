/** The two rate three color marker, RFC 2698 section 3, with tokens that come continuously. */
import { unitsOf } from "./bucket.ts";
import { asGreen, asRed, asYellow, precolor, RED, YELLOW, type Definition, type FlowMeter } from "./flowmeter.ts";
import { subtract, ZERO, type Fraction } from "./rational.ts";
import { freshTokens, isEnough, refilled, taken, untilEnoughNs } from "./tokens.ts";

/** Token counts of the buckets P and C. */
export interface TrtcmState {
  readonly tp: Fraction;
  readonly tc: Fraction;
  readonly lastNs: bigint;
}

const PEAK = 0;
const COMMITTED = 1;

/** PIR and PBS are rate and depth of `peak`, CIR and CBS those of `committed`. */
export function createTrtcm({ peak, committed, isAware }: Definition<"trtcm">): FlowMeter<TrtcmState> {
  function updated({ tp, tc, lastNs }: TrtcmState, nowNs: bigint): TrtcmState {
    const elapsedNs = nowNs - lastNs;
    return { tp: refilled(peak, tp, elapsedNs), tc: refilled(committed, tc, elapsedNs), lastNs: nowNs };
  }

  return {
    fresh: (nowNs) => ({ tp: freshTokens(peak), tc: freshTokens(committed), lastNs: nowNs }),
    drained: (nowNs) => ({ tp: peak.depth, tc: committed.depth, lastNs: nowNs }),

    offer(state, packet, nowNs) {
      const now = updated(state, nowNs);
      const color = precolor(isAware, packet);
      const inPeak = unitsOf(peak.costRule, packet.lengthBytes);
      const inCommitted = unitsOf(committed.costRule, packet.lengthBytes);
      if (color === RED) return asRed("color-in", now);
      if (!isEnough(peak, now.tp, inPeak)) return asRed(PEAK, now);
      const withinPeak = { ...now, tp: taken(now.tp, inPeak) };
      if (color === YELLOW) return asYellow("color-in", withinPeak);
      if (!isEnough(committed, now.tc, inCommitted)) return asYellow(COMMITTED, withinPeak);
      return asGreen({ ...withinPeak, tc: taken(now.tc, inCommitted) });
    },

    delayNs(state, packet, nowNs) {
      if (precolor(isAware, packet) === RED) return null;
      const inPeak = unitsOf(peak.costRule, packet.lengthBytes);
      return untilEnoughNs(peak, updated(state, nowNs).tp, inPeak, peak.ratePerSec, ZERO);
    },

    levels(state, nowNs) {
      const { tp, tc } = updated(state, nowNs);
      return [subtract(peak.depth, tp), subtract(committed.depth, tc)];
    },
  };
}
