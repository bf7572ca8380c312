/** What the rules say of addresses: one field of a run of packets of one IP version. */
import { ITEM_LOWER_TREE_MASK, ITEM_LOWER_TREE_SHIFT } from "../abi";
import { rankOf, setOf } from "./item";
import { Packet, PACKET_BYTES } from "./packet";
import { search4, search6 } from "./search";

/** IPv4 sources, by the tree at `tree`. */
export function lookUpSources4(classifier: usize, tree: u32, packets: usize, end: usize): void {
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    const item = search4(classifier, tree, <u32>packet.source);
    packet.rank = min(packet.rank, rankOf(item));
    packet.low |= setOf(item);
  }
}

export function lookUpDestinations4(classifier: usize, tree: u32, packets: usize, end: usize): void {
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    const item = search4(classifier, tree, <u32>packet.destination);
    packet.rank = min(packet.rank, rankOf(item));
    packet.low |= setOf(item) << 16;
  }
}

export function lookUpSources6(classifier: usize, tree: u32, packets: usize, end: usize): void {
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    const item = item6(classifier, tree, packet.source, packet.sourceLower);
    packet.rank = min(packet.rank, rankOf(item));
    packet.low |= setOf(item);
  }
}

export function lookUpDestinations6(classifier: usize, tree: u32, packets: usize, end: usize): void {
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    const item = item6(classifier, tree, packet.destination, packet.destinationLower);
    packet.rank = min(packet.rank, rankOf(item));
    packet.low |= setOf(item) << 16;
  }
}

/** By the upper half, and by the lower where prefixes above 64 bits need it. */
function item6(classifier: usize, tree: u32, upper: u64, lower: u64): u32 {
  const item = search6(classifier, tree, upper);
  if (item >>> ITEM_LOWER_TREE_SHIFT == 0) return item;
  return search6(classifier, (item & ITEM_LOWER_TREE_MASK) << 3, lower);
}
