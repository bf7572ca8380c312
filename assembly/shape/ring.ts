/**
 * Packets of one flow that have not left, in their order, where they do not fit into the word of the flow's queue: a ring
 * of nodes. Arrivals are at whole nanoseconds, so whoever leaves at an instant rounded up has left exactly when that is
 * not after now. Those who have are let go when the flow's next packet comes, or its flow goes. An empty ring is a word
 * of zeros, which is an empty queue in every form.
 *
 *   byte   0 ................... 3   4 ........................ 7
 *          last node, + IS_RING      what waits, in units or packets
 */
import { giveNode, giveRing, takeNode, Waiting } from "./pool";
import { Room } from "./room";

/** The bit of a queue's word that says that it is a ring; nodes are at multiples of 16. */
const IS_RING: u64 = 1;
const WAITING: usize = 4;

export class Ring {
  /** True when a queue's word is that of a ring. */
  @inline static is(word: u64): bool {
    return ((<u32>word) & (<u32>IS_RING)) != 0;
  }

  /** Its last node. */
  @inline static last(word: u64): u32 {
    return <u32>(word - IS_RING);
  }

  /** What waits, of a ring that was advanced. */
  @inline static waiting(word: u64): u64 {
    return word >>> 32;
  }
}

function lastOf(queue: usize): u32 {
  return Ring.last(load<u64>(queue));
}

/**
 * Lets those go that have left, and answers the queue's word: that of an empty queue when all have. `isOver` says that
 * they have, without a look at them.
 */
export function advanceRing(queue: usize, nowNs: u64, isOver: bool): u64 {
  if (isOver) {
    giveRing(lastOf(queue));
    store<u64>(queue, 0);
    return 0;
  }
  const last = lastOf(queue);
  const first = changetype<Waiting>(last).next;
  if (changetype<Waiting>(first).departsNs <= nowNs) letGo(queue, first, last, nowNs);
  return load<u64>(queue);
}

/** The first has left by now, and the last has not. */
function letGo(queue: usize, first: u32, last: u32, nowNs: u64): void {
  let waiting = load<u32>(queue, WAITING);
  let node = first;
  do {
    waiting -= changetype<Waiting>(node).counted;
    giveNode(node);
    Room.leave(1);
    node = changetype<Waiting>(node).next;
  } while (changetype<Waiting>(node).departsNs <= nowNs);
  changetype<Waiting>(last).next = node;
  store<u32>(queue, waiting, WAITING);
}

/** Puts a packet at the end of a ring, or begins one in a queue of zeros. False when memory has ended. */
export function appendToRing(queue: usize, departsNs: u64, counted: u32): bool {
  const node = <u32>takeNode();
  if (node == 0) return false;
  const added = changetype<Waiting>(node);
  added.departsNs = departsNs;
  added.counted = counted;
  if (load<u64>(queue) == 0) {
    added.next = node;
  } else {
    const last = changetype<Waiting>(lastOf(queue));
    added.next = last.next;
    last.next = node;
  }
  Room.enter(1);
  store<u32>(queue, node + <u32>IS_RING);
  store<u32>(queue, load<u32>(queue, WAITING) + counted, WAITING);
  return true;
}

/** Empties the ring of a flow that goes. */
export function dropRing(queue: usize): void {
  giveRing(lastOf(queue));
  store<u64>(queue, 0);
}

/** Ns until no more than `most` waits, of a ring that was advanced and in which more does. */
export function ringUntil(word: u64, most: u64, nowNs: u64): u64 {
  let waiting = Ring.waiting(word);
  let node = Ring.last(word);
  do {
    node = changetype<Waiting>(node).next;
    waiting -= changetype<Waiting>(node).counted;
  } while (waiting > most);
  return changetype<Waiting>(node).departsNs - nowNs;
}
