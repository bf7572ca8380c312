/** RateLimit-Policy, RateLimit (draft-ietf-httpapi-ratelimit-headers-11) and Retry-After (RFC 9110). */
import type { Decision, Quota, TimeUnit } from "../edge/types.ts";
import { byteSequence, integer, INTEGER_MAX, string } from "./structured.ts";

const UNITS_PER_SEC: Readonly<Record<TimeUnit, number>> = { ms: 1000, us: 1_000_000, ns: 1_000_000_000 };

/** One limit and how a key stands with it. */
export interface Standing {
  readonly quota: Quota;
  readonly decision: Pick<Decision, "remaining" | "resetAfter">;
}

/** Whole seconds, rounded up: whoever waits so long has waited long enough. Infinity stays. */
export function secondsOf(time: number, unit: TimeUnit): number {
  if (time === Infinity) return time;
  const perSec = UNITS_PER_SEC[unit];
  // The remainder is exact where a quotient of nanoseconds is not.
  const rest = time % perSec;
  return Math.min((time - rest) / perSec + (rest > 0 ? 1 : 0), INTEGER_MAX);
}

/** The milliseconds of a clock in a meter's unit. */
export function timeOf(nowMs: number, unit: TimeUnit): number | bigint {
  if (unit !== "ns") return unit === "ms" ? nowMs : nowMs * 1000;
  const wholeMs = Math.floor(nowMs);
  return BigInt(wholeMs) * 1_000_000n + BigInt(Math.floor((nowMs - wholeMs) * 1_000_000));
}

function partitionOf(partition: Uint8Array | undefined): string {
  return partition === undefined ? "" : `;pk=${byteSequence(partition)}`;
}

/**
 * `"name";q=100;w=60`: q units at once, all of them again after w seconds. Bytes are `qu="content-bytes"`; without it
 * the unit is requests. Throws ConfigError for a name that is not printable ASCII.
 */
export function policyField(quotas: readonly Quota[], unit: TimeUnit, partition?: Uint8Array): string {
  return quotas
    .map(({ name, limit, window, cost }) => {
      const quotaUnit = cost === "bytes" ? `;qu="content-bytes"` : "";
      const w = window === Infinity ? "" : `;w=${integer(Math.max(secondsOf(window, unit), 1))}`;
      return `${string("name", name)};q=${integer(limit)}${quotaUnit}${w}${partitionOf(partition)}`;
    })
    .join(", ");
}

/**
 * `"name";r=50;t=30`: r whole units are left, all of them are again after t seconds. With Retry-After t is at most that,
 * since the draft wants it not to lie before the end of t.
 */
export function limitField(
  standings: readonly Standing[],
  unit: TimeUnit,
  retryAfterSec = Infinity,
  partition?: Uint8Array,
): string {
  return standings
    .map(({ quota, decision }) => {
      const afterSec = Math.min(secondsOf(decision.resetAfter, unit), retryAfterSec);
      const t = afterSec === Infinity ? "" : `;t=${integer(afterSec)}`;
      return `${string("name", quota.name)};r=${integer(decision.remaining)}${t}${partitionOf(partition)}`;
    })
    .join(", ");
}
