/** Requests through a meter: whose they are, what they cost, whether they pass, and what their responses tell. */
import { ConfigError, listed } from "../errors.ts";
import type { Decision, EdgeMeter, Quota, Time } from "../edge/types.ts";
import { costReaderOf, type CostReader } from "./cost.ts";
import { limitField, policyField, secondsOf, type Standing, timeOf } from "./fields.ts";
import { PROBLEMS, refusal, withFields } from "./response.ts";
import type { Limiter, LimiterOptions, PolicyName, Reason, Verdict } from "./types.ts";

/** What requests without a key share. No reader's key: empty ones are none. */
const SHARED_KEY = "";
const KEY_CHARS_MAX = 4096;

const WITHOUT_KEY = ["share", "refuse", "allow"] as const;
const ON_ERROR = ["throw", "refuse", "allow"] as const;

/** What is known of a request before it is judged. */
interface Asked {
  readonly key: string | undefined;
  readonly cost: number;
  readonly policy: number;
  readonly now: Time;
}

type Keyed = Asked & { readonly key: string };

const NOT_ASKED: Asked = { key: undefined, cost: 0, policy: 0, now: 0 };

/**
 * Limits for requests. Charges `meter` and nothing else; several limiters may share one. Reads no clock before the first
 * request, so module scope will do. Throws ConfigError for options that cannot be.
 */
export function createLimiter<Context = unknown>(options: LimiterOptions<Context>): Limiter<Context> {
  const limiter = new RequestLimiter(options);
  return {
    check: (request, context) => limiter.check(request, context),
    respond: async (request, context, handler) => {
      const verdict = limiter.check(request, context);
      return verdict.allowed ? withFields(await handler(request, context), verdict) : refusal(verdict);
    },
  };
}

class RequestLimiter<Context> {
  readonly #options: LimiterOptions<Context>;
  readonly #meter: EdgeMeter;
  readonly #costOf: CostReader<Context>;
  readonly #now: () => number;
  /** RateLimit-Policy by the quotas that it tells of, for keys without a partition. */
  readonly #policyFields = new WeakMap<readonly Quota[], string>();

  constructor(options: LimiterOptions<Context>) {
    this.#options = options;
    this.#meter = options.meter;
    this.#costOf = costReaderOf(options.cost);
    this.#now = options.now ?? (() => Date.now());
    if (typeof options.key !== "function") {
      const detail = 'must say whose a request is, such as byHeader("x-api-key") or byAddress({ forwardedFor: 1 })';
      throw new ConfigError("MISSING", "key", undefined, detail);
    }
    checkWord("withoutKey", WITHOUT_KEY, options.withoutKey);
    checkWord("onError", ON_ERROR, options.onError);
    checkKeys(this.#meter);
    if (typeof options.policy !== "function") this.#policyOf(options.policy);
    // Names that no field can hold are told now, not by the first request.
    for (const index of this.#meter.policies.keys()) this.#policyField(this.#meter.quotas(index), undefined);
  }

  check(request: Request, context: Context): Verdict {
    const { onError = "throw" } = this.#options;
    try {
      return this.#judge(request, context);
    } catch (error) {
      if (onError === "throw") throw error;
      return verdictOf("error", onError === "allow", NOT_ASKED, { error });
    }
  }

  #judge(request: Request, context: Context): Verdict {
    const { key: readKey, policy: given, withoutKey = "share", partition, tellsQuota = true } = this.#options;
    const policy = this.#policyOf(typeof given === "function" ? given(request, context) : given);
    const now = timeOf(this.#now(), this.#meter.time);
    const key = usable(readKey(request, context)) ?? (withoutKey === "share" ? SHARED_KEY : undefined);
    const cost = this.#costOf(request, context);
    const asked = { key, cost: cost ?? 0, policy, now };
    const pk = key === undefined || !tellsQuota ? undefined : partition?.(key);
    const quotas = this.#meter.quotas(policy);
    const fields = tellsQuota ? { "RateLimit-Policy": this.#policyField(quotas, pk) } : {};
    if (cost === undefined) return verdictOf("unmeasured", false, asked, { fields });
    if (key === undefined) return verdictOf("unkeyed", withoutKey === "allow", asked, { fields });
    // What clients state may be beyond a meter's arithmetic; beyond a limit it is in any case.
    const tooSmall = this.#options.cost === "content-length" ? quotas.filter(({ limit }) => cost > limit) : [];
    if (tooSmall.length > 0) {
      return verdictOf("never", false, asked, { fields, violated: tooSmall.map(({ name }) => name) });
    }
    return this.#decided({ ...asked, key }, fields, pk);
  }

  /** Charges it; nothing of the caller's is called from here on, so what is charged is answered. */
  #decided(asked: Keyed, policyFields: Verdict["fields"], pk: Uint8Array | undefined): Verdict {
    const { key, now, cost, policy } = asked;
    const decision = this.#meter.decide(key, now, cost, policy);
    const { allowed, retryAfter } = decision;
    const standings = this.#standings(asked, decision);
    const violated = allowed ? [] : standings.filter(({ refuses }) => refuses).map(({ quota }) => quota.name);
    const isToWait = !allowed && Number.isFinite(retryAfter);
    const retryAfterSec = isToWait ? Math.max(secondsOf(retryAfter, this.#meter.time), 1) : undefined;
    const { tellsQuota = true } = this.#options;
    const fields = {
      ...policyFields,
      ...(tellsQuota ? { RateLimit: limitField(standings, this.#meter.time, retryAfterSec, pk) } : {}),
      ...(retryAfterSec === undefined ? {} : { "Retry-After": String(retryAfterSec) }),
    };
    return verdictOf(reasonOf(decision), allowed, asked, { decision, violated, fields });
  }

  /** How the key stands with each limit, at the same instant: of a group the meter answers the strictest alone. */
  #standings({ key, now, cost, policy }: Keyed, decision: Decision) {
    const quotas = this.#meter.quotas(policy);
    return quotas.map((quota): Standing & { readonly refuses: boolean } => {
      const own = quotas.length === 1 ? decision : this.#meter.peek(key, now, cost, quota.policy);
      return { quota, decision: own, refuses: !own.allowed };
    });
  }

  #policyField(quotas: readonly Quota[], pk: Uint8Array | undefined): string {
    if (pk !== undefined) return policyField(quotas, this.#meter.time, pk);
    const known = this.#policyFields.get(quotas) ?? policyField(quotas, this.#meter.time);
    this.#policyFields.set(quotas, known);
    return known;
  }

  #policyOf(given: PolicyName = 0): number {
    const { policies } = this.#meter;
    const index = typeof given === "string" ? policies.indexOf(given) : given;
    if (policies[index] !== undefined) return index;
    throw new ConfigError("CHOICE", "policy", String(given), `is none of ${listed(policies, "or")}`);
  }
}

function verdictOf(
  reason: Reason,
  allowed: boolean,
  asked: Asked,
  rest: Partial<Pick<Verdict, "decision" | "violated" | "error" | "fields">>,
): Verdict {
  const status = allowed || reason === "passed" ? 200 : PROBLEMS[reason].status;
  return {
    allowed,
    reason,
    status,
    ...asked,
    decision: undefined,
    violated: [],
    error: undefined,
    fields: {},
    ...rest,
  };
}

function reasonOf({ allowed, blocked, tracked, retryAfter }: Decision): Reason {
  if (allowed) return "passed";
  if (blocked) return "blocked";
  if (!tracked) return "full";
  return retryAfter === Infinity ? "never" : "limit";
}

/** A key that a meter can hash, or nothing. */
function usable(key: string | undefined): string | undefined {
  return key === undefined || key === "" || key.length > KEY_CHARS_MAX ? undefined : key;
}

function checkWord(name: string, words: readonly string[], given: string | undefined): void {
  if (given === undefined || words.includes(given)) return;
  throw new ConfigError("CHOICE", name, given, `is none of ${listed(words, "or")}`);
}

function checkKeys({ key }: EdgeMeter): void {
  if (key === "string" || key === "any") return;
  throw new ConfigError("CONFLICT", "meter", undefined, `takes keys "${key}"; create it with key "string" or "any"`);
}
