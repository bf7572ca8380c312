// Goal: what becomes of a request: allowed with its fields, or refused with a status, a problem and a time to come back,
// whatever goes wrong on the way; all limits or none; nothing read at module scope.
import { afterEach, describe, expect, test, vi } from "vitest";
import { createMeter } from "../src/edge/entry.node.ts";
import type { EdgeMeter, MeterOptions, NamedPolicy } from "../src/edge/types.ts";
import { byAddress, byHeader, createLimiter, refusal, withFields } from "../src/http/index.ts";
import type { LimiterOptions, Verdict } from "../src/http/types.ts";

const TYPES = "https://iana.org/assignments/http-problem-types#";
const PER_MIN: NamedPolicy = { name: "minute", meter: "token-bucket", rate: "60 packets/min", burst: "3 packets" };
const PER_HOUR: NamedPolicy = { name: "hour", meter: "token-bucket", rate: "60 packets/h", burst: "4 packets" };
const BYTES: NamedPolicy = { name: "upload", meter: "token-bucket", rate: "1 kB/s", burst: "10 kB" };

function meterOf(options: Partial<MeterOptions> = {}): EdgeMeter {
  return createMeter({ policies: [PER_MIN], maxFlows: 100, batchRows: 0, seed: [1, 2, 3, 4], ...options });
}

function limiterOf(options: Partial<LimiterOptions> = {}) {
  return createLimiter({ meter: meterOf(), key: byHeader("x-api-key"), now: () => 0, ...options });
}

function request(headers: Readonly<Record<string, string>> = { "x-api-key": "me" }, body?: string): Request {
  const method = body === undefined ? "GET" : "POST";
  return new Request("http://site.example/", { headers, method, body: body ?? null });
}

function nobody(): Request {
  return request({});
}

/** Of requests that cost their bytes. */
function upload() {
  return limiterOf({ meter: meterOf({ policies: [BYTES] }), cost: "content-length" });
}

/** Verdicts on keys that do not fit the table. */
function flood(onFull: NonNullable<MeterOptions["onFull"]>): Verdict[] {
  const limiter = limiterOf({ meter: meterOf({ maxFlows: 1, onFull }) });
  return Array.from({ length: 26 }, (_, key) => limiter.check(request({ "x-api-key": `key ${key}` }), undefined));
}

function broken(): never {
  throw new Error("no clock");
}

function partitionOf(key: string): Uint8Array | undefined {
  return key === "me" ? new TextEncoder().encode("App-999") : undefined;
}

function planOf(asked: Request): string | number {
  return asked.headers.get("plan") === "big" ? "hour" : 0;
}

async function problemOf(verdict: Verdict): Promise<unknown> {
  return JSON.parse(await refusal(verdict).text());
}

afterEach(() => void vi.restoreAllMocks());

describe("one limit", () => {
  test("passes the burst, then refuses with the first second at which it would pass", () => {
    let nowMs = 0;
    const limiter = limiterOf({ now: () => nowMs });
    const said = Array.from({ length: 4 }, () => limiter.check(request(), undefined));
    expect(said.map(({ allowed, status, fields }) => [allowed, status, fields])).toStrictEqual([
      [true, 200, { "RateLimit-Policy": '"minute";q=3;w=3', RateLimit: '"minute";r=2;t=1' }],
      [true, 200, { "RateLimit-Policy": '"minute";q=3;w=3', RateLimit: '"minute";r=1;t=2' }],
      [true, 200, { "RateLimit-Policy": '"minute";q=3;w=3', RateLimit: '"minute";r=0;t=3' }],
      [
        false,
        429,
        // Not the 3 s until all is there again: the draft wants Retry-After not to lie before the end of t.
        { "RateLimit-Policy": '"minute";q=3;w=3', RateLimit: '"minute";r=0;t=1', "Retry-After": "1" },
      ],
    ]);
    nowMs = 999;
    expect(limiter.check(request(), undefined).fields["Retry-After"]).toBe("1");
    nowMs = 1000;
    expect(limiter.check(request(), undefined).allowed).toBe(true);
  });

  test("a refusal is a problem of the draft's type, that no cache keeps", async () => {
    const limiter = limiterOf({ cost: () => 3 });
    limiter.check(request(), undefined);
    const response = refusal(limiter.check(request(), undefined));
    expect(response.status).toBe(429);
    expect(Object.fromEntries(response.headers)).toStrictEqual({
      "cache-control": "no-store",
      "content-type": "application/problem+json",
      ratelimit: '"minute";r=0;t=3',
      "ratelimit-policy": '"minute";q=3;w=3',
      "retry-after": "3",
    });
    expect(await response.json()).toStrictEqual({
      type: `${TYPES}quota-exceeded`,
      title: "The quota of this client is used up",
      status: 429,
      "violated-policies": ["minute"],
    });
  });

  test("what can never pass is refused without a time to come back", async () => {
    const verdict = limiterOf({ cost: 4 }).check(request(), undefined);
    expect([verdict.reason, verdict.fields["Retry-After"]]).toStrictEqual(["never", undefined]);
    expect(await problemOf(verdict)).toMatchObject({ status: 429, "violated-policies": ["minute"] });
  });

  test("a block refuses as long as it lasts", async () => {
    const meter = meterOf();
    meter.block("me", 90_500);
    const verdict = limiterOf({ meter }).check(request(), undefined);
    expect([verdict.reason, verdict.fields["Retry-After"]]).toStrictEqual(["blocked", "91"]);
    expect(await problemOf(verdict)).toMatchObject({ type: `${TYPES}abnormal-usage-detected` });
    meter.block("me", Infinity);
    expect(limiterOf({ meter }).check(request(), undefined).fields["Retry-After"]).toBe(undefined);
  });

  test("what a verdict says is what refund takes back", () => {
    const meter = meterOf();
    const { key, cost, now, policy, decision } = limiterOf({ meter, cost: 2 }).check(request(), undefined);
    expect(meter.peek("me", 0).remaining).toBe(1);
    meter.refund(key!, cost, now, policy, decision!.color);
    expect(meter.peek("me", 0).remaining).toBe(3);
  });

  test.each(["us", "ns"] as const)("a meter of %s is asked in its unit", (time) => {
    let nowMs = 1_700_000_000_000;
    const limiter = limiterOf({ meter: meterOf({ time }), now: () => nowMs, cost: 3 });
    limiter.check(request(), undefined);
    nowMs += 1000;
    expect(limiter.check(request(), undefined).fields).toStrictEqual({
      "RateLimit-Policy": '"minute";q=3;w=3',
      RateLimit: '"minute";r=1;t=2',
      "Retry-After": "2",
    });
  });
});

describe("several limits", () => {
  const policies = [PER_MIN, PER_HOUR, { name: "both", all: ["minute", "hour"] }];

  test("are charged all or none, each is told, and the ones that refuse are named", () => {
    let nowMs = 0;
    const meter = meterOf({ policies });
    const limiter = limiterOf({ meter, policy: "both", now: () => nowMs });
    for (let call = 0; call < 3; call += 1) limiter.check(request(), undefined);
    const first = limiter.check(request(), undefined);
    expect(first.violated).toStrictEqual(["minute"]);
    expect(meter.peek("me", 0, 1, 1).remaining).toBe(1);
    nowMs = 3000;
    expect(limiter.check(request(), undefined).fields).toStrictEqual({
      "RateLimit-Policy": '"minute";q=3;w=3, "hour";q=4;w=240',
      RateLimit: '"minute";r=2;t=1, "hour";r=0;t=237',
    });
    const last = limiter.check(request(), undefined);
    expect(last.violated).toStrictEqual(["hour"]);
    expect(last.fields).toStrictEqual({
      "RateLimit-Policy": '"minute";q=3;w=3, "hour";q=4;w=240',
      RateLimit: '"minute";r=2;t=1, "hour";r=0;t=57',
      "Retry-After": "57",
    });
    nowMs = 60_000;
    expect(limiter.check(request(), undefined).allowed).toBe(true);
  });

  test("a function chooses the limit of a plan", () => {
    const meter = meterOf({ policies });
    const limiter = limiterOf({ meter, policy: planOf });
    expect(limiter.check(request(), undefined).policy).toBe(0);
    expect(limiter.check(request({ "x-api-key": "me", plan: "big" }), undefined).policy).toBe(1);
  });

  test("a policy that is replaced is told from then on", () => {
    const meter = meterOf();
    const limiter = limiterOf({ meter });
    limiter.check(request(), undefined);
    const next = { meter: "token-bucket", rate: "60 packets/min", burst: "30 packets" };
    meter.setPolicy(0, next, "as-is", 0);
    expect(limiter.check(request(), undefined).fields).toStrictEqual({
      "RateLimit-Policy": '"minute";q=30;w=30',
      RateLimit: '"minute";r=28;t=2',
    });
  });
});

describe("bytes", () => {
  test("content-length is the cost, and r counts bytes", () => {
    const sent = upload().check(request({ "x-api-key": "me", "content-length": "4000" }, "..."), undefined);
    expect(sent.fields).toStrictEqual({
      "RateLimit-Policy": '"upload";q=10000;qu="content-bytes";w=10',
      RateLimit: '"upload";r=6000;t=4',
    });
  });

  test("a request without a body costs nothing; a body of unstated or absurd length is refused with 411", async () => {
    const limiter = upload();
    expect(limiter.check(request(), undefined)).toMatchObject({ allowed: true, cost: 0 });
    for (const length of ["", "-1", "1e3", "4000, 4000", "9".repeat(16)]) {
      const stated = new Request("http://site.example/", { headers: { "x-api-key": "me", "content-length": length } });
      expect(limiter.check(stated, undefined)).toMatchObject({ allowed: false, reason: "unmeasured", status: 411 });
    }
    const verdict = limiter.check(request(undefined, "unstated"), undefined);
    expect(await problemOf(verdict)).toStrictEqual({ title: "The request has a body of unstated length", status: 411 });
  });

  test.each(["10001", "4294967295", "4294967296", "999999999999999"])("%s bytes never pass", (length) => {
    const limiter = upload();
    const verdict = limiter.check(request({ "x-api-key": "me", "content-length": length }), undefined);
    expect(verdict).toMatchObject({ reason: "never", status: 429, violated: ["upload"] });
    expect(limiter.check(request({ "x-api-key": "me", "content-length": "10000" }), undefined).allowed).toBe(true);
  });

  test("whatever length a client states, nothing is thrown", () => {
    const meter = meterOf({ policies: [BYTES, { ...BYTES, name: "any", check: "overdraft" }], costParts: 1000 });
    for (const policy of [0, 1]) {
      const limiter = limiterOf({ meter, policy, cost: "content-length" });
      for (let digits = 1; digits <= 15; digits += 1) {
        const asked = request({ "x-api-key": `${policy} ${digits}`, "content-length": "9".repeat(digits) });
        expect(["passed", "never"]).toContain(limiter.check(asked, undefined).reason);
      }
    }
  });
});

describe("without a key", () => {
  test("share, the default: all such requests have one limit, which is nobody else's", () => {
    const limiter = limiterOf({ cost: 3 });
    expect(limiter.check(nobody(), undefined)).toMatchObject({ allowed: true, key: "" });
    expect(limiter.check(request({ "x-api-key": "" }), undefined)).toMatchObject({ allowed: false, reason: "limit" });
    expect(limiter.check(request({ "x-api-key": "x".repeat(4097) }), undefined).allowed).toBe(false);
    expect(limiter.check(request({ "x-api-key": "x".repeat(4096) }), undefined).allowed).toBe(true);
  });

  test("refuse, and allow", async () => {
    const refused = limiterOf({ withoutKey: "refuse" }).check(nobody(), undefined);
    expect([refused.reason, refused.status, refused.key]).toStrictEqual(["unkeyed", 429, undefined]);
    expect(await problemOf(refused)).toStrictEqual({ title: "The request does not say who sends it", status: 429 });
    const allowed = limiterOf({ withoutKey: "allow", cost: 3 });
    for (let call = 0; call < 3; call += 1) {
      expect(allowed.check(nobody(), undefined)).toMatchObject({ allowed: true, reason: "unkeyed", status: 200 });
    }
  });

  test("an address that is malformed is none", () => {
    const limiter = limiterOf({ key: byAddress({ header: "x-real-ip" }), withoutKey: "refuse" });
    for (const ip of ["unknown", "1.2.3.4, 5.6.7.8", "[::1"]) {
      expect(limiter.check(request({ "x-real-ip": ip }), undefined).reason).toBe("unkeyed");
    }
  });
});

describe("when something goes wrong", () => {
  test("a full table: as onFull says, with 503 when that refuses", async () => {
    const refused = flood("evict-drained").filter(({ allowed }) => !allowed);
    expect(new Set(refused.map(({ reason, status }) => `${reason} ${status}`))).toStrictEqual(new Set(["full 503"]));
    expect(await problemOf(refused[0]!)).toMatchObject({ type: `${TYPES}temporary-reduced-capacity`, status: 503 });
    const open = flood("allow");
    expect(open.every(({ allowed }) => allowed)).toBe(true);
    expect(open.some(({ decision }) => !decision!.tracked)).toBe(true);
  });

  test("an error is thrown on, or closes, or opens", async () => {
    expect(() => limiterOf({ now: broken }).check(request(), undefined)).toThrow("no clock");
    const closed = limiterOf({ now: broken, onError: "refuse" }).check(request(), undefined);
    expect([closed.allowed, closed.status, String(closed.error)]).toStrictEqual([false, 503, "Error: no clock"]);
    expect(await problemOf(closed)).toStrictEqual({ title: "The request could not be judged", status: 503 });
    const open = limiterOf({ now: broken, onError: "allow" }).check(request(), undefined);
    expect([open.allowed, open.reason, String(open.error)]).toStrictEqual([true, "error", "Error: no clock"]);
  });

  test.each<Partial<LimiterOptions>>([
    { cost: () => Number.NaN },
    { cost: () => -1 },
    { key: broken },
    { cost: broken },
    { policy: () => "nowhere" },
    { now: () => -1 },
    { partition: broken },
  ])("%j", (options) => {
    const meter = meterOf();
    const limiter = limiterOf({ meter, onError: "refuse", ...options });
    expect(limiter.check(request(), undefined)).toMatchObject({ allowed: false, reason: "error", status: 503 });
    expect(meter.peek("me", 0).remaining).toBe(3);
  });
});

describe("options", () => {
  test.each<readonly [string, Partial<Record<keyof LimiterOptions, unknown>>]>([
    [
      'key: must say whose a request is, such as byHeader("x-api-key") or byAddress({ forwardedFor: 1 })',
      { key: undefined },
    ],
    ['policy "nowhere": is none of minute', { policy: "nowhere" }],
    ['policy "1": is none of minute', { policy: 1 }],
    ['withoutKey "maybe": is none of share, refuse or allow', { withoutKey: "maybe" }],
    ['onError "maybe": is none of throw, refuse or allow', { onError: "maybe" }],
    ['meter: takes keys "u32"; create it with key "string" or "any"', { meter: meterOf({ key: "u32" }) }],
    [
      'name "größe": cannot be told in a header field; use printable ASCII',
      { meter: meterOf({ policies: [{ ...PER_MIN, name: "größe" }] }) },
    ],
  ])("%s", (message, options) => {
    expect(() => limiterOf(options as Partial<LimiterOptions>)).toThrow(message);
  });

  test("at module scope nothing is read or drawn: no clock, no random number", () => {
    const clock = vi.spyOn(Date, "now");
    const random = vi.spyOn(globalThis.crypto, "getRandomValues");
    const meter = createMeter({ policies: [PER_MIN], maxFlows: 10, key: "string" });
    const limiter = createLimiter({ meter, key: byHeader("x-api-key") });
    expect([clock.mock.calls.length, random.mock.calls.length]).toStrictEqual([0, 0]);
    limiter.check(request(), undefined);
    expect([clock.mock.calls.length, random.mock.calls.length]).toStrictEqual([1, 1]);
  });

  test("tellsQuota false tells when to come back and nothing else", () => {
    const limiter = limiterOf({ cost: 3, tellsQuota: false });
    expect(limiter.check(request(), undefined).fields).toStrictEqual({});
    expect(limiter.check(request(), undefined).fields).toStrictEqual({ "Retry-After": "3" });
  });

  test("partition tells a key, as far as the site wants it told", () => {
    const limiter = limiterOf({ partition: partitionOf });
    expect(limiter.check(request(), undefined).fields).toStrictEqual({
      "RateLimit-Policy": '"minute";q=3;w=3;pk=:QXBwLTk5OQ==:',
      RateLimit: '"minute";r=2;t=1;pk=:QXBwLTk5OQ==:',
    });
    expect(limiter.check(request({ "x-api-key": "you" }), undefined).fields["RateLimit"]).toBe('"minute";r=2;t=1');
  });
});

describe("responses", () => {
  test("respond is all of it: the handler's response with the fields, or the refusal without it", async () => {
    const limiter = limiterOf({ cost: 3 });
    const handler = vi.fn(() => Response.redirect("http://site.example/there", 302));
    const passed = await limiter.respond(request(), "context", handler);
    expect([passed.status, passed.headers.get("location"), passed.headers.get("ratelimit")]).toStrictEqual([
      302,
      "http://site.example/there",
      '"minute";r=0;t=3',
    ]);
    const refused = await limiter.respond(request(), "context", handler);
    expect([refused.status, refused.headers.get("retry-after")]).toStrictEqual([429, "3"]);
    expect(handler.mock.calls.map((call: unknown[]) => call[1])).toStrictEqual(["context"]);
  });

  test("an upgrade or an error, of which there is no copy, is handed on as it is", () => {
    const error = Response.error();
    expect(withFields(error, { fields: { RateLimit: "x" } })).toBe(error);
  });

  test("there is no refusal of a request that was allowed", () => {
    expect(() => refusal(limiterOf().check(request(), undefined))).toThrow("refusal: the request was allowed");
  });
});
