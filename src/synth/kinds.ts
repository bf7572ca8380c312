/**
 * Which flow is IPv4 or IPv6, TCP or UDP. Shares are exact and evenly dealt: of the first n flows, n times the share,
 * rounded down, are IPv6; and within each of IPv4 and IPv6 the same holds for UDP.
 */

export const KIND_IPV6 = 2;
export const KIND_UDP = 1;
/** Kinds are 0 to 3: sums of the two above. */
export const KINDS = 4;

/** The kind of each flow. */
export function kindsOf(flows: number, ipv6Percent: number, udpPercent: number): Uint8Array {
  const kinds = new Uint8Array(flows);
  const seen = [0, 0];
  for (let flow = 0; flow < flows; flow += 1) {
    const isIpv6 = isDealt(flow, ipv6Percent);
    const version = isIpv6 ? 1 : 0;
    const isUdp = isDealt(seen[version]!, udpPercent);
    seen[version]! += 1;
    kinds[flow] = (isIpv6 ? KIND_IPV6 : 0) + (isUdp ? KIND_UDP : 0);
  }
  return kinds;
}

/** True for `percent` of all indexes. */
export function isDealt(index: number, percent: number): boolean {
  return Math.floor(((index + 1) * percent) / 100) !== Math.floor((index * percent) / 100);
}
