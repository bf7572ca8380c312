/**
 * The policy as lines of Linux tc(8). Its police action is a token bucket in nanoseconds (net/sched/act_police.c): a
 * packet takes the time that it needs at the rate, refused ones nothing, equality conforms.
 */
import { compare, divide, floor, isZero, multiply, rational } from "../../rational.ts";
import type { BucketDefinition, Rational } from "../../types.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import { beyondOneBucket, cannot, type Exported, type ExportInput, numberText } from "./exported.ts";

const DEVICE = "eth0";
/** Bursts are kept as a time, in ticks of 64 ns and 32 bits: PSCHED_SHIFT is 6. */
const TICK_NS = rational(64n);
const TICKS_MAX = 0xffff_ffffn;
const SIZE_MAX = 0xffff_ffffn;
const CORRECTION_BYTES_MAX = 65_535;
const ETHERNET_BYTES = 14;
const LATENCY = "50ms";

const UNITS_REMARK = "tc writes kb for 1024 bytes and kbit for 1000 bits, so sizes stand here in plain bytes (b)";
const TIME_REMARK = "the time that a packet takes at the rate is rounded down to whole nanoseconds";

interface TcBucket {
  /** Whole units each second, and whole units of depth. */
  readonly rate: bigint;
  readonly burst: bigint;
  readonly remarks: readonly string[];
}

function ceiling({ num, den }: Rational): bigint {
  return (num + den - 1n) / den;
}

/** Rate and burst as tc keeps them, or why it cannot. */
function bucketOf({ ratePerSec, depth, costRule }: BucketDefinition): TcBucket | string {
  const isBytes = costRule.cost === "bytes";
  const unit = isBytes ? "bytes" : "packets";
  const rate = floor(ratePerSec);
  const burst = floor(depth);
  if (rate === 0n) return `a rate below 1 ${isBytes ? "byte" : "packet"} a second`;
  if (burst === 0n) return "a burst of nothing";
  if (burst > SIZE_MAX) return `a burst above ${SIZE_MAX} ${unit}`;
  const ticks = ceiling(divide(multiply(depth, NS_PER_SEC), multiply(rational(rate), TICK_NS)));
  if (ticks > TICKS_MAX) return "a burst of more than 274.877 s of the rate";
  const remarks: string[] = [];
  if (compare(rational(rate), ratePerSec) !== 0) {
    remarks.push(`rates are whole ${unit} a second: ${numberText(Number(rate))} instead of ${exactText(ratePerSec)}`);
  }
  if (compare(rational(burst), depth) !== 0) {
    remarks.push(`bursts are whole ${unit}: ${burst} instead of ${exactText(depth)}`);
  }
  const kept = divide(multiply(multiply(rational(ticks), TICK_NS), rational(rate)), NS_PER_SEC);
  if (compare(kept, rational(burst)) !== 0) {
    remarks.push(
      `the burst is kept as a time in steps of 64 ns, rounded up: ${exactText(kept)} ${unit} instead of ${burst}`,
    );
  }
  return { rate, burst, remarks };
}

function exactText({ num, den }: Rational): string {
  return numberText(Number(num) / Number(den));
}

/** "overhead 14 mpu 84", or why the lengths cannot be corrected so. `headerBytes`: what tc does not count of a frame. */
function correctionOf({ costRule }: BucketDefinition, headerBytes: number): string | undefined {
  const overhead = costRule.overheadBytes + headerBytes;
  if (overhead < 0 || overhead > CORRECTION_BYTES_MAX) return undefined;
  const least = costRule.minLengthBytes === 0 ? "" : ` mpu ${costRule.minLengthBytes}`;
  return `${overhead === 0 ? "" : ` overhead ${overhead}`}${least}`;
}

function keyRemark(by: string): string[] {
  if (by === "all") return [];
  return [
    `one police action is one bucket for all that its filter matches, as --by all; for ${by} give each flow its filter`,
  ];
}

function lengthRemark({ length }: ExportInput["policy"]): string {
  return length === "frame"
    ? `at ingress tc counts a frame without its ${ETHERNET_BYTES} bytes of Ethernet header, so overhead adds them (18 with a VLAN tag)`
    : "at ingress tc counts the IP packet, and the padding of frames below 60 bytes";
}

/** Refused whatever it is written in. */
function refusalOf({ check, initialLevel }: BucketDefinition): string | undefined {
  if (check !== "post") return `check ${check}: a packet's own size is always in its test`;
  return isZero(initialLevel) ? undefined : "a bucket that does not begin full";
}

const FILTER = `tc qdisc add dev ${DEVICE} clsact\ntc filter add dev ${DEVICE} ingress matchall action police`;

function police(words: string): string {
  return `${FILTER} ${words} conform-exceed drop\n`;
}

function policeBytes(input: ExportInput, bucket: BucketDefinition, peak?: BucketDefinition): Exported {
  const { policy, state } = input;
  const read = bucketOf(bucket);
  const correction = correctionOf(bucket, policy.length === "frame" ? ETHERNET_BYTES : 0);
  if (typeof read === "string") return cannot(`tc police cannot express ${read}`);
  if (correction === undefined) return cannot("tc police cannot make packets shorter: an overhead is 0 or more");
  const remarks = [...keyRemark(state.by), lengthRemark(policy), UNITS_REMARK, TIME_REMARK, ...read.remarks];
  const rate = `rate ${read.rate * 8n}bit burst ${read.burst}b`;
  if (peak === undefined) {
    remarks.push("mtu 65535 stands there because tc refuses frames above 2040 bytes without it");
    return { text: police(`${rate} mtu 65535${correction}`), remarks };
  }
  const top = bucketOf(peak);
  if (typeof top === "string") return cannot(`tc police cannot express ${top}`);
  const header = (policy.length === "frame" ? ETHERNET_BYTES : 0) + bucket.costRule.overheadBytes;
  const mtu = top.burst - BigInt(header);
  if (mtu <= 0n) return cannot("tc police cannot express a peak burst below the overhead");
  const peakRemarks = top.remarks.filter((remark) => !remark.startsWith("the burst is kept"));
  remarks.push(
    ...peakRemarks,
    `mtu is the depth of tc's peak bucket, less the overhead; frames longer than it are refused too`,
  );
  return { text: police(`${rate} peakrate ${top.rate * 8n}bit mtu ${mtu}b${correction}`), remarks };
}

function policePackets({ state }: ExportInput, bucket: BucketDefinition): Exported {
  const read = bucketOf(bucket);
  if (typeof read === "string") return cannot(`tc police cannot express ${read}`);
  const remarks = [
    ...keyRemark(state.by),
    "pkts_rate needs Linux 5.13 and iproute2 5.12; its bucket begins empty, where Weir's begins full",
    TIME_REMARK,
    ...read.remarks,
  ];
  return { text: police(`pkts_rate ${read.rate} pkts_burst ${read.burst}`), remarks };
}

/** `tc filter ... police`: refuses what does not conform. */
export function tcPolice(input: ExportInput): Exported {
  const { definition } = input.policy;
  const foreign = () => cannot(`tc police cannot express ${beyondOneBucket(definition.kind)}`);
  if (definition.kind === "bucket") {
    const refusal = refusalOf(definition.bucket);
    if (refusal !== undefined) return cannot(`tc police cannot express ${refusal}`);
    const isBytes = definition.bucket.costRule.cost === "bytes";
    return isBytes ? policeBytes(input, definition.bucket) : policePackets(input, definition.bucket);
  }
  if (definition.kind !== "dual") return foreign();
  const { peak, sustained, mode, tags } = definition;
  if (mode !== "coordinated" || tags || peak.costRule.cost === "packets") return foreign();
  const refusal = refusalOf(peak) ?? refusalOf(sustained);
  return refusal === undefined ? policeBytes(input, sustained, peak) : cannot(`tc police cannot express ${refusal}`);
}

/** `tc qdisc ... tbf`: delays what does not conform. */
export function tcTbf({ policy, state }: ExportInput): Exported {
  const { definition } = policy;
  if (definition.kind !== "bucket") return cannot(`tbf cannot express ${beyondOneBucket(definition.kind)}`);
  const { bucket } = definition;
  const refusal = bucket.costRule.cost === "packets" ? "a cost in packets: it counts bytes" : refusalOf(bucket);
  if (refusal !== undefined) return cannot(`tbf cannot express ${refusal}`);
  const read = bucketOf(bucket);
  if (typeof read === "string") return cannot(`tbf cannot express ${read}`);
  const correction = correctionOf(bucket, policy.length === "ip" ? -ETHERNET_BYTES : 0);
  const remarks = [
    "tbf is a shaper: it delays what the meter refuses, and drops only when its queue is full",
    `latency ${LATENCY} bounds that queue and is no part of the policy; choose your own`,
    ...(state.by === "all" ? [] : ["one bucket for all that the device sends, as --by all"]),
    ...(correction === undefined ? ["it counts frames with their Ethernet header, and an overhead is 0 or more"] : []),
    "packets longer than the burst are dropped",
    UNITS_REMARK,
    ...read.remarks,
  ];
  const words = `rate ${read.rate * 8n}bit burst ${read.burst}b latency ${LATENCY}${correction ?? ""}`;
  return { text: `tc qdisc add dev ${DEVICE} root tbf ${words}\n`, remarks };
}
