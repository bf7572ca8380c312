/** A policy as `tc qdisc ... tbf`, which delays what does not conform. */
import { cannot, type Written } from "../explained.ts";
import { beyondOneBucket, refusalOf, type WriteInput } from "../write.ts";
import { DEVICE, tcBucketOf, tcCorrectionOf, UNITS_REMARK } from "./bucket.ts";
import { ETHERNET_BYTES } from "./correction.ts";

const LATENCY = "50ms";

/** `tc qdisc ... tbf` of a meter of one bucket. */
export function tcTbf({ policy, by }: WriteInput): Written {
  const { definition } = policy;
  if (definition.kind !== "bucket") return cannot(`tbf cannot express ${beyondOneBucket(definition.kind)}`);
  const { bucket } = definition;
  const refusal = bucket.costRule.cost === "packets" ? "a cost in packets: it counts bytes" : refusalOf(bucket);
  if (refusal !== undefined) return cannot(`tbf cannot express ${refusal}`);
  const read = tcBucketOf(bucket);
  if (typeof read === "string") return cannot(`tbf cannot express ${read}`);
  const correction = tcCorrectionOf(bucket, policy.length === "ip" ? -ETHERNET_BYTES : 0);
  const remarks = [
    "tbf is a shaper: it delays what the meter refuses, and drops only when its queue is full",
    `latency ${LATENCY} bounds that queue and is no part of the policy; choose your own`,
    ...(by === "all" ? [] : ["one bucket for all that the device sends, as --by all"]),
    ...(correction === undefined ? ["it counts frames with their Ethernet header, and an overhead is 0 or more"] : []),
    "packets longer than the burst are dropped",
    UNITS_REMARK,
    ...read.wholes,
  ];
  const words = `rate ${read.rate * 8n}bit burst ${read.burst}b latency ${LATENCY}${correction ?? ""}`;
  return { text: `tc qdisc add dev ${DEVICE} root tbf ${words}\n`, remarks };
}
