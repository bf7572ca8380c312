/** The public types of the HTTP side of the edge library. No code. */
import type { Decision, EdgeMeter, Time } from "../edge/types.ts";

/** Reads a key off a request; undefined or "" when there is none. `context` is what the caller of `check` passes on. */
export type KeyReader<Context = unknown> = (request: Request, context: Context) => string | undefined;

/** Which of a meter's policies, by its name or its place in the list. */
export type PolicyName = string | number;

export interface LimiterOptions<Context = unknown> {
  /** A meter that takes strings: `key: "string"`, or "any", which is the default. */
  readonly meter: EdgeMeter;
  /** Whose request it is: `byAddress`, `byHeader`, or a function. There is no default: which header to believe is the site's to say. */
  readonly key: KeyReader<Context>;
  /** Which limit, or which group of limits; or a function, for a limit a plan. Default: the first policy. */
  readonly policy?: PolicyName | ((request: Request, context: Context) => PolicyName);
  /**
   * What a request costs: a number, default 1; "content-length" for its bytes; or a function. A request with a body of
   * unstated length has no "content-length", and is refused with 411.
   */
  readonly cost?: number | "content-length" | ((request: Request, context: Context) => number);
  /**
   * What becomes of requests without a key (none, "", longer than 4096 characters, an address that is malformed):
   * "share", the default: all of them share one limit; "refuse"; "allow".
   */
  readonly withoutKey?: "share" | "refuse" | "allow";
  /**
   * What an error becomes - thrown by the meter, or by a function given here: "throw", the default, throws it on;
   * "refuse" fails closed, with 503; "allow" fails open. The latter two keep it in `error`.
   */
  readonly onError?: "throw" | "refuse" | "allow";
  /** Milliseconds since any instant. Default: `Date.now`, read once a request and never before the first. */
  readonly now?: () => number;
  /** Whether RateLimit and RateLimit-Policy are told. Default true; Retry-After is told in any case. */
  readonly tellsQuota?: boolean;
  /** The partition key ("pk") that the fields tell of a key. Default: none, since keys may be secret. */
  readonly partition?: (key: string) => Uint8Array | undefined;
}

/**
 * Why a request passes or not:
 *
 * - "passed": within its limits
 * - "limit": one of them is used up; "never": its cost is above what a fresh key could have; "blocked": by `meter.block`
 * - "full": the meter had no room for its key (`onFull`)
 * - "unkeyed": it had no key, and `withoutKey` is "refuse" or "allow"
 * - "unmeasured": it has a body of unstated length
 * - "error": `onError` is "refuse" or "allow", and there was one
 */
export type Reason = "passed" | "limit" | "never" | "blocked" | "full" | "unkeyed" | "unmeasured" | "error";

/** What is said of one request. */
export interface Verdict {
  readonly allowed: boolean;
  readonly reason: Reason;
  /** What a refusal is answered with: 429, 411 for "unmeasured", 503 for "full" and "error". 200 when it is allowed. */
  readonly status: 200 | 411 | 429 | 503;
  /** Undefined when there is none; "" is the one that requests without a key share. */
  readonly key: string | undefined;
  /** As the meter was asked, so that `meter.refund(key, cost, now, policy, decision.color)` takes it back. */
  readonly cost: number;
  readonly policy: number;
  readonly now: Time;
  /** The meter's; undefined when it was not asked. */
  readonly decision: Decision | undefined;
  /** Names of the limits that refuse. */
  readonly violated: readonly string[];
  readonly error: unknown;
  /** Header fields for the response, allowed or not. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Limiter<Context = unknown> {
  /** Charges a request if all of its limits allow it, and says so. Synchronous; reads no body. */
  check(request: Request, context: Context): Verdict;
  /** The whole of it: the handler's response with the fields, or the refusal. */
  respond(
    request: Request,
    context: Context,
    handler: (request: Request, context: Context) => Response | Promise<Response>,
  ): Promise<Response>;
}
