/** A bucket that counts packets, stated by the time of one: exact where the rate would be an endless fraction. */
import { divide, multiply, rational } from "../rational.ts";
import { NS_PER_SEC } from "../policy/limits.ts";
import type { Rational } from "../types.ts";
import { formatRate } from "../units.ts";
import { rateText, timeText, unitsText } from "./amounts.ts";
import type { PolicyDocument } from "./explained.ts";

/**
 * A bucket of `burst` packets with `intervalNs` between two: by its rate where that ends, else as GCRA, whose limit leaves
 * out the packet at hand. Both pass the same packets.
 */
export function packetBucket(intervalNs: Rational, burst: bigint): PolicyDocument {
  const rate = divide(NS_PER_SEC, intervalNs);
  if (!formatRate(rate, "packets").startsWith("about")) {
    return { meter: "token-bucket", rate: rateText(rate, "packets"), burst: unitsText(rational(burst), "packets") };
  }
  const limit = timeText(multiply(intervalNs, rational(burst - 1n)));
  return { meter: "gcra", increment: timeText(intervalNs), limit, cost: "packets" };
}
