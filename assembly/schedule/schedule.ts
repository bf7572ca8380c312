/**
 * Arrivals at the link, in order. In one instant the packet that ends leaves first, then the next is chosen among those
 * that wait, then what arrives is taken in.
 */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLASS,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_LENGTH,
  COLUMN_REASON,
  REASON_LINK_FULL,
  REASON_MEMORY_FULL,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_QUEUE_FULL,
  STAT_OVERSIZE_BYTES,
  STAT_OVERSIZE_PACKETS,
} from "../abi";
import { CONFIG_LINK, SCHEDULER_DRR } from "../abi/link";
import { setting } from "../config";
import { addStat } from "../stats";
import { joinLine } from "./drr";
import { END_NS, IDLE, Link, LinkClass, Node } from "./link";
import { Queues } from "./queue";
import { begin, sendNext } from "./send";

/** Makes the link ready; its profile and its room were written. */
export function createLink(): void {
  linkOf().departureNs = IDLE;
}

/** Takes the first `count` packets of the batch, whose clock, length and class columns are filled. */
export function schedule(count: u32): void {
  const link = linkOf();
  link.departedCount = 0;
  for (let i: u32 = 0; i < count; i++) {
    const nowNs = min<u64>(load<u64>(i << 3, BATCH + COLUMN_CLOCK), END_NS);
    while (link.departureNs <= nowNs) sendNext(link);
    const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
    const packetClass = classOf(link, i);
    const units = ((<i64>lengthBytes) & link.lengthMask) + link.overhead;
    const reason = take(link, packetClass, <u64>max<i64>(units, link.unitsMin), nowNs);
    store<u8>(i, <u8>reason, BATCH + COLUMN_REASON);
    store<u8>(i, reason == REASON_NONE ? COLOR_GREEN : COLOR_RED, BATCH + COLUMN_COLOR);
    link.sequence++;
    if (reason == REASON_NONE) {
      packetClass.takenPackets += 1;
      packetClass.takenBytes += lengthBytes;
    } else {
      countDrop(packetClass, reason, lengthBytes);
    }
  }
}

/** Sends all that waits, without further arrivals. */
export function flushLink(): void {
  const link = linkOf();
  link.departedCount = 0;
  while (link.departureNs != IDLE) sendNext(link);
}

function linkOf(): Link {
  return changetype<Link>(<usize>setting(CONFIG_LINK));
}

/** A class that is not there is the last one. */
function classOf(link: Link, i: u32): LinkClass {
  return Link.classAt(link, min<u32>(load<u16>(i << 1, BATCH + COLUMN_CLASS), link.classCount - 1));
}

/** Queues the packet that arrives now, and begins to send it when the link is idle; or says why not (REASON_*). */
function take(link: Link, packetClass: LinkClass, units: u64, nowNs: u64): u32 {
  if (units > packetClass.unitsMax) return REASON_OVERSIZE;
  const heldUnits = packetClass.heldUnits + units;
  const heldPackets = packetClass.heldPackets + 1;
  if (heldUnits > packetClass.limitUnits || heldPackets > packetClass.limitPackets) return REASON_QUEUE_FULL;
  const allUnits = link.heldUnits + units;
  const allPackets = link.heldPackets + 1;
  if (allUnits > link.limitUnits || allPackets > link.limitPackets) return REASON_LINK_FULL;
  const address = Queues.takeNode(link);
  if (address == 0) return REASON_MEMORY_FULL;

  packetClass.heldUnits = heldUnits;
  packetClass.heldPackets = heldPackets;
  packetClass.mostUnits = max<u64>(packetClass.mostUnits, heldUnits);
  packetClass.mostPackets = max<u64>(packetClass.mostPackets, heldPackets);
  link.heldUnits = allUnits;
  link.heldPackets = allPackets;
  const node = changetype<Node>(address);
  node.word = Node.wordOf(packetClass.index, link.sequence);
  node.units = <u32>units;
  const queue = Queues.of(link, packetClass);
  Queues.push(link, queue, address);
  if (link.scheduler == SCHEDULER_DRR) joinLine(link, queue);
  if (link.departureNs == IDLE) {
    link.departureNs = nowNs;
    link.rest = 0;
    begin(link);
  }
  return REASON_NONE;
}

function countDrop(packetClass: LinkClass, reason: u32, lengthBytes: u32): void {
  if (reason == REASON_OVERSIZE) {
    packetClass.oversizePackets += 1;
    packetClass.oversizeBytes += lengthBytes;
    addStat(STAT_OVERSIZE_PACKETS, 1);
    addStat(STAT_OVERSIZE_BYTES, lengthBytes);
  } else if (reason == REASON_QUEUE_FULL) {
    packetClass.queueFullPackets += 1;
    packetClass.queueFullBytes += lengthBytes;
  } else if (reason == REASON_LINK_FULL) {
    packetClass.linkFullPackets += 1;
    packetClass.linkFullBytes += lengthBytes;
  } else {
    packetClass.memoryFullPackets += 1;
    packetClass.memoryFullBytes += lengthBytes;
  }
}
