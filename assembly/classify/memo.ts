/**
 * What rules with several fields said of packets like this one: a cache of fixed size, keyed by the packet's set
 * number in each field. Two places a key: a new entry moves the first to the second. Whoever overwrites it with many
 * kinds of packets makes each cost one intersection, no more. An unused entry says that no rule holds for the key 0:
 * so it is, every such rule has a set other than 0.
 */
import { CLASSIFIER_MEMO, MEMO_ENTRIES, MEMO_ENTRY_BYTES } from "../abi/classifier";
import { allocateZeroed } from "../arena";
import { findBlocks, firstOf, Joint, JOINT_BYTES } from "./joint";
import { Packet, PACKET_BYTES, PACKETS_MAX } from "./packet";

const ANSWER_SHIFT: u64 = 48;
/** Odd constants with bits all over (the golden ratio; SplitMix64): spreading suffices, a collision costs one miss. */
const MULTIPLIER_LOW: u64 = 0x9e3779b97f4a7c15;
const MULTIPLIER_HIGH: u64 = 0xbf58476d1ce4e5b9;

/** Packets that the memo does not know. */
const missed = allocateZeroed(PACKETS_MAX * <u32>JOINT_BYTES);

/**
 * Lowers each packet's rank to that of the first rule with several fields that holds. No branch depends on what the
 * memo holds until all packets have been looked up.
 */
export function lookUpJoint(classifier: usize, packets: usize, end: usize): void {
  let missedEnd = missed;
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    const entry = entryOf(classifier, packet);
    packet.entry = entry;
    // Adds 0, for no rank reaches that bit: the read is to bring the line on its way.
    packet.low += load<u64>(entry, 8) >>> 63;
  }
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    const first = packet.entry;
    const second = first ^ MEMO_ENTRY_BYTES;
    const word = load<u64>(first, 8);
    const secondWord = load<u64>(second, 8);
    const isFirst = (<u32>(load<u64>(first) == packet.low)) & (<u32>((word ^ packet.high) << 16 == 0));
    const isSecond = (<u32>(load<u64>(second) == packet.low)) & (<u32>((secondWord ^ packet.high) << 16 == 0));
    const answer = <u32>(select<u64>(word, secondWord, isFirst != 0) >>> ANSWER_SHIFT) - 1;
    const isKnown = isFirst | isSecond;
    packet.rank = select<u32>(min(packet.rank, answer), packet.rank, isKnown != 0);
    changetype<Joint>(missedEnd).packet = at;
    missedEnd += <usize>(isKnown ^ 1) * JOINT_BYTES;
  }
  if (missedEnd != missed) learn(classifier, missedEnd);
}

function learn(classifier: usize, end: usize): void {
  findBlocks(classifier, missed, end);
  for (let at = missed; at < end; at += JOINT_BYTES) {
    const packet = changetype<Packet>(changetype<Joint>(at).packet);
    const rank = firstOf(classifier, at);
    packet.rank = min(packet.rank, rank);
    const first = packet.entry;
    const second = first ^ MEMO_ENTRY_BYTES;
    store<u64>(second, load<u64>(first));
    store<u64>(second, load<u64>(first, 8), 8);
    store<u64>(first, packet.low);
    store<u64>(first, packet.high | ((<u64>(rank + 1)) << ANSWER_SHIFT), 8);
  }
}

function entryOf(classifier: usize, packet: Packet): usize {
  const mixed = packet.low * MULTIPLIER_LOW + packet.high * MULTIPLIER_HIGH;
  const index = (<usize>((mixed ^ (mixed >>> 32)) >>> 16)) & (MEMO_ENTRIES - 1);
  return classifier + load<u32>(classifier, CLASSIFIER_MEMO) + index * MEMO_ENTRY_BYTES;
}
