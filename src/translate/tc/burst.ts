/** A burst as tc hands it to the kernel: the time that it takes at the rate, in ticks of 64 ns (PSCHED_SHIFT is 6) and 32 bits. */
import { compare, divide, floor, multiply, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import { ceiling, numberText } from "../amounts.ts";

const TICK_NS = rational(64n);
const US_NS = rational(1000n);
const TICKS_MAX = 0xffff_ffffn;

/** Units that so many ticks of the rate hold. */
function unitsOf(ticks: bigint, ratePerSec: Rational): Rational {
  return divide(multiply(multiply(rational(ticks), TICK_NS), ratePerSec), NS_PER_SEC);
}

/** Whole ticks, rounded up: iproute2 of today. */
export function burstTicks(ratePerSec: Rational, units: Rational): bigint {
  return ceiling(divide(divide(multiply(units, NS_PER_SEC), ratePerSec), TICK_NS));
}

/** True when the time does not fit: 274.877 s of the rate. */
export function isTooLong(ratePerSec: Rational, units: Rational): boolean {
  return burstTicks(ratePerSec, units) > TICKS_MAX;
}

/** What is kept of a burst, rounded up to a tick; and by iproute2 6.1, cut to a microsecond and then to a tick. */
export function burstRemarks(ratePerSec: Rational, units: Rational, unit: string): string[] {
  const kept = unitsOf(burstTicks(ratePerSec, units), ratePerSec);
  const us = floor(divide(divide(multiply(units, NS_PER_SEC), ratePerSec), US_NS));
  const old = unitsOf(floor(divide(multiply(rational(us), US_NS), TICK_NS)), ratePerSec);
  const is = (value: Rational) => compare(value, units) === 0;
  const whole = numberText(units);
  return [
    ...(is(kept)
      ? []
      : [`the burst is kept as a time in steps of 64 ns, rounded up: ${numberText(kept)} ${unit} instead of ${whole}`]),
    ...(is(old)
      ? []
      : [
          `older iproute2 (6.1) cuts that time to whole microseconds and then to steps of 64 ns: ${numberText(old)} ${unit} instead of ${whole}`,
        ]),
  ];
}
