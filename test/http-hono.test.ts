// Goal: the middleware under Hono itself: its order, its variables, its errors.
import { Hono } from "hono";
import type { Context } from "hono";
import { describe, expect, test } from "vitest";
import { createMeter } from "../src/edge/entry.node.ts";
import { rateLimit, type RateLimitVariables } from "../src/http/hono.ts";
import { byHeader } from "../src/http/keys.ts";

function meterOf(burst: number) {
  const policy = { name: "api", meter: "token-bucket", rate: "60 packets/min", burst: `${burst} packets` };
  return createMeter({ policies: [policy], maxFlows: 100, batchRows: 0, seed: [1, 2, 3, 4] });
}

function application(burst = 2) {
  const app = new Hono<{ Variables: RateLimitVariables }>();
  app.use("/api/*", rateLimit({ meter: meterOf(burst), key: byHeader("x-api-key"), now: () => 0 }));
  app.get("/api/hello", (c) => c.text(`hello, ${c.get("rateLimit").decision?.remaining} left`));
  app.get("/api/raw", () => new Response("raw", { headers: { "x-own": "kept" } }));
  app.get("/api/fetched", () => Response.redirect("http://site.example/", 302));
  app.get("/api/broken", () => {
    throw new Error("broken");
  });
  app.get("/free", (c) => c.text("free"));
  app.onError((_, c) => c.text("sorry", 500));
  return app;
}

const ME = { headers: { "x-api-key": "me" } };

describe("rateLimit", () => {
  test("passes with the fields, then refuses; other paths are not limited", async () => {
    const app = application();
    const said = [];
    for (const path of ["/api/hello", "/api/hello", "/api/hello", "/free"]) {
      const response = await app.request(path, ME);
      said.push([response.status, response.headers.get("ratelimit"), response.headers.get("retry-after")]);
    }
    expect(said).toStrictEqual([
      [200, '"api";r=1;t=1', null],
      [200, '"api";r=0;t=2', null],
      [429, '"api";r=0;t=1', "1"],
      [200, null, null],
    ]);
  });

  test("handlers read the verdict", async () => {
    expect(await (await application().request("/api/hello", ME)).text()).toBe("hello, 1 left");
  });

  test("a refusal is the problem of the draft, and no handler ran", async () => {
    const app = application(1);
    await app.request("/api/hello", ME);
    const response = await app.request("/api/broken", ME);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 429, "violated-policies": ["api"] });
  });

  test.each([
    ["/api/raw", 200],
    ["/api/fetched", 302],
    ["/api/broken", 500],
    ["/api/nowhere", 404],
  ])("%s, whose response is %i, tells the fields", async (path, status) => {
    const response = await application().request(path, ME);
    expect([response.status, response.headers.get("ratelimit-policy")]).toStrictEqual([status, '"api";q=2;w=2']);
    if (path === "/api/raw") expect(response.headers.get("x-own")).toBe("kept");
  });

  test("functions of the options have Hono's context", async () => {
    const app = new Hono<{ Bindings: { readonly TENANT: string } }>();
    type Own = Context<{ Bindings: { readonly TENANT: string } }>;
    app.use(rateLimit<Own>({ meter: meterOf(1), key: (_, c) => c.env.TENANT, now: () => 0 }));
    app.get("/", (c) => c.text("hello"));
    const status = async (TENANT: string) => (await app.request("/", {}, { TENANT })).status;
    expect([await status("a"), await status("a"), await status("b")]).toStrictEqual([200, 429, 200]);
  });

  test("two of them are two limits: the fields of the inner one are told last", async () => {
    const app = new Hono();
    app.use(rateLimit({ meter: meterOf(5), key: () => "all", now: () => 0 }));
    app.use(rateLimit({ meter: meterOf(1), key: byHeader("x-api-key"), now: () => 0, tellsQuota: false }));
    app.get("/", (c) => c.text("hello"));
    expect((await app.request("/", ME)).headers.get("ratelimit")).toBe('"api";r=4;t=1');
    const refused = await app.request("/", ME);
    expect([refused.status, refused.headers.get("ratelimit")]).toStrictEqual([429, '"api";r=3;t=2']);
  });
});
