/** A policy as `tc filter ... police`: a token bucket in nanoseconds (net/sched/act_police.c) that refuses. */
import type { BucketDefinition } from "../../types.ts";
import { cannot, type Written } from "../explained.ts";
import { beyondOneBucket, refusalOf, refusesOnly, scopeRemark, type WriteInput } from "../write.ts";
import { DEVICE, tcBucketOf, tcCorrectionOf, TIME_REMARK, UNITS_REMARK } from "./bucket.ts";
import { ETHERNET_BYTES } from "./correction.ts";

const FILTER = `tc qdisc add dev ${DEVICE} clsact\ntc filter add dev ${DEVICE} ingress matchall action police`;

function police(words: string): string {
  return `${FILTER} ${words} conform-exceed drop\n`;
}

function keyRemark(by: string): string[] {
  return scopeRemark(by, "one police action", "give each flow its filter");
}

function lengthRemark({ length }: WriteInput["policy"]): string {
  return length === "frame"
    ? `at ingress tc counts a frame without its ${ETHERNET_BYTES} bytes of Ethernet header, so overhead adds them (18 with a VLAN tag)`
    : "at ingress tc counts the IP packet, and the padding of frames below 60 bytes";
}

function policeBytes({ policy, by }: WriteInput, bucket: BucketDefinition, peak?: BucketDefinition): Written {
  const read = tcBucketOf(bucket);
  const headerBytes = policy.length === "frame" ? ETHERNET_BYTES : 0;
  const correction = tcCorrectionOf(bucket, headerBytes);
  if (typeof read === "string") return cannot(`tc police cannot express ${read}`);
  if (correction === undefined) return cannot("tc police cannot make packets shorter: an overhead is 0 or more");
  const remarks = [...keyRemark(by), lengthRemark(policy), UNITS_REMARK, TIME_REMARK, ...read.wholes, ...read.ticks];
  const rate = `rate ${read.rate * 8n}bit burst ${read.burst}b`;
  if (peak === undefined) {
    remarks.push("mtu 65535 stands there because tc refuses frames above 2040 bytes without it");
    return { text: police(`${rate} mtu 65535${correction}`), remarks };
  }
  const top = tcBucketOf(peak);
  if (typeof top === "string") return cannot(`tc police cannot express ${top}`);
  const mtu = top.burst - BigInt(headerBytes + bucket.costRule.overheadBytes);
  if (mtu <= 0n) return cannot("tc police cannot express a peak burst below the overhead");
  remarks.push(
    ...top.wholes,
    "mtu is the depth of tc's peak bucket, less the overhead; frames longer than it are refused too",
  );
  return { text: police(`${rate} peakrate ${top.rate * 8n}bit mtu ${mtu}b${correction}`), remarks };
}

function policePackets(by: string, bucket: BucketDefinition): Written {
  const read = tcBucketOf(bucket);
  if (typeof read === "string") return cannot(`tc police cannot express ${read}`);
  const remarks = [
    ...keyRemark(by),
    "pkts_rate needs Linux 5.13 and iproute2 5.12; its bucket begins empty, where Weir's begins full",
    TIME_REMARK,
    ...read.wholes,
    ...read.ticks,
  ];
  return { text: police(`pkts_rate ${read.rate} pkts_burst ${read.burst}`), remarks };
}

/** `tc filter ... police`: refuses what does not conform. */
export function tcPolice(input: WriteInput): Written {
  if (input.policy.meter === "shaper") return cannot(refusesOnly("tc police"));
  const { definition } = input.policy;
  const foreign = () => cannot(`tc police cannot express ${beyondOneBucket(definition.kind)}`);
  if (definition.kind === "bucket") {
    const refusal = refusalOf(definition.bucket);
    if (refusal !== undefined) return cannot(`tc police cannot express ${refusal}`);
    const isBytes = definition.bucket.costRule.cost === "bytes";
    return isBytes ? policeBytes(input, definition.bucket) : policePackets(input.by, definition.bucket);
  }
  if (definition.kind !== "dual") return foreign();
  const { peak, sustained, mode, tags } = definition;
  if (mode !== "coordinated" || tags || peak.costRule.cost === "packets") return foreign();
  const refusal = refusalOf(peak) ?? refusalOf(sustained);
  return refusal === undefined ? policeBytes(input, sustained, peak) : cannot(`tc police cannot express ${refusal}`);
}
