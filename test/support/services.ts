// What a link did, packet by packet, in parts of a nanosecond, so that instants are whole numbers.
import type { LinkPolicy } from "../../src/types.ts";
import type { LinkOutcome, LinkPacket } from "./links.ts";

/** A packet that was sent. Instants are in 1/departureParts ns. */
export interface Service {
  readonly sequence: number;
  readonly classIndex: number;
  readonly units: bigint;
  /** When it came: its time, or the newest before it. */
  readonly came: bigint;
  readonly began: bigint;
  readonly ended: bigint;
}

/** What a packet takes of the link. */
export function unitsOf({ definition: { costRule } }: LinkPolicy, lengthBytes: number): bigint {
  const { cost, overheadBytes, minLengthBytes } = costRule;
  return cost === "packets" ? 1n : BigInt(Math.max(lengthBytes + overheadBytes, minLengthBytes, 0));
}

/** When each packet came, in parts. */
export function arrivalsOf({ profile }: LinkPolicy, packets: readonly LinkPacket[]): bigint[] {
  let newestNs = 0n;
  return packets.map(({ timeNs }) => {
    if (timeNs > newestNs) newestNs = timeNs;
    return newestNs * profile.departureParts;
  });
}

/** All that was sent, in the order in which it was. */
export function servicesOf(
  policy: LinkPolicy,
  packets: readonly LinkPacket[],
  { left }: Pick<LinkOutcome, "left">,
): Service[] {
  const arrivals = arrivalsOf(policy, packets);
  const { departureParts, partsPerUnit } = policy.profile;
  return left.map(({ sequence, ns, rest }) => {
    const packet = packets[sequence]!;
    const units = unitsOf(policy, packet.length);
    const ended = ns * departureParts - rest;
    return {
      sequence,
      classIndex: Math.min(packet.class, policy.definition.classes.length - 1),
      units,
      came: arrivals[sequence]!,
      began: ended - units * partsPerUnit,
      ended,
    };
  });
}
