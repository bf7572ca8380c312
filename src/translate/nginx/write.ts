/**
 * The policy as nginx's limit_req. With nodelay it is a leaky bucket that does not test the request's own cost
 * (ngx_http_limit_req_module.c): the level at arrival, in thousandths of a request, must be at most `burst`, so burst + 1
 * requests pass at once. Check post of depth D is therefore burst = D - 1, check pre of depth D burst = D.
 */
import { floor, isZero, multiply, rational } from "../../rational.ts";
import type { BucketDefinition, Rational } from "../../types.ts";
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

/** `limit_req_zone` and `limit_req`, for a cost in packets. */
export function nginxLimit({ policy, by }: WriteInput): Written {
  const { definition } = policy;
  if (definition.kind !== "bucket") return cannot(`limit_req cannot express ${beyondOneBucket(definition.kind)}`);
  const { bucket } = definition;
  if (bucket.costRule.cost === "bytes") {
    return cannot("limit_req counts requests, not bytes; write the rate and the burst in packets, one a request");
  }
  if (!isZero(bucket.initialLevel)) return cannot("limit_req cannot express a bucket that does not begin full");
  const rate = rateOf(bucket.ratePerSec);
  if (rate === undefined) return cannot("limit_req cannot express a rate below 1 request a minute");
  const read = burstOf(bucket);
  if (typeof read === "string") return cannot(`limit_req cannot express ${read}`);
  const key = KEYS[by];
  const remarks = [
    "a request stands for a packet",
    ...read.remarks,
    ...rate.remarks,
    "time is read in milliseconds",
    ...(key === undefined ? [`there is no key for ${by}; a geo or map block would have to make it`] : []),
    ...(by === "all" ? ["the key is the server's name, so each virtual server has a bucket"] : []),
  ];
  const burst = read.burst === 0n ? "" : ` burst=${read.burst}`;
  const lines = [
    `limit_req_zone ${key ?? KEYS["src"]!} zone=weir:10m rate=${rate.text};  # in http { }`,
    `limit_req zone=weir${burst} nodelay;  # in server { } or location { }`,
    "",
  ];
  return { text: lines.join("\n"), remarks };
}
