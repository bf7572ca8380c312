/** A policy as `police` of Cisco IOS. */
import { compare, floor, multiply, rational } from "../../rational.ts";
import type { MeterPolicy } from "../../policy/compile.ts";
import type { BucketDefinition, Rational } from "../../types.ts";
import { isWhole, numberText } from "../amounts.ts";
import { cannot, type Written } from "../explained.ts";
import { beyondOneBucket, refusalOf, refusesOnly, scopeRemark, type WriteInput } from "../write.ts";
import { BURST_MIN, CIR_MIN_BITS } from "./read.ts";

const EIGHT = rational(8n);
const TWO_COLORS = "conform-action transmit exceed-action drop";
const THREE_COLORS = "conform-action transmit exceed-action set-dscp-transmit af12 violate-action drop";

interface Line {
  readonly words: string;
  readonly buckets: readonly BucketDefinition[];
}

function bits(ratePerSec: Rational): bigint {
  return floor(multiply(ratePerSec, EIGHT));
}

function lineOf({ definition }: MeterPolicy): Line | undefined {
  switch (definition.kind) {
    case "bucket": {
      const { bucket } = definition;
      return { words: `cir ${bits(bucket.ratePerSec)} bc ${floor(bucket.depth)} ${TWO_COLORS}`, buckets: [bucket] };
    }
    case "srtcm": {
      const { committed, excess } = definition;
      const words = `cir ${bits(committed.ratePerSec)} bc ${floor(committed.depth)} be ${floor(excess.depth)} ${THREE_COLORS}`;
      return { words, buckets: [committed, excess] };
    }
    case "trtcm": {
      const { committed, peak } = definition;
      const first = `cir ${bits(committed.ratePerSec)} bc ${floor(committed.depth)}`;
      return {
        words: `${first} pir ${bits(peak.ratePerSec)} be ${floor(peak.depth)} ${THREE_COLORS}`,
        buckets: [committed, peak],
      };
    }
    default:
      return undefined;
  }
}

function wholeRemarks({ ratePerSec, depth }: BucketDefinition): string[] {
  const rate = multiply(ratePerSec, EIGHT);
  return [
    ...(isWhole(rate) ? [] : [`rates are whole bits a second: ${bits(ratePerSec)} instead of ${numberText(rate)}`]),
    ...(isWhole(depth) ? [] : [`bursts are whole bytes: ${floor(depth)} instead of ${numberText(depth)}`]),
  ];
}

/** `police cir ...` of a policy map's class. */
export function ciscoPolice(input: WriteInput): Written {
  const { policy, by } = input;
  if (policy.meter === "shaper") return cannot(refusesOnly("Cisco's police"));
  const line = lineOf(policy);
  if (line === undefined) return cannot(`Cisco's police cannot express ${beyondOneBucket(policy.definition.kind)}`);
  const [first] = line.buckets as [BucketDefinition];
  if (first.costRule.cost === "packets") return cannot("Cisco's police cir counts bits and bytes, not packets");
  if (first.costRule.overheadBytes !== 0 || first.costRule.minLengthBytes !== 0) {
    return cannot(
      "Cisco's police cannot express an overhead or a least length here; platforms have settings of their own for it",
    );
  }
  const refusal = line.buckets.map(refusalOf).find((text) => text !== undefined);
  if (refusal !== undefined) return cannot(`Cisco's police cannot express ${refusal}`);
  const isAware = "isAware" in policy.definition && policy.definition.isAware;
  const isSmall = line.buckets.some(({ depth }) => compare(depth, rational(BURST_MIN)) < 0);
  const remarks = [
    ...scopeRemark(by, "one police", "give each flow a class"),
    `which bytes count depends on the platform; the policy counts length ${policy.length}`,
    ...(isAware ? ["it is color-aware there only with conform-color; without, packets arrive green"] : []),
    ...(bits(first.ratePerSec) < CIR_MIN_BITS ? [`cir goes from ${CIR_MIN_BITS} bit/s on`] : []),
    ...(isSmall ? [`bc and be go from ${BURST_MIN} bytes on`] : []),
    ...line.buckets.flatMap(wholeRemarks),
    ...(line.buckets.length > 1 ? ["af12 stands for yellow; choose your own marking"] : []),
  ];
  return { text: `police ${line.words}\n`, remarks };
}
