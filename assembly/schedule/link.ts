/** One link with a queue for each class of packets: its memory. The host writes what does not change (LINK_* in abi.ts). */
import {
  LINK_CLASS_BYTES,
  LINK_CLASS_INDEX,
  LINK_CLASS_MEMORY_FULL,
  LINK_CLASS_TAKEN,
  LINK_CLASSES_MAX,
  LINK_DEPARTED_COUNT,
  LINK_HEAD_BYTES,
  LINK_NODE_BYTES,
  LINK_PARTS_PER_NS,
} from "../abi/link";

/**
 * Instants end here: a service that would end later ends at this ns, and packets that come later come now. The word
 * above it stands for no instant.
 */
export const END_NS: u64 = u64.MAX_VALUE - 1;
/** `departureNs` of a link that sends nothing: after every clock. */
export const IDLE: u64 = u64.MAX_VALUE;

/** A packet's word: its class above the index of the packet in the run. */
const CLASS_SHIFT: u64 = 58;
const SEQUENCE_MASK: u64 = (1 << 58) - 1;

@unmanaged
export class Link {
  scheduler: u32;
  classCount: u32;
  partsPerUnit: u64;
  partsPerNs: u64;
  lengthMask: i64;
  overhead: i64;
  unitsMin: i64;
  limitUnits: u64;
  limitPackets: u64;
  /** The first node that was never used. */
  freshNode: u32;
  nodesEnd: u32;
  departedSequence: u32;
  departedAt: u32;
  departedRest: u32;
  departedCount: u32;

  /** End of the packet that is being sent, rounded up, or IDLE; the exact instant lies `rest` parts of a ns before. */
  departureNs: u64;
  rest: u64;
  sendingUnits: u64;
  heldUnits: u64;
  heldPackets: u64;
  /** Index of the next packet that arrives. */
  sequence: u64;
  /** A bit for each queue that has packets. */
  waiting: u64;
  /** drr: a bit for each queue that has a turn or stands in line for one. */
  active: u64;
  /** Address of the class that is being sent. */
  sendingClass: u32;
  /** Nodes that were given back, one linked to the next; 0: none. */
  freeNode: u32;
  /** drr: address of the class whose turn it is; 0: nobody's. */
  turn: u32;
  /** drr: the classes in line for a turn, a ring of indices. */
  lineFirst: u32;
  lineCount: u32;

  @inline static classAt(link: Link, index: u32): LinkClass {
    return changetype<LinkClass>(changetype<usize>(link) + LINK_HEAD_BYTES + index * LINK_CLASS_BYTES);
  }

  /** Place `place` of the line, a byte. */
  @inline static linePlace(link: Link, place: u32): usize {
    return changetype<usize>(link) + LINE_OFFSET + (place & (LINK_CLASSES_MAX - 1));
  }
}

/** The ring fills the end of the head. */
const LINE_OFFSET: usize = LINK_HEAD_BYTES - LINK_CLASSES_MAX;

if (offsetof<Link>() > LINE_OFFSET) ERROR("Link must leave room for the line of classes");
if (offsetof<Link>("partsPerNs") != LINK_PARTS_PER_NS) ERROR("Link must begin as LINK_* say");
if (offsetof<Link>("departedCount") != LINK_DEPARTED_COUNT) ERROR("Link must begin as LINK_* say");

@unmanaged
export class LinkClass {
  unitsMax: u64;
  limitUnits: u64;
  limitPackets: u64;
  quantum: u64;
  heldUnits: u64;
  heldPackets: u64;
  mostUnits: u64;
  mostPackets: u64;
  takenPackets: u64;
  takenBytes: u64;
  /** Dropped ones: pairs of packets and bytes, by reason. */
  oversizePackets: u64;
  oversizeBytes: u64;
  queueFullPackets: u64;
  queueFullBytes: u64;
  linkFullPackets: u64;
  linkFullBytes: u64;
  memoryFullPackets: u64;
  memoryFullBytes: u64;
  index: u32;

  /** drr: units that it may still send this turn. */
  deficit: u64;
  /** Its queue: addresses of the first and the last node; 0: empty. */
  first: u32;
  last: u32;
}

if (offsetof<LinkClass>() > <usize>LINK_CLASS_BYTES) ERROR("LinkClass outgrew LINK_CLASS_BYTES");
if (offsetof<LinkClass>("takenPackets") != LINK_CLASS_TAKEN) ERROR("LinkClass must be as LINK_CLASS_* say");
if (offsetof<LinkClass>("memoryFullPackets") != LINK_CLASS_MEMORY_FULL) ERROR("LinkClass must be as LINK_CLASS_* say");
if (offsetof<LinkClass>("index") != LINK_CLASS_INDEX) ERROR("LinkClass must be as LINK_CLASS_* say");

/** A packet that waits. */
@unmanaged
export class Node {
  word: u64;
  units: u32;
  /** Address of the next in its queue, or among the free ones. */
  next: u32;

  @inline static wordOf(index: u32, sequence: u64): u64 {
    return ((<u64>index) << CLASS_SHIFT) | sequence;
  }

  @inline static classIndex(word: u64): u32 {
    return <u32>(word >>> CLASS_SHIFT);
  }

  @inline static sequence(word: u64): u64 {
    return word & SEQUENCE_MASK;
  }
}

if (offsetof<Node>() != LINK_NODE_BYTES) ERROR("Node must fill LINK_NODE_BYTES");
