/** The ways to state a contract, each read into one exact bucket: level form of algorithms.md, section 2.2. */

import { ConfigError } from "../errors.ts";
import { compare, divide, isZero, multiply, rational, ZERO } from "../rational.ts";
import type { Check, Cost, Rational } from "../types.ts";
import { parseBurst, parseDurationNs, parseRate } from "../units.ts";

/** A parameter as the user wrote it, to name it in a message. */
export interface Written {
  readonly parameter: string;
  readonly text: string;
}

export interface BucketReading {
  readonly ratePerSec: Rational;
  readonly depth: Rational;
  /** Which cost the units of a parameter imply; empty when all were times. */
  readonly implied: readonly (Written & { readonly cost: Cost })[];
  /** The parameter that sets the rate, and the one that sets the depth. */
  readonly rate: Written;
  readonly burst: Written & { readonly inTime: boolean };
}

export interface MeterForm {
  readonly params: readonly [rate: string, depth: string];
  /** Complete values of `params`, for messages and help. */
  readonly example: readonly [rate: string, depth: string];
  /** Which check holds when none is asked for. */
  readonly defaultCheck: Readonly<Record<Cost, Check>>;
  /** Reads the texts of the two parameters. Throws ConfigError. */
  readonly read: (rateText: string, depthText: string) => BucketReading;
}

const NS_PER_SEC = rational(1_000_000_000n);

function readRateBurst(rateText: string, burstText: string): BucketReading {
  const rate = { parameter: "rate", text: rateText };
  const { unitsPerSec, cost } = parseRate(rate.parameter, rateText);
  const burst = parseBurst("burst", burstText);
  const written = { parameter: "burst", text: burstText, inTime: burst.kind === "time" };
  const fail = (detail: string): never => {
    throw new ConfigError("CONFLICT", "burst", burstText, detail);
  };
  if (burst.kind === "time" && isZero(unitsPerSec)) {
    fail(`a time of rate "${rateText}" holds nothing; with rate 0 give the burst in bytes or packets, such as 64 kB`);
  }
  const depth = burst.kind === "time" ? divide(multiply(unitsPerSec, burst.durationNs), NS_PER_SEC) : burst.units;
  if (isZero(unitsPerSec) && isZero(depth)) {
    fail(`with rate "${rateText}" nothing could ever conform; the burst or the rate must be above 0`);
  }
  const implied = [{ ...rate, cost }];
  if (burst.kind === "amount") implied.push({ parameter: "burst", text: burstText, cost: burst.cost });
  return { ratePerSec: unitsPerSec, depth, implied, rate, burst: written };
}

/** ITU-T I.371: T is the time of one unit and tau the tolerance, so the rate is 1/T and the depth tau/T units. */
function readIncrementLimit(incrementText: string, limitText: string): BucketReading {
  const incrementNs = parseDurationNs("increment", incrementText);
  const limitNs = parseDurationNs("limit", limitText);
  if (compare(incrementNs, ZERO) === 0) {
    const detail = "must be above 0 ns, because the rate is 1 unit per increment; write a time such as 10 us";
    throw new ConfigError("RANGE", "increment", incrementText, detail);
  }
  return {
    ratePerSec: divide(NS_PER_SEC, incrementNs),
    depth: divide(limitNs, incrementNs),
    implied: [],
    rate: { parameter: "increment", text: incrementText },
    burst: { parameter: "limit", text: limitText, inTime: true },
  };
}

/** A burst is what conforms at once, under every name: own cost in the test. */
export const RATE_BURST: MeterForm = {
  params: ["rate", "burst"],
  example: ["10 Mbit/s", "64 kB"],
  defaultCheck: { bytes: "post", packets: "post" },
  read: readRateBurst,
};

/** I.371 defines cells by arrival >= TAT - limit, without the own size; for bytes that would pass any size. */
export const INCREMENT_LIMIT: MeterForm = {
  params: ["increment", "limit"],
  example: ["10 us", "5 ms"],
  defaultCheck: { bytes: "post", packets: "pre" },
  read: readIncrementLimit,
};
