/** LINKTYPE_NULL (0) and LINKTYPE_LOOP (108): a 4-byte address family, in the byte order of whoever wrote it. */
import { NOT_IP } from "../encap/inner";
import { ipByNibble } from "../encap/walk";
import { be32, holds } from "../net/bytes";

const HEADER_BYTES: u32 = 4;
const FAMILY_MAX: u32 = 0xffff;
const AF_INET: u32 = 2;
/** AF_INET6 of NetBSD and OpenBSD, FreeBSD, Darwin and Linux. */
const AF_INET6_NETBSD: u32 = 24;
const AF_INET6_FREEBSD: u32 = 28;
const AF_INET6_DARWIN: u32 = 30;
const AF_INET6_LINUX: u32 = 10;

export function loopbackPayload(frame: usize, end: usize): usize {
  if (!holds(frame, HEADER_BYTES, end)) return NOT_IP;
  const family = be32(frame, end);
  const swapped = bswap<u32>(family);
  // Neither order gives an address family: some writers use the field otherwise, so the payload has to tell.
  const isOpaque = family > FAMILY_MAX && swapped > FAMILY_MAX;
  return isOpaque || isIpFamily(family) || isIpFamily(swapped) ? ipByNibble(frame + HEADER_BYTES, end) : NOT_IP;
}

function isIpFamily(family: u32): bool {
  return (
    family == AF_INET ||
    family == AF_INET6_NETBSD ||
    family == AF_INET6_FREEBSD ||
    family == AF_INET6_DARWIN ||
    family == AF_INET6_LINUX
  );
}
