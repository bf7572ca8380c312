/** Committed, excess and peak: the forms of the three-color meters and of `dual`. */

import { ConfigError } from "../errors.ts";
import { compare, divide, isZero, subtract, ZERO } from "../rational.ts";
import type { Rational } from "../types.ts";
import { parseDurationNs, parsePacketCount } from "../units.ts";
import { cellBucket, CELLS, impliedCount, POST, readBucket, readIncrementLimit, readRate } from "./forms.ts";
import { readUsefulBucket } from "./forms.ts";
import type { MeterForm } from "./forms.ts";
import { NS_PER_SEC } from "./limits.ts";
import { limitOfBurst } from "./mbs.ts";
import type { BucketReading, Given, Written } from "./source.ts";

/** Sizes are whole bytes (RFC 2697, 2698, 4115) or packets. */
function readSize(name: string, rate: Written, size: Written): BucketReading {
  const bucket = readBucket(name, rate, size);
  if (bucket.burst.inTime || bucket.depth.den === 1n) return bucket;
  const cost = bucket.implied.find(({ kind }) => kind === "burst")?.cost ?? "bytes";
  const example = cost === "bytes" ? "1500 B" : "5 packets";
  throw new ConfigError("NUMBER", size.parameter, size.text, `must be a whole number of ${cost} such as ${example}`);
}

function committedOf(given: Given): BucketReading {
  return readSize("committed", given.written("cir"), given.written("cbs"));
}

function excessOf(given: Given, rateName: "cir" | "eir"): BucketReading {
  return readSize("excess", given.written(rateName), given.written("ebs"));
}

/** RFC 2697: one rate; the excess bucket has none of its own. */
export const CIR_CBS_EBS: MeterForm = {
  params: ["cir", "cbs", "ebs"],
  example: ["10 Mbit/s", "64 kB", "128 kB"],
  defaultCheck: POST,
  read: (given) => [committedOf(given), { ...excessOf(given, "cir"), ratePerSec: ZERO }],
};

/** RFC 4115, MEF 10.2. */
export const CIR_CBS_EIR_EBS: MeterForm = {
  params: ["cir", "cbs", "eir", "ebs"],
  example: ["10 Mbit/s", "64 kB", "5 Mbit/s", "64 kB"],
  defaultCheck: POST,
  read: (given) => [committedOf(given), excessOf(given, "eir")],
};

/** RFC 2698. */
export const CIR_CBS_PIR_PBS: MeterForm = {
  params: ["cir", "cbs", "pir", "pbs"],
  example: ["10 Mbit/s", "64 kB", "20 Mbit/s", "128 kB"],
  defaultCheck: POST,
  read: (given) => [readSize("peak", given.written("pir"), given.written("pbs")), committedOf(given)],
};

export const PEAK_AND_RATE: MeterForm = {
  params: ["peak-rate", "peak-burst", "rate", "burst"],
  example: ["100 Mbit/s", "3 kB", "10 Mbit/s", "64 kB"],
  defaultCheck: POST,
  read: (given) => [
    readUsefulBucket("peak", given.written("peak-rate"), given.written("peak-burst")),
    readUsefulBucket("sustained", given.written("rate"), given.written("burst")),
  ],
};

export const PEAK_AND_INCREMENT: MeterForm = {
  params: ["peak-increment", "peak-limit", "increment", "limit"],
  example: ["1 ms", "0 s", "10 ms", "90 ms"],
  defaultCheck: CELLS,
  read: (given) => [
    readIncrementLimit("peak", given.written("peak-increment"), given.written("peak-limit")),
    readIncrementLimit("sustained", given.written("increment"), given.written("limit")),
  ],
};

/** The time of one cell, of a rate above 0. */
function cellTimeNs(rate: Written): Rational {
  const { ratePerSec, implied } = readRate(rate);
  const fail = (code: "UNIT" | "RANGE", detail: string): never => {
    throw new ConfigError(code, rate.parameter, rate.text, detail);
  };
  if (implied.cost !== "packets") fail("UNIT", "is a rate of cells; write packets/s, packets/min or packets/h");
  if (isZero(ratePerSec)) fail("RANGE", "must be above 0; write a rate such as 10 packets/s");
  return divide(NS_PER_SEC, ratePerSec);
}

/** ATM: the peak bucket is GCRA(1/PCR, CDVT); the sustained GCRA(1/SCR, BT), BT = (MBS - 1)(1/SCR - 1/PCR) alone. */
function readCells(given: Given): readonly BucketReading[] {
  const [pcr, cdvt, scr, mbs] = ["pcr", "cdvt", "scr", "mbs"].map((name) => given.written(name)) as [
    Written,
    Written,
    Written,
    Written,
  ];
  const [peakNs, sustainedNs] = [cellTimeNs(pcr), cellTimeNs(scr)];
  if (compare(sustainedNs, peakNs) < 0) {
    const detail = `must be at least scr "${scr.text}", the rate over longer times; raise pcr or lower scr`;
    throw new ConfigError("RANGE", pcr.parameter, pcr.text, detail);
  }
  const toleranceNs = parseDurationNs(cdvt.parameter, cdvt.text);
  const limitNs = limitOfBurst(parsePacketCount(mbs.parameter, mbs.text, 1n), subtract(sustainedNs, peakNs));
  return [
    { ...cellBucket("peak", pcr, peakNs, cdvt, toleranceNs), implied: [impliedCount(pcr)] },
    { ...cellBucket("sustained", scr, sustainedNs, mbs, limitNs), implied: [impliedCount(mbs)] },
  ];
}

export const PCR_SCR: MeterForm = {
  params: ["pcr", "cdvt", "scr", "mbs"],
  example: ["100 packets/s", "1 ms", "10 packets/s", "11"],
  defaultCheck: CELLS,
  onlyCheck: "pre",
  read: readCells,
};

/** One bucket an item of the list. */
export const BUCKETS: MeterForm = {
  params: ["bucket"],
  example: ["10 Mbit/s 64 kB"],
  defaultCheck: POST,
  read: ({ buckets }) => buckets.map(({ rate, burst }, index) => readUsefulBucket(`bucket ${index + 1}`, rate, burst)),
};
