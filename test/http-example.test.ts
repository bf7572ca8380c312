// Goal: the example of docs/http.md's page runs in workerd and limits each route as its table says.
import { Miniflare } from "miniflare";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseList } from "./support/structuredfields.ts";
import { workerBundle } from "./runtimes/bundle.ts";
import { COMPATIBILITY_DATE, miniflareModules } from "./runtimes/workerd.ts";

const STARTUP_MS = 60_000;
/** From test/runtimes/bundle.ts. */
const WORKER = "../../examples/http/worker.js";

let miniflare: Miniflare | undefined;
/** Its own socket: what comes over it states its length, as requests of real clients do. */
let origin = "";

beforeEach(async () => {
  const modules = miniflareModules(await workerBundle(WORKER));
  miniflare = new Miniflare({ modules, modulesRoot: "/", compatibilityDate: COMPATIBILITY_DATE });
  ({ origin } = await miniflare.ready);
}, STARTUP_MS);

afterEach(async () => miniflare?.dispose());

async function ask(path: string, headers: Readonly<Record<string, string>>, body?: string) {
  const response = await fetch(`${origin}${path}`, {
    method: body === undefined ? "GET" : "PUT",
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const limits = parseList(response.headers.get("ratelimit") ?? "");
  return { status: response.status, text, limits, retryAfter: response.headers.get("retry-after") };
}

/** The answer to the head of an upload whose body is never sent: a refusal does not wait for it. */
async function announce(headers: Readonly<Record<string, string>>, length: number) {
  const asked = request(`${origin}/files`, { method: "PUT", headers: { ...headers, "content-length": length } });
  asked.flushHeaders();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  asked.on("error", () => {}).destroy();
  return { status: response.statusCode, retryAfter: response.headers["retry-after"] };
}

async function guess(ip: string) {
  return ask("/login", { "cf-connecting-ip": ip }, '{"password":"guess"}');
}

describe("examples/http", () => {
  test("log-ins are few, whatever address of its /64 they come from", async () => {
    const said = [];
    for (let host = 1; host <= 6; host += 1) said.push(await guess(`2001:db8:1:2::${host}`));
    expect(said.map(({ status }) => status)).toStrictEqual([401, 401, 401, 401, 401, 429]);
    // 12 an hour are one each 300 s.
    expect(Number(said[5]!.retryAfter)).toBeGreaterThan(290);
    expect(JSON.parse(said[5]!.text)).toMatchObject({ "violated-policies": ["logins"] });
    expect((await guess("2001:db8:1:3::1")).status).toBe(401);
  });

  test("the API has a group of limits for the free, one for the paid, and a search costs 4", async () => {
    const bert = { "x-api-key": "key-of-bert" };
    const first = await ask("/api/search", bert);
    expect([first.status, first.limits.map(({ value }) => value)]).toStrictEqual([200, ["free-second", "free-hour"]]);
    expect((await ask("/api/search", bert)).status).toBe(429);
    const paid = await ask("/api/search", { "x-api-key": "key-of-anna" });
    expect([paid.status, paid.limits.map(({ value, parameters }) => [value, parameters["r"]])]).toStrictEqual([
      200,
      [["paid", 196]],
    ]);
    // Nobody's key: the network.
    expect((await ask("/api/", { "x-api-key": "made up", "cf-connecting-ip": "192.0.2.1" })).status).toBe(200);
  });

  test("uploads cost their bytes; whose they are a client cannot say", async () => {
    const anna = { "x-api-key": "key-of-anna", "x-account": "somebody else" };
    const stored = await ask("/files", anna, "x".repeat(4_000_000));
    expect([stored.status, stored.text]).toStrictEqual([201, "4000000 bytes\n"]);
    expect((await announce({ ...anna, "x-account": "another" }, 4_000_000)).status).toBe(429);
    expect((await ask("/files", { "x-api-key": "key-of-bert" }, "x".repeat(4_000_000))).status).toBe(201);
    expect(await announce(anna, 6_000_000)).toStrictEqual({ status: 429, retryAfter: undefined });
    expect((await ask("/files", {}, "x")).status).toBe(404);
  });
});
