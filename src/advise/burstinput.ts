/** A question about bursts as the user writes it: sizes and rates in the units of policies. */
import { ConfigError } from "../errors.ts";
import type { Rational } from "../types.ts";
import { parseAmount, parseRate } from "../units.ts";
import type { BurstQuestion } from "./burst.ts";

export interface BurstInput {
  readonly burst?: readonly string[];
  readonly bucket?: string;
  readonly rate?: string;
  readonly packet?: readonly string[];
  readonly line?: string;
}

/** The table of texts on leaky buckets. */
export const BURST_DEFAULTS = {
  burst: ["50 kB", "100 kB", "150 kB", "200 kB"],
  bucket: "100 kB",
  rate: "125 kB/s",
  packet: ["1500 B"],
} as const;
/** One step of work for each packet: about a second for all. */
const PACKETS_MAX = 10_000_000n;
const BYTES_MAX = 2n ** 63n;

function bytesOf(name: string, text: string): Rational {
  const { units, cost } = parseAmount(name, text);
  if (cost === "packets") throw new ConfigError("UNIT", name, text, "is a size in bytes, such as 150 kB");
  return units;
}

function wholeBytes(name: string, text: string): bigint {
  const { num, den } = bytesOf(name, text);
  if (den === 1n && num > 0n && num < BYTES_MAX) return num;
  throw new ConfigError("RANGE", name, text, `must be a whole number of bytes, from 1 to ${BYTES_MAX - 1n}`);
}

function bytesPerSec(name: string, text: string): Rational {
  const { unitsPerSec, cost } = parseRate(name, text);
  if (cost === "packets") throw new ConfigError("UNIT", name, text, "is a rate in bytes or bits, such as 125 kB/s");
  if (unitsPerSec.num === 0n) throw new ConfigError("RANGE", name, text, "must be above 0");
  return unitsPerSec;
}

/** A question for each burst and packet size. Throws ConfigError. */
export function burstQuestions(input: BurstInput): BurstQuestion[] {
  const { burst, bucket, rate, packet, line } = { ...BURST_DEFAULTS, ...input };
  const shared = {
    bucketBytes: bytesOf("bucket", bucket),
    bytesPerSec: bytesPerSec("rate", rate),
    lineBytesPerSec: line === undefined ? undefined : bytesPerSec("line", line),
  };
  const questionOf = (text: string, size: string): BurstQuestion => {
    const [burstBytes, packetBytes] = [wholeBytes("burst", text), wholeBytes("packet", size)];
    if (burstBytes / packetBytes < PACKETS_MAX) return { ...shared, burstBytes, packetBytes };
    const detail = `makes more than ${PACKETS_MAX} packets of ${size}; give a smaller burst or larger packets`;
    throw new ConfigError("RANGE", "burst", text, detail);
  };
  return burst.flatMap((text) => packet.map((size) => questionOf(text, size)));
}
