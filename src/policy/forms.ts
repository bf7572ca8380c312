/** The ways to state one bucket, each read into exact fractions of the level form. */

import { ConfigError } from "../errors.ts";
import { compare, divide, isZero, multiply, rational, subtract } from "../rational.ts";
import type { Check, Cost, Rational } from "../types.ts";
import { parseAmount, parseBurst, parseDurationNs, parsePacketCount, parseRate } from "../units.ts";
import { NS_PER_SEC } from "./limits.ts";
import { limitOfBurst } from "./mbs.ts";
import type { BucketReading, Given, Implied, Written } from "./source.ts";

/** One of the alternative sets of parameters of a meter: all of it is given, or nothing. */
export interface MeterForm {
  readonly params: readonly string[];
  /** Complete values of `params`, for messages and help. */
  readonly example: readonly string[];
  /** Which check holds when none is asked for. */
  readonly defaultCheck: Readonly<Record<Cost, Check>>;
  /** The only check with which its numbers mean what they say; absent: any of the meter's. */
  readonly onlyCheck?: Check;
  /** Reads the buckets, in the order in which they are asked. Throws ConfigError. */
  readonly read: (given: Given) => readonly BucketReading[];
}

/** A burst is what conforms at once, under every name: own cost in the test. */
export const POST: MeterForm["defaultCheck"] = { bytes: "post", packets: "post" };
/** I.371 defines cells by arrival >= TAT - limit, without the own size; for bytes that would pass any size. */
export const CELLS: MeterForm["defaultCheck"] = { bytes: "post", packets: "pre" };

function conflict({ parameter, text }: Written, detail: string): ConfigError {
  return new ConfigError("CONFLICT", parameter, text, detail);
}

/** Units drained each second, and what the unit implies. */
export function readRate(rate: Written): { readonly ratePerSec: Rational; readonly implied: Implied } {
  const { unitsPerSec, cost } = parseRate(rate.parameter, rate.text);
  return { ratePerSec: unitsPerSec, implied: { ...rate, cost, kind: "rate" } };
}

/** A bucket from its rate and its depth, which may be a time of that rate; both may be 0. */
export function readBucket(name: string, rate: Written, burst: Written): BucketReading {
  const { ratePerSec, implied } = readRate(rate);
  const read = parseBurst(burst.parameter, burst.text);
  const written = { ...burst, inTime: read.kind === "time" };
  const base = { name, ratePerSec, rate, burst: written };
  if (read.kind === "amount") {
    return { ...base, depth: read.units, implied: [implied, { ...burst, cost: read.cost, kind: "burst" }] };
  }
  if (isZero(ratePerSec)) {
    const wayOut = `with ${rate.parameter} 0 give the ${burst.parameter} in bytes or packets, such as 64 kB`;
    throw conflict(burst, `a time of ${rate.parameter} "${rate.text}" holds nothing; ${wayOut}`);
  }
  return { ...base, depth: divide(multiply(ratePerSec, read.durationNs), NS_PER_SEC), implied: [implied] };
}

/** A bucket of which something can conform. */
export function readUsefulBucket(name: string, rate: Written, burst: Written): BucketReading {
  const bucket = readBucket(name, rate, burst);
  if (!isZero(bucket.ratePerSec) || !isZero(bucket.depth)) return bucket;
  const wayOut = `the ${burst.parameter} or the ${rate.parameter} must be above 0`;
  throw conflict(burst, `with ${rate.parameter} "${rate.text}" nothing could ever conform; ${wayOut}`);
}

/** T of ITU-T I.371, the time of one unit: the rate is 1/T. */
function readIncrementNs({ parameter, text }: Written): Rational {
  const incrementNs = parseDurationNs(parameter, text);
  if (!isZero(incrementNs)) return incrementNs;
  const detail = "must be above 0 ns, because the rate is 1 unit per increment; write a time such as 10 us";
  throw new ConfigError("RANGE", parameter, text, detail);
}

/** A bucket of rate 1/T and depth tau/T units. */
export function cellBucket(name: string, rate: Written, incrementNs: Rational, burst: Written, limitNs: Rational) {
  return {
    name,
    ratePerSec: divide(NS_PER_SEC, incrementNs),
    depth: divide(limitNs, incrementNs),
    implied: [],
    rate,
    burst: { ...burst, inTime: true },
  };
}

/** ITU-T I.371: T and tau. */
export function readIncrementLimit(name: string, increment: Written, limit: Written): BucketReading {
  const incrementNs = readIncrementNs(increment);
  return cellBucket(name, increment, incrementNs, limit, parseDurationNs(limit.parameter, limit.text));
}

/** The time between the cells of a burst; 0 when it is not given. */
export function spacingNsOf(given: Given): Rational {
  const text = given.text("spacing");
  return text === undefined ? rational(0n) : parseDurationNs("spacing", text);
}

/** T, and tau from the burst that is to conform: tau = (MBS - 1)(T - spacing). */
function readIncrementMbs(given: Given): BucketReading {
  const increment = given.written("increment");
  const mbs = given.written("mbs");
  const incrementNs = readIncrementNs(increment);
  const spacingNs = spacingNsOf(given);
  const count = parsePacketCount("mbs", mbs.text, 1n);
  if (compare(spacingNs, incrementNs) >= 0) {
    const detail = `must be below increment "${increment.text}": cells so far apart conform without end, whatever the mbs; leave it out or give limit instead of mbs`;
    throw new ConfigError("CONFLICT", "spacing", given.text("spacing"), detail);
  }
  const limitNs = limitOfBurst(count, subtract(incrementNs, spacingNs));
  return { ...cellBucket("", increment, incrementNs, mbs, limitNs), implied: [impliedCount(mbs)] };
}

/** A number of packets implies the cost. */
export function impliedCount(count: Written): Implied {
  return { ...count, cost: "packets", kind: "count" };
}

export const RATE_BURST: MeterForm = {
  params: ["rate", "burst"],
  example: ["10 Mbit/s", "64 kB"],
  defaultCheck: POST,
  read: (given) => [readUsefulBucket("", given.written("rate"), given.written("burst"))],
};

export const INCREMENT_LIMIT: MeterForm = {
  params: ["increment", "limit"],
  example: ["10 us", "5 ms"],
  defaultCheck: CELLS,
  read: (given) => [readIncrementLimit("", given.written("increment"), given.written("limit"))],
};

export const INCREMENT_MBS: MeterForm = {
  params: ["increment", "mbs"],
  example: ["10 ms", "11"],
  defaultCheck: CELLS,
  onlyCheck: "pre",
  read: (given) => [readIncrementMbs(given)],
};

/** RATE_BURST with the level's bound, where it is written. */
export const RATE_BURST_CAP: MeterForm = {
  ...RATE_BURST,
  read: (given) => {
    const bucket = readUsefulBucket("", given.written("rate"), given.written("burst"));
    return [{ ...bucket, ...readCap(given, bucket) }];
  },
};

function readCap(given: Given, bucket: BucketReading): Partial<BucketReading> {
  if (given.text("cap") === undefined) return {};
  const cap = given.written("cap");
  const { cost } = parseAmount("cap", cap.text);
  return { cap, implied: [...bucket.implied, { ...cap, cost, kind: "amount" }] };
}

/** The alarm is the depth, in events. */
export const RATE_ALARM: MeterForm = {
  params: ["rate", "alarm"],
  example: ["10 packets/min", "100"],
  defaultCheck: POST,
  read: (given) => {
    const [rate, alarm] = [given.written("rate"), given.written("alarm")];
    const { ratePerSec, implied } = readRate(rate);
    const depth = rational(parsePacketCount("alarm", alarm.text, 1n));
    const burst = { ...alarm, inTime: false };
    const bucket = { name: "", ratePerSec, depth, implied: [implied], rate, burst };
    const clear = given.text("clear") === undefined ? {} : { clear: given.written("clear") };
    return [{ ...bucket, ...readCap(given, bucket), ...clear }];
  },
};
