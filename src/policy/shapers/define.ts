/** From the parameters that were given to the definition of each shaper, in exact fractions. */

import { ConfigError } from "../../errors.ts";
import { compare, divide, floor, isZero, multiply, rational } from "../../rational.ts";
import type { Cost, CostRule, QueueBounds, QueueCount, RateAndDepth, Rational, ShaperDefinition } from "../../types.ts";
import { parseAmount, parseBurst, parseDurationNs, parseRate } from "../../units.ts";
import { givenChoice, givenFlag } from "../choice.ts";
import { NS_PER_SEC } from "../limits.ts";
import type { Given, Implied, Written } from "../source.ts";
import { QUEUE_COUNTS } from "./params.ts";

/** What `costRuleOf` makes of a cost: with overhead and minimum. */
export type CostRuleOf = (implied: readonly Implied[]) => CostRule;

/** Makes the definition of a shaper. Throws ConfigError. */
export type DefineShaper = (given: Given, costRuleOf: CostRuleOf) => ShaperDefinition;

function conflict({ parameter, text }: Written, detail: string): ConfigError {
  return new ConfigError("CONFLICT", parameter, text, detail);
}

function range({ parameter, text }: Written, detail: string): ConfigError {
  return new ConfigError("RANGE", parameter, text, detail);
}

interface ReadRate {
  readonly ratePerSec: Rational;
  readonly implied: Implied;
}

/** A rate at which something is sent. */
function readRate(given: Given, name: string): ReadRate {
  const written = given.written(name);
  const { unitsPerSec, cost } = parseRate(name, written.text);
  if (isZero(unitsPerSec)) throw range(written, "must be above 0, else nothing would ever be sent; write 1 Mbit/s");
  return { ratePerSec: unitsPerSec, implied: { ...written, cost, kind: "rate" } };
}

/** An amount in its own unit, or as a time of a rate; the unit's cost where there is one. */
interface ReadSize {
  readonly units: Rational;
  readonly implied: readonly Implied[];
}

function readSize(given: Given, name: string, { ratePerSec }: ReadRate): ReadSize {
  const written = given.written(name);
  const read = parseBurst(name, written.text);
  if (read.kind === "amount") return { units: read.units, implied: [{ ...written, cost: read.cost, kind: "burst" }] };
  return { units: divide(multiply(ratePerSec, read.durationNs), NS_PER_SEC), implied: [] };
}

function delayMaxOf(given: Given): Rational | null {
  const text = given.text("max-delay");
  return text === undefined ? null : parseDurationNs("max-delay", text);
}

/** Of the queue of whole packets: in packets when that is its unit and the cost is bytes. */
function limitOf(given: Given, cost: Cost): Pick<QueueBounds, "count" | "limit"> {
  const text = given.text("limit");
  if (text === undefined) return { count: "bytes", limit: null };
  const written = given.written("limit");
  const { units, cost: unit } = parseAmount("limit", text);
  if (unit === "bytes" && cost === "packets") throw conflict(written, "is in bytes but packets cost 1; write packets");
  if (compare(units, rational(1n)) < 0) throw range(written, "must be at least 1, else nothing could wait or pass");
  return { count: unit, limit: rational(floor(units)) };
}

/** A bucket that holds less than the smallest packet lets none leave. */
function requireDepth(given: Given, name: string, depth: Rational): void {
  if (compare(depth, rational(1n)) >= 0) return;
  throw range(given.written(name), "must hold a byte or a packet at least, else nothing could ever leave");
}

export const defineLeakyBucket: DefineShaper = (given, costRuleOf) => {
  const rate = readRate(given, "rate");
  const size = given.text("burst") === undefined ? null : readSize(given, "burst", rate);
  const inPackets = size?.implied.some(({ cost }) => cost === "packets") === true;
  const asked = given.text("count");
  const isOther = inPackets && rate.implied.cost === "bytes" && given.text("cost") !== "packets";
  const count = givenChoice<QueueCount>(given, "count", QUEUE_COUNTS, isOther ? "packets" : "fluid");
  const countsPackets = count === "packets";
  const costRule = costRuleOf([rate.implied, ...(countsPackets || size === null ? [] : size.implied)]);
  if (asked !== undefined && size === null) {
    throw conflict(
      given.written("count"),
      "counts what the burst bounds, and there is none; give a burst or leave it out",
    );
  }
  if (count === "bytes" && costRule.cost === "packets") {
    throw conflict(given.written("count"), "cannot stand beside a cost of packets; write count packets");
  }
  if (countsPackets && size !== null && !inPackets) {
    throw conflict(given.written("burst"), 'is no number of packets, which count "packets" needs; write 100 packets');
  }
  const limit = size === null ? null : count === "fluid" ? size.units : rational(floor(size.units));
  if (limit !== null && compare(limit, rational(1n)) < 0) {
    throw range(given.written("burst"), "must be at least a byte or a packet, else nothing could ever be sent");
  }
  const bounds = { count, limit, delayMaxNs: delayMaxOf(given) };
  return { kind: "leaky-bucket", ratePerSec: rate.ratePerSec, costRule, bounds };
};

export const defineTokenBucket: DefineShaper = (given, costRuleOf) => {
  const rate = readRate(given, "rate");
  const size = readSize(given, "burst", rate);
  requireDepth(given, "burst", size.units);
  const costRule = costRuleOf([rate.implied, ...size.implied]);
  const bounds = { ...limitOf(given, costRule.cost), delayMaxNs: delayMaxOf(given) };
  return { kind: "token-bucket", bucket: { ratePerSec: rate.ratePerSec, depth: size.units }, costRule, bounds };
};

export const defineTwoRate: DefineShaper = (given, costRuleOf) => {
  const [cir, pir] = [readRate(given, "cir"), readRate(given, "pir")];
  const [cbs, pbs] = [readSize(given, "cbs", cir), readSize(given, "pbs", pir)];
  requireDepth(given, "cbs", cbs.units);
  requireDepth(given, "pbs", pbs.units);
  const costRule = costRuleOf([cir.implied, ...cbs.implied, pir.implied, ...pbs.implied]);
  if (compare(pir.ratePerSec, cir.ratePerSec) <= 0) {
    const detail = `must be above cir "${cir.implied.text}", else cir never decides; raise it, or use shaper token-bucket`;
    throw conflict(given.written("pir"), detail);
  }
  const committed: RateAndDepth = { ratePerSec: cir.ratePerSec, depth: cbs.units };
  const peak: RateAndDepth = { ratePerSec: pir.ratePerSec, depth: pbs.units };
  const bounds = { ...limitOf(given, costRule.cost), delayMaxNs: delayMaxOf(given) };
  return { kind: "two-rate", committed, peak, costRule, bounds };
};

/** What each tick sends, whole: in the unit of its shaper. */
function quantumOf(given: Given, cost: Cost): bigint {
  const text = given.text("quantum");
  if (text === undefined) return 1n;
  const { units, cost: unit } = parseAmount("quantum", text);
  const written = given.written("quantum");
  if (unit !== cost) throw new ConfigError("UNIT", "quantum", text, `is in ${unit} but each tick sends ${cost}`);
  if (units.den !== 1n || isZero(units)) throw range(written, `must be a whole number of ${cost}, 1 at least`);
  return units.num;
}

export const defineTicks: DefineShaper = (given, costRuleOf) => {
  const costRule = costRuleOf([]);
  const written = given.written("tick");
  const tickNs = parseDurationNs("tick", written.text);
  if (tickNs.den !== 1n || isZero(tickNs)) throw range(written, "must be a whole number of nanoseconds, 1 at least");
  return {
    kind: "ticks",
    tickNs: tickNs.num,
    quantumUnits: quantumOf(given, costRule.cost),
    carriesResidue: givenFlag(given, "carry"),
    isImmediate: givenFlag(given, "immediate"),
    costRule,
    bounds: { ...limitOf(given, costRule.cost), delayMaxNs: null },
  };
};
