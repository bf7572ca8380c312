/** Costs as whole numbers of parts. */

const COST_MAX = 0xffff_ffff;
/** A decimal such as 0.7 is not quite what a double holds: its parts are the whole number nearest to it. */
const TOLERANCE = 2 ** -20;

/** The parts of a cost. Throws RangeError for what is no whole number of them from 0 to 2^32 - 1. */
export function unitsOf(cost: number, parts: number): number {
  const whole = Math.round(cost * parts);
  if (Math.abs(cost * parts - whole) <= (parts === 1 ? 0 : TOLERANCE) && whole >= 0 && whole <= COST_MAX) return whole;
  const kind = parts === 1 ? "a whole number" : `a whole number of 1/${parts}`;
  const most = COST_MAX / parts;
  throw new RangeError(`cost ${String(cost)}: must be ${kind} from 0 to ${most}; costParts sets how fine costs are`);
}
