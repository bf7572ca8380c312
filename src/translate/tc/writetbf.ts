/** A policy as `tc qdisc ... tbf`, which delays what does not conform. */
import { add, floor, multiply, rational, ZERO } from "../../rational.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import type {
  BucketDefinition,
  CostRule,
  LengthKind,
  QueueBounds,
  Rational,
  RateAndDepth,
  ShaperPolicy,
} from "../../types.ts";
import { numberText } from "../amounts.ts";
import { cannot, type Written } from "../explained.ts";
import { beyondOneBucket, refusalOf, scopeRemark, type WriteInput } from "../write.ts";
import { DEVICE, tcBucketOf, tcCorrectionOf, UNITS_REMARK } from "./bucket.ts";
import { ETHERNET_BYTES, FULL_FRAME } from "./correction.ts";

const LATENCY = "50ms";
const LENGTH_REMARK = "it counts frames with their Ethernet header, and an overhead is 0 or more";

function tbf(words: string): string {
  return `tc qdisc add dev ${DEVICE} root tbf ${words}\n`;
}

/** " overhead 14", with a remark where the lengths cannot be corrected so. */
function correctionOf(costRule: CostRule, length: LengthKind): { readonly words: string; readonly remarks: string[] } {
  const words = tcCorrectionOf({ costRule }, length === "ip" ? -ETHERNET_BYTES : 0);
  return words === undefined ? { words: "", remarks: [LENGTH_REMARK] } : { words, remarks: [] };
}

/** A meter of one bucket: what it refuses is delayed instead. */
function meterTbf(bucket: BucketDefinition, length: LengthKind, by: string): Written {
  const refusal = bucket.costRule.cost === "packets" ? "a cost in packets: it counts bytes" : refusalOf(bucket);
  if (refusal !== undefined) return cannot(`tbf cannot express ${refusal}`);
  const read = tcBucketOf(bucket);
  if (typeof read === "string") return cannot(`tbf cannot express ${read}`);
  const correction = correctionOf(bucket.costRule, length);
  const remarks = [
    "tbf is a shaper: it delays what the meter refuses, and drops only when its queue is full",
    `latency ${LATENCY} bounds that queue and is no part of the policy; choose your own`,
    ...(by === "all" ? [] : ["one bucket for all that the device sends, as --by all"]),
    ...correction.remarks,
    "packets longer than the burst are dropped",
    UNITS_REMARK,
    ...read.wholes,
  ];
  return { text: tbf(`rate ${read.rate * 8n}bit burst ${read.burst}b latency ${LATENCY}${correction.words}`), remarks };
}

/** Bytes that may wait, whole; a time counts what leaves in it beyond the bucket, as tc's latency does. */
function limitOf({ limit, delayMaxNs }: QueueBounds, ratePerSec: Rational, depth: Rational): bigint {
  if (limit !== null) return floor(limit);
  const waiting = multiply(multiply(ratePerSec, delayMaxNs ?? ZERO), rational(1n, NS_PER_SEC.num));
  return floor(add(waiting, depth));
}

interface Buckets {
  readonly main: RateAndDepth;
  readonly peak?: RateAndDepth;
  readonly remarks: readonly string[];
}

/** The buckets of a shaper as tbf has them; undefined for those with ticks. */
function bucketsOf({ definition }: ShaperPolicy): Buckets | undefined {
  switch (definition.kind) {
    case "token-bucket":
      return { main: definition.bucket, remarks: [] };
    case "two-rate":
      return { main: definition.committed, peak: definition.peak, remarks: [] };
    case "leaky-bucket":
      return {
        main: { ratePerSec: definition.ratePerSec, depth: FULL_FRAME },
        remarks: [
          "a leaky bucket is tbf with a burst of one frame, 1514 B: a packet leaves when its tokens are there, Weir's when its last byte is sent",
        ],
      };
    case "ticks":
      return undefined;
  }
}

function shaperTbf(policy: ShaperPolicy, by: string): Written {
  const { definition, length } = policy;
  const { costRule, bounds } = definition;
  const buckets = bucketsOf(policy);
  if (buckets === undefined) return cannot("tbf cannot express ticks: its tokens come continuously");
  if (costRule.cost === "packets") return cannot("tbf cannot express a cost in packets: it counts bytes");
  if (bounds.count === "packets" && bounds.limit !== null)
    return cannot("tbf cannot express a queue in packets: its limit is in bytes");
  const { main, peak } = buckets;
  const read = tcBucketOf({ ...main, costRule });
  const top = peak === undefined ? undefined : tcBucketOf({ ...peak, costRule });
  if (typeof read === "string") return cannot(`tbf cannot express ${read}`);
  if (typeof top === "string") return cannot(`tbf cannot express ${top}`);
  if (top !== undefined && top.rate <= read.rate)
    return cannot("tbf cannot express a peak rate that is not above the rate: the kernel refuses it");
  const correction = correctionOf(costRule, length);
  const limit = limitOf(bounds, main.ratePerSec, main.depth);
  const peakWords = top === undefined ? "" : ` peakrate ${top.rate * 8n}bit mtu ${top.burst}b`;
  const remarks = [
    ...buckets.remarks,
    ...scopeRemark(by, "a qdisc", "give each flow a class of its own"),
    ...(bounds.limit === null ? ["the longest wait is bounded by the bytes that leave in it, as tc's latency is"] : []),
    ...(bounds.count === "fluid"
      ? ["its limit counts whole packets that wait, Weir's fluid queue what is not sent yet"]
      : []),
    ...(bounds.limit !== null && bounds.delayMaxNs !== null ? ["a bound of the delay beside the limit is lost"] : []),
    ...correction.remarks,
    ...(top === undefined ? [] : top.wholes),
    `packets longer than ${numberText(rational(top !== undefined && top.burst < read.burst ? top.burst : read.burst))} B are dropped`,
    UNITS_REMARK,
    ...read.wholes,
  ];
  const words = `rate ${read.rate * 8n}bit burst ${read.burst}b${peakWords} limit ${limit}b${correction.words}`;
  return { text: tbf(words), remarks };
}

/** `tc qdisc ... tbf` of a shaper, or of a meter of one bucket. */
export function tcTbf({ policy, by }: WriteInput): Written {
  if (policy.meter === "shaper") return shaperTbf(policy, by);
  const { definition, length } = policy;
  if (definition.kind !== "bucket") return cannot(`tbf cannot express ${beyondOneBucket(definition.kind)}`);
  return meterTbf(definition.bucket, length, by);
}
