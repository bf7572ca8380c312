/**
 * Deficit round robin (Shreedhar and Varghese, SIGCOMM 1995): classes stand in line; whose turn comes may send a quantum
 * more, as long as the packet that is first fits what it has; what is left it keeps, unless its queue is empty.
 *
 * A turn ends at the choice at which the queue is empty, or its first packet does not fit: a packet that comes while the
 * last one of its class is being sent goes on with the turn.
 */
import { LINK_CLASSES_MAX } from "../abi/link";
import { Link, LinkClass } from "./link";
import { Queues } from "./queue";

/** After a packet was queued: its class gets in line, unless it stands there or has the turn. */
export function joinLine(link: Link, queue: LinkClass): void {
  const bit = (<u64>1) << queue.index;
  if ((link.active & bit) != 0) return;
  link.active |= bit;
  append(link, queue);
}

/** The queue that sends next, charged for its first packet; 0 when all are empty. One step where quanta are not small. */
export function nextByTurn(link: Link): usize {
  if (link.turn != 0) {
    const queue = changetype<LinkClass>(<usize>link.turn);
    if (Queues.isEmpty(queue)) {
      queue.deficit = 0;
      link.active &= ~((<u64>1) << queue.index);
    } else {
      if (charge(queue)) return link.turn;
      append(link, queue);
    }
    link.turn = 0;
  }
  let missed: u32 = 0;
  while (link.lineCount > 0) {
    const queue = leaveLine(link);
    queue.deficit += queue.quantum;
    if (charge(queue)) {
      link.turn = <u32>changetype<usize>(queue);
      return link.turn;
    }
    append(link, queue);
    // At most once a call: in the round after it one of them sends.
    if (++missed == link.lineCount) skipRounds(link);
  }
  return 0;
}

/** Takes the first packet's units off what the class may send, if they fit. */
function charge(queue: LinkClass): bool {
  const units = Queues.firstUnits(queue);
  if (units > queue.deficit) return false;
  queue.deficit -= units;
  return true;
}

/** All rounds in which nobody could send, at once: packets may be many times the quantum. */
function skipRounds(link: Link): void {
  let rounds = u64.MAX_VALUE;
  for (let place: u32 = 0; place < link.lineCount; place++) {
    const queue = inLine(link, place);
    const missing = Queues.firstUnits(queue) - queue.deficit;
    rounds = min<u64>(rounds, (missing + queue.quantum - 1) / queue.quantum);
  }
  for (let place: u32 = 0; place < link.lineCount; place++) {
    const queue = inLine(link, place);
    queue.deficit += (rounds - 1) * queue.quantum;
  }
}

function append(link: Link, queue: LinkClass): void {
  const places: u32 = LINK_CLASSES_MAX;
  assert(link.lineCount < places);
  store<u8>(Link.linePlace(link, link.lineFirst + link.lineCount), <u8>queue.index);
  link.lineCount++;
}

function leaveLine(link: Link): LinkClass {
  const queue = inLine(link, 0);
  link.lineFirst++;
  link.lineCount--;
  return queue;
}

function inLine(link: Link, place: u32): LinkClass {
  return Link.classAt(link, load<u8>(Link.linePlace(link, link.lineFirst + place)));
}
