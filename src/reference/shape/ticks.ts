import { fraction, ZERO } from "../rational.ts";
import { fillOf, hasRoom, stillThere, type Definition, type FlowShaper, type Taken } from "./flowshaper.ts";

/** A queue after a tick. */
interface State {
  /** The last tick that was served, and what is left of its quantum. */
  readonly tickNs: bigint;
  readonly left: bigint;
  /** Units of those that still wait then, the first at the head. */
  readonly queue: readonly bigint[];
  /** For `waiting`. */
  readonly taken: readonly Taken[];
}

/** Ticks one after the other, each sending from the head of the queue while packets fit into what is left. */
export function createTicks(definition: Definition<"ticks">): FlowShaper<State> {
  const { tickNs, quantumUnits, carriesResidue, isImmediate, bounds } = definition;

  function served(state: State): State {
    const carried = carriesResidue && state.queue.length > 0 ? state.left : 0n;
    let left = carried + quantumUnits;
    let sent = 0;
    for (const units of state.queue) {
      if (units > left) break;
      left -= units;
      sent += 1;
    }
    return { ...state, tickNs: state.tickNs + tickNs, left, queue: state.queue.slice(sent) };
  }

  /** After the last tick that is not after now; ticks that find nothing to send are passed over together. */
  function upTo(state: State, nowNs: bigint): State {
    let at = state;
    while (at.queue.length > 0 && at.tickNs + tickNs <= nowNs) at = served(at);
    const idleTicks = (nowNs - at.tickNs) / tickNs;
    if (at.queue.length > 0 || idleTicks === 0n) return at;
    return { ...at, tickNs: at.tickNs + idleTicks * tickNs, left: quantumUnits };
  }

  /** When the last packet of the queue leaves. */
  function departureOfLast(state: State): State {
    let at = state;
    while (at.queue.length > 0) at = served(at);
    return at;
  }

  return {
    fresh: (nowNs) => ({ tickNs: nowNs, left: quantumUnits, queue: [], taken: [] }),
    offer(before, units, nowNs) {
      const state = upTo(before, nowNs);
      const there = stillThere(before.taken, nowNs);
      const more = fillOf(bounds, [{ units }]);
      if ((units > quantumUnits && !carriesResidue) || !hasRoom(bounds, ZERO, more)) return { drop: "oversize" };
      if (!hasRoom(bounds, fillOf(bounds, there), more)) return { drop: "queue" };
      if (isImmediate && state.queue.length === 0 && units <= state.left) {
        const next = { ...state, left: state.left - units, taken: there };
        return { drop: null, departsNs: fraction(nowNs), next };
      }
      // The rest of a tick that has sent all is not for packets that come later, unless they wait for the next with it.
      const left = state.queue.length === 0 && !isImmediate ? 0n : state.left;
      const queued = { ...state, left, queue: [...state.queue, units] };
      const departsNs = fraction(departureOfLast(queued).tickNs);
      return { drop: null, departsNs, next: { ...queued, taken: [...there, { units, departsNs }] } };
    },
    waiting: ({ taken }, nowNs) => stillThere(taken, nowNs),
    level: (state, nowNs) => fraction(departureOfLast(upTo(state, nowNs)).left),
    // Its ticks would begin anew.
    isAsNew: () => false,
  };
}
