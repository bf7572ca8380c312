/**
 * The policy as nginx's limit_req. With nodelay it is a leaky bucket that does not test the request's own cost
 * (ngx_http_limit_req_module.c): the level at arrival, in thousandths of a request, must be at most `burst`, so burst + 1
 * requests pass at once. Check post of depth D is therefore burst = D - 1, check pre of depth D burst = D.
 */
import { floor, isZero, multiply, rational } from "../../rational.ts";
import type { BucketDefinition, Rational, ShaperPolicy } from "../../types.ts";
import { isWhole, numberText } from "../amounts.ts";
import { cannot, type Written } from "../explained.ts";
import { beyondOneBucket, type WriteInput } from "../write.ts";

const SIXTY = rational(60n);
/** nginx keeps rates in thousandths of a request a second. */
const THOUSAND = 1000n;

const KEYS: Readonly<Record<string, string>> = {
  src: "$binary_remote_addr",
  dst: "$server_addr",
  pair: "$binary_remote_addr$server_addr",
  "5-tuple": "$binary_remote_addr$remote_port$server_addr$server_port",
  all: "$server_name",
};

interface NginxRate {
  readonly text: string;
  readonly remarks: readonly string[];
}

/** Whole requests a second, else whole requests a minute; undefined below one a minute. */
function rateOf(ratePerSec: Rational): NginxRate | undefined {
  if (isWhole(ratePerSec) && ratePerSec.num > 0n) return { text: `${ratePerSec.num}r/s`, remarks: [] };
  const perMin = multiply(ratePerSec, SIXTY);
  const count = floor(perMin);
  if (count === 0n) return undefined;
  const remarks = isWhole(perMin)
    ? []
    : [`rates are whole requests a second or a minute: ${count}r/m instead of ${numberText(perMin)}`];
  const thousandths = (count * THOUSAND) / 60n;
  if ((count * THOUSAND) % 60n !== 0n) {
    const kept = numberText(rational(thousandths, THOUSAND));
    remarks.push(`${count}r/m is kept in thousandths of a request a second, rounded down: ${kept} a second`);
  }
  return { text: `${count}r/m`, remarks };
}

/** The `burst` of a bucket, or why there is none. */
function burstOf({ check, depth }: BucketDefinition): { readonly burst: bigint; readonly remarks: string[] } | string {
  if (check === "overdraft") return "check overdraft: a level at the depth conforms there";
  const burst = check === "pre" ? floor(depth) : floor(depth) - 1n;
  if (burst < 0n) return "a burst below 1 request";
  const remarks = [
    check === "pre"
      ? `burst is the depth of check pre: ${burst + 1n} requests pass at once`
      : `burst is one less than Weir's: nginx lets ${burst} + 1 requests pass at once`,
  ];
  if (!isWhole(depth)) remarks.push(`bursts are whole requests: ${floor(depth)} instead of ${numberText(depth)}`);
  return { burst, remarks };
}

interface Passing {
  readonly ratePerSec: Rational;
  readonly burst: bigint;
  /** " nodelay", " delay=2" or nothing. */
  readonly waiting: string;
  readonly remarks: readonly string[];
}

function meterPassing(bucket: BucketDefinition): Passing | string {
  if (!isZero(bucket.initialLevel)) return "a bucket that does not begin full";
  const read = burstOf(bucket);
  if (typeof read === "string") return read;
  return { ratePerSec: bucket.ratePerSec, waiting: " nodelay", ...read };
}

/** A token bucket that delays: what passes at once beyond the first is `delay`, what waits comes on top of it. */
function shaperPassing({ definition }: ShaperPolicy): Passing | string {
  if (definition.kind !== "token-bucket") return "this shaper: give a token-bucket, of which one packet passes at once";
  const { bucket, bounds } = definition;
  const [depth, limit] = [floor(bucket.depth), bounds.limit];
  if (depth === 0n) return "a bucket below 1 request";
  if (limit === null || (bounds.count !== "packets" && definition.costRule.cost !== "packets"))
    return "a queue without a limit in packets";
  if (floor(limit) === 0n) return "a queue of nothing: give the meter of the same bucket";
  const remarks = [
    ...(isWhole(bucket.depth) && isWhole(limit) ? [] : ["bursts and limits are whole requests, cut"]),
    ...(bounds.delayMaxNs === null ? [] : ["a bound of the delay beside the limit is lost"]),
  ];
  const burst = depth - 1n + floor(limit);
  return { ratePerSec: bucket.ratePerSec, burst, waiting: depth === 1n ? "" : ` delay=${depth - 1n}`, remarks };
}

function passingOf(policy: WriteInput["policy"]): Passing | string {
  const isBytes = "limit_req counts requests, not bytes; write the rate and the burst in packets, one a request";
  const cannotSay = (why: string | Passing) => (typeof why === "string" ? `limit_req cannot express ${why}` : why);
  if (policy.meter === "shaper") {
    return policy.definition.costRule.cost === "bytes" ? isBytes : cannotSay(shaperPassing(policy));
  }
  const { definition } = policy;
  if (definition.kind !== "bucket") return cannotSay(beyondOneBucket(definition.kind));
  return definition.bucket.costRule.cost === "bytes" ? isBytes : cannotSay(meterPassing(definition.bucket));
}

/** `limit_req_zone` and `limit_req`, for a cost in packets. */
export function nginxLimit({ policy, by }: WriteInput): Written {
  const passing = passingOf(policy);
  if (typeof passing === "string") return cannot(passing);
  const rate = rateOf(passing.ratePerSec);
  if (rate === undefined) return cannot("limit_req cannot express a rate below 1 request a minute");
  const key = KEYS[by];
  const remarks = [
    "a request stands for a packet",
    ...passing.remarks,
    ...rate.remarks,
    "time is read in milliseconds",
    ...(key === undefined ? [`there is no key for ${by}; a geo or map block would have to make it`] : []),
    ...(by === "all" ? ["the key is the server's name, so each virtual server has a bucket"] : []),
  ];
  const burst = passing.burst === 0n ? "" : ` burst=${passing.burst}`;
  const lines = [
    `limit_req_zone ${key ?? KEYS["src"]!} zone=weir:10m rate=${rate.text};  # in http { }`,
    `limit_req zone=weir${burst}${passing.waiting};  # in server { } or location { }`,
    "",
  ];
  return { text: lines.join("\n"), remarks };
}
