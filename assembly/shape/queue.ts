/**
 * The packets of one flow that have not left, in their order: a ring of nodes. Arrivals are at whole nanoseconds, so
 * whoever leaves at an instant rounded up has left exactly when that is not after now. Those who have are let go when
 * the flow's next packet comes, or its flow goes.
 *
 *   byte   0 ................... 3   4 ........................ 7
 *          last node, 0: none        what waits, in units or packets
 */
import { PROFILE_KERNEL } from "../abi";
import { KERNEL_TWO_RATE_SHAPER, SHAPER_QUEUE_LIMIT, SHAPER_QUEUE_MASK } from "../abi/shaper";
import { sideOf, SIDE_QUEUE } from "../table/side";
import { SLOT_SECOND } from "../table/slot";
import { giveNode, takeNode, Waiting } from "./pool";

/** SHAPER_QUEUE_LIMIT of a queue whose wait alone is bounded. */
const NO_LIMIT: u64 = u64.MAX_VALUE;
const WAITING: usize = 4;

/** Address of the queue of the flow in a slot: where a second level would be, or beside it where there is one. */
export function queueOf(profile: usize, slot: usize): usize {
  const hasTwoLevels = load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_TWO_RATE_SHAPER;
  return hasTwoLevels ? sideOf(slot) + SIDE_QUEUE : slot + SLOT_SECOND;
}

export class Queue {
  /** What a packet of so many units counts. */
  @inline static counted(profile: usize, units: u64): u64 {
    const mask = load<u64>(profile, SHAPER_QUEUE_MASK);
    return (units & mask) + (mask + 1);
  }

  /** Lets those go that have left, and answers what waits. */
  @inline static advance(queue: usize, nowNs: u64): u64 {
    const last = load<u32>(queue);
    if (last == 0) return 0;
    const first = changetype<Waiting>(last).next;
    if (changetype<Waiting>(last).departsNs <= nowNs) {
      giveAll(queue, first, last);
      return 0;
    }
    return changetype<Waiting>(first).departsNs > nowNs ? load<u32>(queue, WAITING) : letGo(queue, first, last, nowNs);
  }

  /** True when so much more may wait. */
  @inline static hasRoom(profile: usize, waiting: u64, counted: u64): bool {
    return waiting + counted <= load<u64>(profile, SHAPER_QUEUE_LIMIT);
  }

  /** True when a packet that waits has to be kept: not if it counts nothing, or nothing is counted. */
  @inline static keeps(profile: usize, counted: u64): bool {
    return counted != 0 && load<u64>(profile, SHAPER_QUEUE_LIMIT) != NO_LIMIT;
  }
}

/** The first has left by now, and the last has not. */
function letGo(queue: usize, first: u32, last: u32, nowNs: u64): u64 {
  let waiting = load<u32>(queue, WAITING);
  let node = first;
  do {
    waiting -= changetype<Waiting>(node).counted;
    giveNode(node);
    node = changetype<Waiting>(node).next;
  } while (changetype<Waiting>(node).departsNs <= nowNs);
  changetype<Waiting>(last).next = node;
  store<u32>(queue, waiting, WAITING);
  return waiting;
}

/** All have left. */
function giveAll(queue: usize, first: u32, last: u32): void {
  for (let node = first; node != last; node = changetype<Waiting>(node).next) giveNode(node);
  giveNode(last);
  store<u64>(queue, 0);
}

/** Puts a packet at the end. False when there is no room for another one in all queues. */
export function append(queue: usize, departsNs: u64, counted: u32): bool {
  const node = <u32>takeNode();
  if (node == 0) return false;
  const added = changetype<Waiting>(node);
  const last = load<u32>(queue);
  added.departsNs = departsNs;
  added.counted = counted;
  if (last == 0) {
    added.next = node;
  } else {
    added.next = changetype<Waiting>(last).next;
    changetype<Waiting>(last).next = node;
  }
  store<u32>(queue, node);
  store<u32>(queue, load<u32>(queue, WAITING) + counted, WAITING);
  return true;
}

/** What waits, of a queue that was advanced. */
export function waitingIn(queue: usize): u64 {
  return load<u32>(queue, WAITING);
}

/** Empties the queue of a flow that goes. */
export function dropQueue(queue: usize): void {
  const last = load<u32>(queue);
  if (last != 0) giveAll(queue, changetype<Waiting>(last).next, last);
}

/** Ns until so many have left that `counted` more may wait, of a queue that was advanced; 0: at once. */
export function untilRoom(profile: usize, queue: usize, counted: u64, nowNs: u64): u64 {
  let waiting = waitingIn(queue);
  if (Queue.hasRoom(profile, waiting, counted)) return 0;
  let node = load<u32>(queue);
  do {
    node = changetype<Waiting>(node).next;
    waiting -= changetype<Waiting>(node).counted;
  } while (!Queue.hasRoom(profile, waiting, counted));
  return changetype<Waiting>(node).departsNs - nowNs;
}
