/** Packets that their path could never pass: red even when everything on it has drained. */
import { COLOR_RED, PATH_SLOTS_MAX, RULE_REASON_SHIFT, SLOT_BYTES } from "../abi";
import { zeroFields } from "../table/slot";
import { causeOfPath, colorOfPath, judgePath, ruleAt } from "./judge";

const drained = memory.data(SLOT_BYTES, 8);
const addresses = memory.data(PATH_SLOTS_MAX * 4, 4);
/** Reason part of a rule: the color of arrival. */
const BY_COLOR_IN: u32 = 3;

/** True when the packet is red on a drained path, and not because of the color it arrived with. */
export function isOversizeForPath(packetClass: usize, lengthBytes: u32, colorIn: u32): bool {
  zeroFields(drained);
  for (let k: u32 = 0; k < <u32>PATH_SLOTS_MAX; k++) store<u32>(addresses + (k << 2), <u32>drained);
  judgePath(addresses, packetClass, lengthBytes, colorIn);
  if (colorOfPath() != <u32>COLOR_RED) return false;
  return ruleAt(causeOfPath()) >>> RULE_REASON_SHIFT != BY_COLOR_IN;
}
