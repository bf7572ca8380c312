/** A policy as `-m limit` or `-m hashlimit` of iptables, for a cost in packets. */
import { compare, floor, isZero, multiply, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { isWhole, numberText } from "../amounts.ts";
import { cannot, type Written } from "../explained.ts";
import { beyondOneBucket, refusalOf, refusesOnly, type WriteInput } from "../write.ts";
import { JIFFY_REMARK } from "./limit.ts";
import { intervalNs, intervalRate } from "./rates.ts";

const PERIODS = [
  ["second", 1n],
  ["minute", 60n],
  ["hour", 3600n],
  ["day", 86_400n],
] as const;
const MODES: ReadonlyMap<string, string> = new Map([
  ["src", "srcip"],
  ["dst", "dstip"],
  ["pair", "srcip,dstip"],
  ["5-tuple", "srcip,srcport,dstip,dstport"],
]);

interface Match {
  readonly name: "limit" | "hashlimit";
  /** Parts of a second that it keeps times in. */
  readonly scale: bigint;
  readonly burstMax: bigint;
}

const LIMIT: Match = { name: "limit", scale: 10_000n, burstMax: 10_000n };
const HASHLIMIT: Match = { name: "hashlimit", scale: 1_000_000n, burstMax: 1_000_000n };

/** The rate in whole packets of the shortest period that has them, else the most that fit in a day. */
function countOf(
  perSec: Rational,
): { readonly count: bigint; readonly period: string; readonly seconds: bigint } | undefined {
  const exact = PERIODS.find(([, seconds]) => isWhole(multiply(perSec, rational(seconds))));
  const [period, seconds] = exact ?? PERIODS[3];
  const count = floor(multiply(perSec, rational(seconds)));
  return count === 0n ? undefined : { count, period, seconds };
}

/** "srcip --hashlimit-srcmask 24" of a key; undefined when there is none. */
function modeOf(by: string): string | undefined {
  const [, side = "", bits = ""] = /^(src|dst)\/(\d+)$/u.exec(by) ?? [];
  const mode = MODES.get(side === "" ? by : side);
  return mode === undefined || bits === "" ? mode : `${mode} --hashlimit-${side}mask ${bits}`;
}

/** The rule that matches, and accepts, what conforms. */
export function iptablesLimit({ policy, by }: WriteInput): Written {
  if (policy.meter === "shaper") return cannot(refusesOnly("iptables"));
  const { definition } = policy;
  if (definition.kind !== "bucket") return cannot(`iptables cannot express ${beyondOneBucket(definition.kind)}`);
  const { bucket } = definition;
  if (bucket.costRule.cost === "bytes") {
    return cannot(
      "iptables has no bucket of bytes: hashlimit's holds one second of the rate whatever its burst; write the rate and the burst in packets",
    );
  }
  const refusal = bucket.check === "pre" && isZero(bucket.initialLevel) ? undefined : refusalOf(bucket);
  if (refusal !== undefined) return cannot(`iptables cannot express ${refusal}`);
  const match = by === "all" ? LIMIT : HASHLIMIT;
  const rate = countOf(bucket.ratePerSec);
  if (rate === undefined) return cannot("iptables cannot express a rate below 1 packet a day");
  const burst = floor(bucket.depth) + (bucket.check === "pre" ? 1n : 0n);
  if (burst === 0n || burst > match.burstMax)
    return cannot(`iptables cannot express a burst of ${burst} packets: ${match.name} takes 1 to ${match.burstMax}`);
  const word = { text: `${rate.count}/${rate.period}`, position: 0 };
  const interval = intervalNs({ ...rate, word, perSec: bucket.ratePerSec }, match.scale);
  if (interval === undefined) return cannot(`iptables cannot express a rate above ${match.scale} packets a second`);
  const kept = intervalRate(interval);
  const mode = modeOf(by);
  const remarks = [
    "what conforms matches the rule and is accepted; what exceeds goes on to the next rule, which drops it",
    ...(compare(kept, bucket.ratePerSec) === 0
      ? []
      : [
          `the time between two packets is kept in 1/${match.scale} s, cut: ${numberText(kept)} packets/s instead of ${numberText(bucket.ratePerSec)}`,
        ]),
    ...(isWhole(bucket.depth) ? [] : [`bursts are whole packets: ${burst} instead of ${numberText(bucket.depth)}`]),
    JIFFY_REMARK,
    ...(by === "all" || mode !== undefined ? [] : [`there is no key for ${by}; srcip stands for it`]),
    ...(by === "5-tuple" ? ["its key has no protocol, Weir's 5-tuple has"] : []),
  ];
  const words =
    by === "all"
      ? `-m limit --limit ${word.text} --limit-burst ${burst}`
      : `-m hashlimit --hashlimit-upto ${word.text} --hashlimit-burst ${burst} --hashlimit-mode ${mode ?? "srcip"} --hashlimit-name weir`;
  return { text: `iptables -A INPUT ${words} -j ACCEPT\niptables -A INPUT -j DROP\n`, remarks };
}
