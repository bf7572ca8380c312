/** What the rules say of addresses: one field of a run of packets of one IP version, by the tree at offset `tree`. */
import {
  INTERVAL_BYTES4,
  INTERVAL_BYTES6,
  ITEM_LOWER_TREE_MASK,
  ITEM_LOWER_TREE_SHIFT,
  TREE_INTERVALS,
  TREE_ROOT,
} from "../abi/classifier";
import { rankOf, setOf } from "./item";
import { Packet, PACKET_BYTES } from "./packet";
import { Search } from "./search";

/** `address` is the offset of the address in a packet, `shift` the place of the field's set in `low`. */
export function lookUp4(classifier: usize, tree: u32, packets: usize, end: usize, address: usize, shift: u64): void {
  if (tree == 0) return;
  findWindows(classifier, tree, packets, end, address);
  const intervals = classifier + load<u32>(classifier + tree, TREE_INTERVALS);
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    put(packet, Search.itemIn<u32>(intervals, packet.window, load<u32>(at + address), INTERVAL_BYTES4), shift);
  }
}

/** By the upper halves, and by the lower where prefixes above 64 bits need it. */
export function lookUp6(classifier: usize, tree: u32, packets: usize, end: usize, address: usize, shift: u64): void {
  if (tree == 0) return;
  findWindows(classifier, tree, packets, end, address);
  const intervals = classifier + load<u32>(classifier + tree, TREE_INTERVALS);
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    let item = Search.itemIn<u64>(intervals, packet.window, load<u64>(at + address), INTERVAL_BYTES6);
    if (item >>> ITEM_LOWER_TREE_SHIFT != 0) {
      item = itemOfLower(classifier, (item & ITEM_LOWER_TREE_MASK) << 3, load<u64>(at + address, 8));
    }
    put(packet, item, shift);
  }
}

function itemOfLower(classifier: usize, tree: u32, value: u64): u32 {
  const window = Search.windowOf(classifier, classifier + tree + TREE_ROOT, value);
  const intervals = classifier + load<u32>(classifier + tree, TREE_INTERVALS);
  return Search.itemIn<u64>(intervals, window, value, INTERVAL_BYTES6);
}

/** A step of its own: it waits for other memory than the next. */
function findWindows(classifier: usize, tree: u32, packets: usize, end: usize, address: usize): void {
  const root = classifier + tree + TREE_ROOT;
  for (let at = packets; at < end; at += PACKET_BYTES) {
    changetype<Packet>(at).window = Search.windowOf(classifier, root, load<u64>(at + address));
  }
}

function put(packet: Packet, item: u32, shift: u64): void {
  packet.rank = min(packet.rank, rankOf(item));
  packet.low |= setOf(item) << shift;
}
