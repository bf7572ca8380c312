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
  CLASSIFIER_DESTINATION_PORTS,
  CLASSIFIER_DESTINATIONS4,
  CLASSIFIER_DESTINATIONS6,
  CLASSIFIER_DSCPS,
  CLASSIFIER_MEMO,
  CLASSIFIER_PROTOCOLS,
  CLASSIFIER_SOURCE_PORTS,
  CLASSIFIER_SOURCES4,
  CLASSIFIER_SOURCES6,
  CLASSIFIER_USES,
  CLASSIFIER_VLANS,
  FIELD_DESTINATION,
  FIELD_DESTINATION_PORT,
  FIELD_DSCP,
  FIELD_PROTOCOL,
  FIELD_SOURCE,
  FIELD_SOURCE_PORT,
  FIELD_VLAN,
  RANK_NONE,
} from "../abi";
import { allocateZeroed } from "../arena";
import { be16, be32, be64, holds } from "../net/bytes";
import { dscpOf } from "../net/dscp";
import { hasProtocol, IpHeader } from "../net/ip";
import { portsAt } from "../net/ports";
import { lookUpDestinations4, lookUpDestinations6, lookUpSources4, lookUpSources6 } from "./address";
import { itemOf, rankOf, setOf } from "./item";
import { lookUpJoint } from "./memo";
import { Packet, PACKET_BYTES, PACKETS_MAX } from "./packet";

const packets4 = allocateZeroed(PACKETS_MAX * <u32>PACKET_BYTES);
const packets6 = allocateZeroed(PACKETS_MAX * <u32>PACKET_BYTES);
let end4: usize = packets4;
let end6: usize = packets6;

const USES_PORTS: u32 = (1 << FIELD_SOURCE_PORT) | (1 << FIELD_DESTINATION_PORT);
const RUN_BYTES: usize = <usize>PACKETS_MAX * PACKET_BYTES;

/** Takes in the frame whose outermost IP header was read into `ip`; `settle` will store its class at `place`. */
export function classify(classifier: usize, place: usize, ip: IpHeader, vlan: u32, end: usize): void {
  const isIpv6 = ip.version == 6;
  const packet = changetype<Packet>(isIpv6 ? end6 : end4);
  packet.place = place;
  lookUpNumbers(classifier, packet, ip, vlan, end);
  if (ip.version == 4 && holds(ip.at, 20, end)) {
    packet.source = <u64>be32(ip.at + 12, end);
    packet.destination = <u64>be32(ip.at + 16, end);
    end4 += PACKET_BYTES;
    if (end4 == packets4 + RUN_BYTES) settle(classifier);
    return;
  }
  if (isIpv6 && holds(ip.at, 40, end)) {
    packet.source = be64(ip.at + 8, end);
    packet.sourceLower = be64(ip.at + 16, end);
    packet.destination = be64(ip.at + 24, end);
    packet.destinationLower = be64(ip.at + 32, end);
    end6 += PACKET_BYTES;
    if (end6 == packets6 + RUN_BYTES) settle(classifier);
    return;
  }
  settleRun(classifier, changetype<usize>(packet), changetype<usize>(packet) + PACKET_BYTES);
}

/** Finds the classes of all frames taken in. Before anything reads them. */
export function settle(classifier: usize): void {
  const uses = load<u32>(classifier, CLASSIFIER_USES);
  if ((uses & (1 << FIELD_SOURCE)) != 0) {
    const tree4 = load<u32>(classifier, CLASSIFIER_SOURCES4);
    const tree6 = load<u32>(classifier, CLASSIFIER_SOURCES6);
    if (tree4 != 0) lookUpSources4(classifier, tree4, packets4, end4);
    if (tree6 != 0) lookUpSources6(classifier, tree6, packets6, end6);
  }
  if ((uses & (1 << FIELD_DESTINATION)) != 0) {
    const tree4 = load<u32>(classifier, CLASSIFIER_DESTINATIONS4);
    const tree6 = load<u32>(classifier, CLASSIFIER_DESTINATIONS6);
    if (tree4 != 0) lookUpDestinations4(classifier, tree4, packets4, end4);
    if (tree6 != 0) lookUpDestinations6(classifier, tree6, packets6, end6);
  }
  settleRun(classifier, packets4, end4);
  settleRun(classifier, packets6, end6);
  end4 = packets4;
  end6 = packets6;
}

function settleRun(classifier: usize, packets: usize, end: usize): void {
  if (load<u32>(classifier, CLASSIFIER_MEMO) != 0) lookUpJoint(classifier, packets, end);
  const classes = classifier + load<u32>(classifier, CLASSIFIER_CLASSES);
  for (let at = packets; at < end; at += PACKET_BYTES) {
    const packet = changetype<Packet>(at);
    store<u16>(packet.place, load<u16>(classes + (packet.rank << 1)));
  }
}

/** The fields whose values have a table: an item each. What no rule asks for costs one test. */
function lookUpNumbers(classifier: usize, packet: Packet, ip: IpHeader, vlan: u32, end: usize): void {
  const uses = load<u32>(classifier, CLASSIFIER_USES);
  let rank: u32 = RANK_NONE;
  let low: u64 = 0;
  let high: u64 = 0;
  if (ip.version != 0) {
    if ((uses & USES_PORTS) != 0) {
      const ports = portsAt(ip, end);
      if (ports != 0 && (uses & (1 << FIELD_SOURCE_PORT)) != 0) {
        const item = itemOf(classifier, CLASSIFIER_SOURCE_PORTS, be16(ports, end));
        rank = rankOf(item);
        low = setOf(item) << 32;
      }
      if (ports != 0 && (uses & (1 << FIELD_DESTINATION_PORT)) != 0) {
        const item = itemOf(classifier, CLASSIFIER_DESTINATION_PORTS, be16(ports + 2, end));
        rank = min(rank, rankOf(item));
        low |= setOf(item) << 48;
      }
    }
    if ((uses & (1 << FIELD_PROTOCOL)) != 0 && hasProtocol(ip, end)) {
      const item = itemOf(classifier, CLASSIFIER_PROTOCOLS, ip.protocol);
      rank = min(rank, rankOf(item));
      high = setOf(item);
    }
    if ((uses & (1 << FIELD_DSCP)) != 0) {
      const item = itemOf(classifier, CLASSIFIER_DSCPS, dscpOf(ip, end));
      rank = min(rank, rankOf(item));
      high |= setOf(item) << 16;
    }
  }
  if ((uses & (1 << FIELD_VLAN)) != 0) {
    const item = itemOf(classifier, CLASSIFIER_VLANS, vlan);
    rank = min(rank, rankOf(item));
    high |= setOf(item) << 32;
  }
  packet.rank = rank;
  packet.low = low;
  packet.high = high;
}
