/** One encapsulation off: type and payload in, inner payload (and `innerType`) out, or NOT_IP. */
import {
  ETHERTYPE_CISCO_METADATA,
  ETHERTYPE_E_TAG,
  ETHERTYPE_FABRICPATH,
  ETHERTYPE_MACSEC,
  ETHERTYPE_MPLS,
  ETHERTYPE_MPLS_UPSTREAM,
  ETHERTYPE_NSH,
  ETHERTYPE_OLD_QINQ,
  ETHERTYPE_PBB,
  ETHERTYPE_PPPOE_SESSION,
  ETHERTYPE_PROVIDER_VLAN,
  ETHERTYPE_VLAN,
  ETHERTYPE_VN_TAG,
} from "../net/numbers";
import { inner, NOT_IP, typeAt, TYPE_ETHERNET, TYPE_LENGTH_MAX, TYPE_PPP, TYPE_SNAP } from "./inner";
import { unwrapLlc, unwrapSnap } from "./llc";
import { unwrapMacsec } from "./macsec";
import { unwrapMpls } from "./mpls";
import { unwrapNsh } from "./nsh";
import { unwrapPpp } from "./ppp";
import { unwrapVlan } from "./vlan";

const PPPOE_HEADER_BYTES: u32 = 6;
const FABRICPATH_TAG_BYTES: u32 = 2;

export function unwrap(type: u32, at: usize, end: usize): usize {
  if (type <= TYPE_LENGTH_MAX) return unwrapLlc(at, end);
  switch (type) {
    case ETHERTYPE_VLAN:
    case ETHERTYPE_PROVIDER_VLAN:
    case ETHERTYPE_OLD_QINQ:
      return unwrapVlan(at, end);
    case ETHERTYPE_VN_TAG:
      return typeAt(at, 4, end);
    case ETHERTYPE_E_TAG:
    case ETHERTYPE_CISCO_METADATA:
      return typeAt(at, 6, end);
    case ETHERTYPE_PBB: // service tag 4, then a whole Ethernet header
      return typeAt(at, 16, end);
    case TYPE_ETHERNET:
      return typeAt(at, 12, end);
    case ETHERTYPE_FABRICPATH:
      return inner(TYPE_ETHERNET, at + FABRICPATH_TAG_BYTES);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
      return unwrapMpls(at, end);
    case ETHERTYPE_PPPOE_SESSION:
      return inner(TYPE_PPP, at + PPPOE_HEADER_BYTES);
    case TYPE_PPP:
      return unwrapPpp(at, end);
    case TYPE_SNAP:
      return unwrapSnap(at, end);
    case ETHERTYPE_MACSEC:
      return unwrapMacsec(at, end);
    case ETHERTYPE_NSH:
      return unwrapNsh(at, end);
    default:
      return NOT_IP;
  }
}
