/** What the rules say of the fields with short values: a table of items each. */
import {
  CLASSIFIER_DESTINATION_PORTS,
  CLASSIFIER_DSCPS,
  CLASSIFIER_PROTOCOLS,
  CLASSIFIER_SOURCE_PORTS,
  CLASSIFIER_USES,
  CLASSIFIER_VLANS,
  FIELD_DESTINATION_PORT,
  FIELD_DSCP,
  FIELD_PROTOCOL,
  FIELD_SOURCE_PORT,
  FIELD_VLAN,
  RANK_NONE,
} from "../abi/classifier";
import { be16 } from "../net/bytes";
import { dscpOf } from "../net/dscp";
import { hasProtocol, IpHeader } from "../net/ip";
import { portsAt } from "../net/ports";
import { rankOf, setOf } from "./item";
import { Packet } from "./packet";

const USES_PORTS: u32 = (1 << FIELD_SOURCE_PORT) | (1 << FIELD_DESTINATION_PORT);

/** Begins a packet with all fields but the addresses. What no rule asks for costs one test. */
export function lookUpNumbers(classifier: usize, packet: Packet, ip: IpHeader, vlan: u32, end: usize): void {
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

/** The item of a value in the table that the classifier's head names; NO_DSCP and NO_VLAN have one too. */
function itemOf(classifier: usize, head: u32, value: u32): u32 {
  return load<u32>(classifier + load<u32>(classifier + head) + (value << 2));
}
