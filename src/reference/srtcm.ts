/** The single rate three color marker, RFC 2697 section 3, with tokens that come continuously. */
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
import { add, larger, smaller, subtract, ZERO, type Fraction } from "./rational.ts";
import { freshTokens, isEnough, taken, untilEnoughNs } from "./tokens.ts";
import { earliest, yieldOf } from "./time.ts";

/** Token counts of the buckets C and E. */
export interface SrtcmState {
  readonly tc: Fraction;
  readonly te: Fraction;
  readonly lastNs: bigint;
}

const COMMITTED = 0;
const EXCESS = 1;

/** CIR is the rate of `committed`; that of `excess` is 0 and not looked at. */
export function createSrtcm({ committed, excess, isAware }: Definition<"srtcm">): FlowMeter<SrtcmState> {
  const [cir, cbs, ebs] = [committed.ratePerSec, committed.depth, excess.depth];

  /** If Tc is less than CBS, Tc is incremented, else if Te is less than EBS, Te is. */
  function updated({ tc, te, lastNs }: SrtcmState, nowNs: bigint): SrtcmState {
    const tokens = yieldOf(cir, nowNs - lastNs);
    const room = larger(ZERO, subtract(cbs, tc));
    const toCommitted = smaller(tokens, room);
    const rest = subtract(tokens, toCommitted);
    return { tc: add(tc, toCommitted), te: smaller(ebs, add(te, rest)), lastNs: nowNs };
  }

  return {
    fresh: (nowNs) => ({ tc: freshTokens(committed), te: freshTokens(excess), lastNs: nowNs }),
    drained: (nowNs) => ({ tc: cbs, te: ebs, lastNs: nowNs }),

    offer(state, packet, nowNs) {
      const now = updated(state, nowNs);
      const color = precolor(isAware, packet);
      const inCommitted = unitsOf(committed.costRule, packet.lengthBytes);
      const inExcess = unitsOf(excess.costRule, packet.lengthBytes);
      if (color === GREEN && isEnough(committed, now.tc, inCommitted)) {
        return asGreen({ ...now, tc: taken(now.tc, inCommitted) });
      }
      if ((color === GREEN || color === YELLOW) && isEnough(excess, now.te, inExcess)) {
        return asYellow(color === YELLOW ? "color-in" : COMMITTED, { ...now, te: taken(now.te, inExcess) });
      }
      return asRed(color === RED ? "color-in" : EXCESS, now);
    },

    delayNs(state, packet, nowNs) {
      const { tc, te } = updated(state, nowNs);
      const color = precolor(isAware, packet);
      if (color === RED) return null;
      const inExcess = unitsOf(excess.costRule, packet.lengthBytes);
      // C takes all tokens until it is full.
      const yellowNs = untilEnoughNs(excess, te, inExcess, cir, subtract(cbs, tc));
      if (color === YELLOW) return yellowNs;
      const inCommitted = unitsOf(committed.costRule, packet.lengthBytes);
      return earliest([untilEnoughNs(committed, tc, inCommitted, cir, ZERO), yellowNs]);
    },

    levels(state, nowNs) {
      const { tc, te } = updated(state, nowNs);
      return [subtract(cbs, tc), subtract(ebs, te)];
    },
  };
}
