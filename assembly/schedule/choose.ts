/** Which queue sends next. */
import { SCHEDULER_DRR } from "../abi/link";
import { nextByTurn } from "./drr";
import { Link } from "./link";

/**
 * Address of the queue whose first packet is sent next, 0 when all are empty. Under fifo there is one queue; under
 * priority the lowest bit is the highest class.
 */
export function choose(link: Link): usize {
  if (link.scheduler == SCHEDULER_DRR) return nextByTurn(link);
  if (link.waiting == 0) return 0;
  return changetype<usize>(Link.classAt(link, <u32>ctz(link.waiting)));
}
