/** The bandwidth profile algorithm of MEF 10.2 with coupling flag CF and color mode CM. */
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
import { add, larger, smaller, subtract, sum, ZERO, type Fraction } from "./rational.ts";
import { freshTokens, isEnough, taken, untilEnoughNs } from "./tokens.ts";
import { earliest, yieldOf } from "./time.ts";

/** Token counts Bc and Be of the green and the yellow bucket. */
export interface MefState {
  readonly bc: Fraction;
  readonly be: Fraction;
  readonly lastNs: bigint;
}

const COMMITTED = 0;
const EXCESS = 1;

/** CF is `isCoupled`; CM is color-aware with `isAware`. MEF knows frames declared green or yellow; red ones stay red. */
export function createMef({ committed, excess, isCoupled, isAware }: Definition<"mef">): FlowMeter<MefState> {
  const [cir, cbs, eir, ebs] = [committed.ratePerSec, committed.depth, excess.ratePerSec, excess.depth];

  /** O = max(0, Bc + CIR dt - CBS), Bc = min(CBS, Bc + CIR dt), Be = min(EBS, Be + EIR dt + CF O). */
  function updated({ bc, be, lastNs }: MefState, nowNs: bigint): MefState {
    const elapsedNs = nowNs - lastNs;
    const green = add(bc, yieldOf(cir, elapsedNs));
    const overflow = isCoupled ? larger(ZERO, subtract(green, cbs)) : ZERO;
    const yellow = sum([be, yieldOf(eir, elapsedNs), overflow]);
    return { bc: smaller(cbs, green), be: smaller(ebs, yellow), lastNs: nowNs };
  }

  return {
    fresh: (nowNs) => ({ bc: freshTokens(committed), be: freshTokens(excess), lastNs: nowNs }),
    drained: (nowNs) => ({ bc: cbs, be: ebs, lastNs: nowNs }),

    offer(state, packet, nowNs) {
      const now = updated(state, nowNs);
      const declared = precolor(isAware, packet);
      const inCommitted = unitsOf(committed.costRule, packet.lengthBytes);
      const inExcess = unitsOf(excess.costRule, packet.lengthBytes);
      if (declared === GREEN && isEnough(committed, now.bc, inCommitted)) {
        return asGreen({ ...now, bc: taken(now.bc, inCommitted) });
      }
      if (declared !== RED && isEnough(excess, now.be, inExcess)) {
        return asYellow(declared === YELLOW ? "color-in" : COMMITTED, { ...now, be: taken(now.be, inExcess) });
      }
      return asRed(declared === RED ? "color-in" : EXCESS, now);
    },

    delayNs(state, packet, nowNs) {
      const { bc, be } = updated(state, nowNs);
      const declared = precolor(isAware, packet);
      if (declared === RED) return null;
      const inExcess = unitsOf(excess.costRule, packet.lengthBytes);
      const byItself = untilEnoughNs(excess, be, inExcess, eir, ZERO);
      // Once the green bucket has filled up, Be has grown by (CIR + EIR) dt less what the green bucket took.
      const together = isCoupled ? untilEnoughNs(excess, be, inExcess, add(cir, eir), subtract(cbs, bc)) : null;
      const yellowNs = earliest([byItself, together]);
      if (declared === YELLOW) return yellowNs;
      const inCommitted = unitsOf(committed.costRule, packet.lengthBytes);
      return earliest([untilEnoughNs(committed, bc, inCommitted, cir, ZERO), yellowNs]);
    },

    levels(state, nowNs) {
      const { bc, be } = updated(state, nowNs);
      return [subtract(cbs, bc), subtract(ebs, be)];
    },
  };
}
