/** The code point that a packet leaves with: RFC 2474, and within a class of assured forwarding RFC 2597. */
import { COUNT_NOT_AF, MARK_AF, MARK_DSCP } from "../abi/rewrite";
import { Action } from "./action";
import { count } from "./results";

const AF_CLASS_MASK: u32 = 0x38;
const AF_CLASS_SHIFT: u32 = 3;
const AF_CLASSES: u32 = 4;
const DROP_PRECEDENCE_MASK: u32 = 7;

/** AFxy is 8x + 2y for x = 1 to 4 and y = 1 to 3. */
function isAssured(dscp: u32): bool {
  const precedence = dscp & DROP_PRECEDENCE_MASK;
  return (dscp >>> AF_CLASS_SHIFT) - 1 < AF_CLASSES && precedence != 0 && (precedence & 1) == 0;
}

/** Never promotes: within one class of assured forwarding the drop precedence only goes up. */
export function codePointAfter(action: Action, dscp: u32, color: u32): u32 {
  if ((action.marks & MARK_DSCP) != 0) {
    const wanted = action.dscp;
    const isSameClass = isAssured(dscp) && isAssured(wanted) && ((dscp ^ wanted) & AF_CLASS_MASK) == 0;
    return isSameClass ? max(dscp, wanted) : wanted;
  }
  if ((action.marks & MARK_AF) == 0) return dscp;
  if (isAssured(dscp)) return max(dscp, (dscp & AF_CLASS_MASK) + ((color + 1) << 1));
  count(color, COUNT_NOT_AF, 1);
  return dscp;
}
