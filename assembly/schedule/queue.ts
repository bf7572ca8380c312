/** The queues of a link: lists of nodes, which all queues take from one room. */
import { LINK_NODE_BYTES, SCHEDULER_FIFO } from "../abi/link";
import { Link, LinkClass, Node } from "./link";

export class Queues {
  /** Room for one more packet; 0 when as many wait as may. What was given back last is still in the cache. */
  @inline static takeNode(link: Link): usize {
    const free = link.freeNode;
    if (free != 0) {
      link.freeNode = changetype<Node>(<usize>free).next;
      return free;
    }
    const fresh = link.freshNode;
    if (fresh == link.nodesEnd) return 0;
    link.freshNode = fresh + LINK_NODE_BYTES;
    return fresh;
  }

  /** Gives a node back; its packet was taken off its queue. */
  @inline static giveNode(link: Link, node: usize): void {
    changetype<Node>(node).next = link.freeNode;
    link.freeNode = <u32>node;
  }

  /** The queue that packets of a class wait in: under fifo one for all. */
  @inline static of(link: Link, packetClass: LinkClass): LinkClass {
    return link.scheduler == SCHEDULER_FIFO ? Link.classAt(link, 0) : packetClass;
  }

  @inline static isEmpty(queue: LinkClass): bool {
    return queue.first == 0;
  }

  /** Units of the packet that is first; the queue is not empty. */
  @inline static firstUnits(queue: LinkClass): u64 {
    return changetype<Node>(<usize>queue.first).units;
  }

  @inline static push(link: Link, queue: LinkClass, node: usize): void {
    changetype<Node>(node).next = 0;
    if (Queues.isEmpty(queue)) {
      queue.first = <u32>node;
      link.waiting |= (<u64>1) << queue.index;
    } else {
      changetype<Node>(<usize>queue.last).next = <u32>node;
    }
    queue.last = <u32>node;
  }

  /** Takes off the first; the queue is not empty. */
  @inline static shift(link: Link, queue: LinkClass): usize {
    const node = <usize>queue.first;
    assert(node != 0);
    queue.first = changetype<Node>(node).next;
    if (Queues.isEmpty(queue)) link.waiting &= ~((<u64>1) << queue.index);
    return node;
  }
}
