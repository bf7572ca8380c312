/**
 * The class of a frame: that of the first rule that holds. Each field's value is looked up once and gives an item: the
 * first rule that needs this field alone, and the set of rules with several fields that it may hold for. A condition on
 * what a frame does not have, or what the snap length cut off, never holds.
 *
 * Frames gather and are then looked up one step after the other, all of one IP version at a time: loops so short that
 * the processor has several packets' cache misses under way at once. One packet after the other, the misses would queue
 * behind the decoder's work and its mispredicted branches.
 */
import {
  CLASSIFIER_CLASSES,
  CLASSIFIER_DESTINATIONS4,
  CLASSIFIER_DESTINATIONS6,
  CLASSIFIER_MEMO,
  CLASSIFIER_SOURCES4,
  CLASSIFIER_SOURCES6,
} from "../abi/classifier";
import { allocateZeroed } from "../arena";
import { be32, be64, holds } from "../net/bytes";
import { IpHeader } from "../net/ip";
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES } from "../net/numbers";
import { lookUp4, lookUp6 } from "./address";
import { lookUpJoint } from "./memo";
import { lookUpNumbers } from "./numbers";
import { Packet, PACKET_BYTES, PACKETS_MAX } from "./packet";

const IPV4_SOURCE: u32 = 12;
const IPV4_DESTINATION: u32 = 16;
const IPV6_SOURCE: u32 = 8;
const IPV6_DESTINATION: u32 = 24;

/** Offsets of the addresses in a packet, and the places of their sets in `low`. */
const SOURCE: usize = offsetof<Packet>("source");
const SOURCE_SHIFT: u64 = 0;
const DESTINATION: usize = offsetof<Packet>("destination");
const DESTINATION_SHIFT: u64 = 16;

const RUN_BYTES: u32 = PACKETS_MAX * <u32>PACKET_BYTES;
const packets4 = allocateZeroed(RUN_BYTES);
const packets6 = allocateZeroed(RUN_BYTES);
let end4: usize = packets4;
let end6: usize = packets6;

/** Takes in the frame whose outermost IP header was read into `ip`; `settle` stores its class at `place` (u16). */
export function classify(classifier: usize, place: usize, ip: IpHeader, vlan: u32, end: usize): void {
  const isIpv6 = ip.version == 6;
  const packet = changetype<Packet>(isIpv6 ? end6 : end4);
  packet.place = place;
  lookUpNumbers(classifier, packet, ip, vlan, end);
  if (ip.version == 4 && holds(ip.at, IPV4_HEADER_BYTES, end)) {
    packet.source = <u64>be32(ip.at + IPV4_SOURCE, end);
    packet.destination = <u64>be32(ip.at + IPV4_DESTINATION, end);
    end4 += PACKET_BYTES;
    if (end4 == packets4 + RUN_BYTES) settle(classifier);
  } else if (isIpv6 && holds(ip.at, IPV6_HEADER_BYTES, end)) {
    packet.source = be64(ip.at + IPV6_SOURCE, end);
    packet.sourceLower = be64(ip.at + IPV6_SOURCE + 8, end);
    packet.destination = be64(ip.at + IPV6_DESTINATION, end);
    packet.destinationLower = be64(ip.at + IPV6_DESTINATION + 8, end);
    end6 += PACKET_BYTES;
    if (end6 == packets6 + RUN_BYTES) settle(classifier);
  } else {
    settleAlone(classifier, packet, ip, end);
  }
}

/** Finds the classes of all frames taken in. Before anything reads them. */
export function settle(classifier: usize): void {
  lookUp4(classifier, load<u32>(classifier, CLASSIFIER_SOURCES4), packets4, end4, SOURCE, SOURCE_SHIFT);
  lookUp4(classifier, load<u32>(classifier, CLASSIFIER_DESTINATIONS4), packets4, end4, DESTINATION, DESTINATION_SHIFT);
  lookUp6(classifier, load<u32>(classifier, CLASSIFIER_SOURCES6), packets6, end6, SOURCE, SOURCE_SHIFT);
  lookUp6(classifier, load<u32>(classifier, CLASSIFIER_DESTINATIONS6), packets6, end6, DESTINATION, DESTINATION_SHIFT);
  settleRun(classifier, packets4, end4);
  settleRun(classifier, packets6, end6);
  end4 = packets4;
  end6 = packets6;
}

/** A frame without IP, or with an IP header that was cut off: perhaps behind its source. */
function settleAlone(classifier: usize, packet: Packet, ip: IpHeader, end: usize): void {
  const at = changetype<usize>(packet);
  if (ip.version == 4 && holds(ip.at, IPV4_DESTINATION, end)) {
    packet.source = <u64>be32(ip.at + IPV4_SOURCE, end);
    lookUp4(classifier, load<u32>(classifier, CLASSIFIER_SOURCES4), at, at + PACKET_BYTES, SOURCE, SOURCE_SHIFT);
  }
  if (ip.version == 6 && holds(ip.at, IPV6_DESTINATION, end)) {
    packet.source = be64(ip.at + IPV6_SOURCE, end);
    packet.sourceLower = be64(ip.at + IPV6_SOURCE + 8, end);
    lookUp6(classifier, load<u32>(classifier, CLASSIFIER_SOURCES6), at, at + PACKET_BYTES, SOURCE, SOURCE_SHIFT);
  }
  settleRun(classifier, at, at + PACKET_BYTES);
}

/** The last steps, with all fields looked up. */
function settleRun(classifier: usize, packets: usize, end: usize): void {
  if (load<u32>(classifier, CLASSIFIER_MEMO) != 0) lookUpJoint(classifier, packets, end);
  const classes = classifier + load<u32>(classifier, CLASSIFIER_CLASSES);
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    store<u16>(packet.place, load<u16>(classes + (packet.rank << 1)));
  }
}
