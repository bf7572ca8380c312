/** Mean gaps between packets, from mean rates. */
import { ConfigError } from "../errors.ts";
import { add, compare, divide, isZero, multiply, rational } from "../rational.ts";
import type { Rational } from "../types.ts";
import { meanBytes } from "./choice.ts";
import { FRAME_BYTES_MIN, headerBytes } from "./frame.ts";
import { KIND_IPV6, KINDS } from "./kinds.ts";
import type { Popularity } from "./popularity.ts";
import type { OfferedRate, TrafficSettings } from "./settings.ts";

const NS_PER_SEC = rational(1_000_000_000n);
/** Shares of kinds under Zipf's law are no fractions; they are taken as parts of this. */
const SHARE_PARTS = 2 ** 40;

/** Length of the frames of a flood: a SYN is shorter than the shortest frame of Ethernet, which is padded. */
export function floodBytes(isIpv6: boolean, vlan: number | null): number {
  return Math.max(FRAME_BYTES_MIN, headerBytes(isIpv6 ? KIND_IPV6 : 0, vlan));
}

/** Mean time between packets of the base traffic, all flows together; null when there is none. Throws ConfigError. */
export function baseGapNs(settings: TrafficSettings, kinds: Uint8Array, popularity: Popularity): Rational | null {
  return gapNs("rate", settings.rate, () => meanFrameBytes(settings, kinds, popularity));
}

/** Time between packets of a flood; null when its rate is 0. Throws ConfigError. */
export function floodGapNs(rate: OfferedRate, { ipv6Percent, vlan }: TrafficSettings): Rational | null {
  return gapNs("flood-rate", rate, () => {
    const share = rational(BigInt(ipv6Percent), 100n);
    const rest = rational(BigInt(100 - ipv6Percent), 100n);
    const [four, six] = [floodBytes(false, vlan), floodBytes(true, vlan)].map((bytes) => rational(BigInt(bytes)));
    return add(multiply(rest, four!), multiply(share, six!));
  });
}

function gapNs(option: string, { unitsPerSec, cost, text }: OfferedRate, mean: () => Rational): Rational | null {
  if (isZero(unitsPerSec)) return null;
  const gap = divide(multiply(NS_PER_SEC, cost === "packets" ? rational(1n) : mean()), unitsPerSec);
  if (compare(gap, rational(1n)) >= 0) return gap;
  throw new ConfigError("RANGE", option, text, "is more than a packet a nanosecond; ask for at most 1e9 packets/s");
}

/** Each kind of flow has its own mean: what is shorter than its headers is sent as long as these. */
function meanFrameBytes(settings: TrafficSettings, kinds: Uint8Array, popularity: Popularity): Rational {
  const { sizes, vlan, popularity: law } = settings;
  const means = Array.from({ length: KINDS }, (_, kind) => meanBytes(sizes, headerBytes(kind, vlan)));
  if (means.every((mean) => compare(mean, means[0]!) === 0)) return means[0]!;
  const shares = new Float64Array(KINDS);
  for (const [flow, kind] of kinds.entries()) shares[kind]! += law.kind === "uniform" ? 1 : popularity.shareOf(flow);
  const parts =
    law.kind === "uniform"
      ? Array.from(shares, BigInt)
      : Array.from(shares, (share) => BigInt(Math.floor(share * SHARE_PARTS)));
  const total = parts.reduce((sum, part) => sum + part, 0n);
  return means.map((mean, kind) => multiply(mean, rational(parts[kind]!, total))).reduce((sum, part) => add(sum, part));
}
