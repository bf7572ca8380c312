/** The link's time in whole numbers, so that no departure is ever rounded. */

import { ConfigError } from "../../errors.ts";
import { divide, floor, isZero } from "../../rational.ts";
import type { LinkProfile, Rational } from "../../types.ts";
import { LEVEL_MAX, NS_PER_SEC } from "../limits.ts";

/** Room for every IP packet with the largest overhead. */
const UNITS_NEEDED = 131_070n;
/** Queued packets have 32 bits for what they take. */
const UNITS_MAX = 2n ** 32n - 1n;

/** The integer form of a rate, and the largest packet that it can send. Throws ConfigError that names the rate. */
export function linkTime(ratePerSec: Rational, text: string): { profile: LinkProfile; unitsMax: bigint } {
  if (isZero(ratePerSec)) {
    throw new ConfigError("RANGE", "rate", text, "a link that never sends delays for ever; write a rate above 0");
  }
  const { num: partsPerUnit, den: departureParts } = divide(NS_PER_SEC, ratePerSec);
  if (departureParts > LEVEL_MAX || partsPerUnit * UNITS_NEEDED > LEVEL_MAX) {
    const most = floor(divide({ num: LEVEL_MAX, den: 1n }, { num: UNITS_NEEDED, den: 1n }));
    const detail = `is too fine: a unit takes ${partsPerUnit}/${departureParts} ns, and exact 63-bit arithmetic goes up to ${most}/${LEVEL_MAX}; write fewer digits`;
    throw new ConfigError("RANGE", "rate", text, detail);
  }
  const unitsMax = LEVEL_MAX / partsPerUnit;
  return { profile: { partsPerUnit, departureParts }, unitsMax: unitsMax < UNITS_MAX ? unitsMax : UNITS_MAX };
}
