/** The differentiated services code point: RFC 2474, and the color that it stands for: RFC 2597. */
import { COLOR_GREEN } from "../abi";
import { be16, byteAt, holds } from "./bytes";
import { IpHeader } from "./ip";

/** A code point that no packet has. */
export const NO_DSCP: u32 = 64;
const CODE_POINT_MASK: u32 = 63;

/** Code point of the header read into `ip`, or NO_DSCP. */
export function dscpOf(ip: IpHeader, end: usize): u32 {
  if (ip.version == 0 || !holds(ip.at, 2, end)) return NO_DSCP;
  // IPv4: the second byte. IPv6: the traffic class lies across the first two, behind the version.
  return ip.version == 4 ? byteAt(ip.at + 1, end) >>> 2 : (be16(ip.at, end) >>> 6) & CODE_POINT_MASK;
}

const DROP_PRECEDENCE_MASK: u32 = 7;

/** Assured forwarding AFxy is 8x + 2y for x = 1 to 4 and y = 1 to 3: y is the color. All others are green. */
export function colorOfDscp(dscp: u32): u32 {
  const forwardingClass = dscp >>> 3;
  const precedence = dscp & DROP_PRECEDENCE_MASK;
  const isAssured = forwardingClass - 1 < 4 && precedence != 0 && (precedence & 1) == 0;
  return isAssured ? (precedence >>> 1) - 1 : COLOR_GREEN;
}
