/** The amounts of a link: what queues may hold, and what a turn may send, in whole units. */

import { floor, isZero, multiply, rational } from "../../rational.ts";
import type { Cost, LengthKind, QueueLimit, Rational } from "../../types.ts";
import { parseAmount, parseBurst } from "../../units.ts";
import { at } from "../classes/context.ts";
import type { Section } from "../classes/section.ts";
import { UNITS_MAX } from "../limits.ts";

/** Held by nobody: engines count in numbers up to here. */
export const UNLIMITED: QueueLimit = { units: UNITS_MAX, packets: UNITS_MAX };
const QUANTUM_MAX = 2n ** 32n - 1n;
const WEIGHT_MAX = 1000;
const SECONDS_PER_NS = rational(1n, 1_000_000_000n);

/** What the link sends, as its amounts are read. */
export interface LinkUnits {
  readonly ratePerSec: Rational;
  readonly cost: Cost;
}

/**
 * `limit` of a section: bytes, packets, or a time of the rate. Lengths are whole, so a fraction of a unit holds nothing.
 * Undefined when it is not given. Throws ConfigError.
 */
export function limitOf(section: Section, { ratePerSec, cost }: LinkUnits): QueueLimit | undefined {
  const text = section.text("limit");
  if (text === undefined) return undefined;
  const burst = at(section.where("limit"), () => parseBurst("limit", text));
  const isTime = burst.kind === "time";
  const amount = isTime ? multiply(multiply(burst.durationNs, SECONDS_PER_NS), ratePerSec) : burst.units;
  const unit = isTime ? cost : burst.cost;
  if (unit === "bytes" && cost === "packets") {
    throw section.fail("UNIT", "limit", "is in bytes but the link sends packets; write it in packets or as a time");
  }
  const whole = floor(amount);
  if (whole > UNITS_MAX) throw section.fail("RANGE", "limit", `must be at most ${UNITS_MAX} ${unit}`);
  if (unit === "bytes") return { ...UNLIMITED, units: whole };
  if (whole < 1n) throw section.fail("RANGE", "limit", "holds no packet; write at least 1 packet");
  return { ...UNLIMITED, packets: whole };
}

/** Units that a full packet takes: an Ethernet frame without its FCS, or the IP packet in it. */
export function fullPacketUnits(cost: Cost, length: LengthKind, overheadBytes: number, minLengthBytes: number): bigint {
  if (cost === "packets") return 1n;
  return BigInt(Math.max((length === "ip" ? 1500 : 1514) + overheadBytes, minLengthBytes, 1));
}

/** Units that a class may send each turn: `quantum`, a full packet unless said, `weight` times. Throws ConfigError. */
export function quantumOf(section: Section, cost: Cost, fullPacket: bigint): bigint {
  const weight = BigInt(section.count("weight", 1, WEIGHT_MAX) ?? 1);
  const text = section.text("quantum");
  if (text === undefined) return weight * fullPacket;
  const { units, cost: unit } = at(section.where("quantum"), () => parseAmount("quantum", text));
  if (unit !== cost) {
    throw section.fail("UNIT", "quantum", `is in ${unit} but the link sends ${cost}; write it in ${cost}`);
  }
  const whole = floor(units);
  const most = QUANTUM_MAX / weight;
  if (isZero(units) || units.den !== 1n || whole > most) {
    throw section.fail("RANGE", "quantum", `must be a whole amount from 1 to ${most} ${cost}`);
  }
  return weight * whole;
}
