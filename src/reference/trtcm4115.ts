/** The two-rate three-color marker with efficient handling of in-profile traffic, RFC 4115 section 2. */
import { unitsOf } from "./bucket.ts";
import {
  asGreen,
  asRed,
  asYellow,
  GREEN,
  precolor,
  RED,
  YELLOW,
  type Definition,
  type FlowMeter,
} from "./flowmeter.ts";
import { subtract, ZERO, type Fraction } from "./rational.ts";
import { freshTokens, isEnough, refilled, taken, untilEnoughNs } from "./tokens.ts";
import { earliest } from "./time.ts";

/** Token counts of the committed and the excess bucket. */
export interface Trtcm4115State {
  readonly tc: Fraction;
  readonly te: Fraction;
  readonly lastNs: bigint;
}

const COMMITTED = 0;
const EXCESS = 1;

/** The RFC adds CIR * T and EIR * T tokens every T; here T is whatever lies between two packets. */
export function createTrtcm4115({ committed, excess, isAware }: Definition<"trtcm-4115">): FlowMeter<Trtcm4115State> {
  /** Tc = MIN(CBS, Tc + CIR * T), Te = MIN(EBS, Te + EIR * T). */
  function updated({ tc, te, lastNs }: Trtcm4115State, nowNs: bigint): Trtcm4115State {
    const elapsedNs = nowNs - lastNs;
    return { tc: refilled(committed, tc, elapsedNs), te: refilled(excess, te, elapsedNs), lastNs: nowNs };
  }

  return {
    fresh: (nowNs) => ({ tc: freshTokens(committed), te: freshTokens(excess), lastNs: nowNs }),
    drained: (nowNs) => ({ tc: committed.depth, te: excess.depth, lastNs: nowNs }),

    offer(state, packet, nowNs) {
      const now = updated(state, nowNs);
      const color = precolor(isAware, packet);
      if (color === RED) return asRed("color-in", now);
      if (color === GREEN) {
        const units = unitsOf(committed.costRule, packet.lengthBytes);
        if (isEnough(committed, now.tc, units)) return asGreen({ ...now, tc: taken(now.tc, units) });
      }
      const units = unitsOf(excess.costRule, packet.lengthBytes);
      if (!isEnough(excess, now.te, units)) return asRed(EXCESS, now);
      return asYellow(color === YELLOW ? "color-in" : COMMITTED, { ...now, te: taken(now.te, units) });
    },

    delayNs(state, packet, nowNs) {
      const { tc, te } = updated(state, nowNs);
      const color = precolor(isAware, packet);
      if (color === RED) return null;
      const inExcess = unitsOf(excess.costRule, packet.lengthBytes);
      const yellowNs = untilEnoughNs(excess, te, inExcess, excess.ratePerSec, ZERO);
      if (color === YELLOW) return yellowNs;
      const inCommitted = unitsOf(committed.costRule, packet.lengthBytes);
      return earliest([untilEnoughNs(committed, tc, inCommitted, committed.ratePerSec, ZERO), yellowNs]);
    },

    levels(state, nowNs) {
      const { tc, te } = updated(state, nowNs);
      return [subtract(committed.depth, tc), subtract(excess.depth, te)];
    },
  };
}
