// Goal: the worked example runs in workerd as its pages say: keys over Durable Objects, one call a shard and batch,
// snapshots by alarm in rows of less than 2 MB, and counts that survive the eviction of an object.
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workerBundle } from "./runtimes/bundle.ts";
import { COMPATIBILITY_DATE, miniflareModules } from "./runtimes/workerd.ts";

/** Of examples/edge/limits.js. */
const SHARDS = 8;
const ORIGIN = "http://example.com";
/** Long enough for a burst of calls to end before it, short enough to wait for. */
const SNAPSHOT_AFTER_MS = 300;
/** More than one row holds, at 16 bytes a key. */
const KEYS = 150_000;
const ROW_BYTES_MAX = 2_000_000;
const WAIT_STEP_MS = 50;
const WAITS_MAX = 200;
const STARTUP_MS = 60_000;

interface Answer {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
}

let miniflare: Miniflare | undefined;

beforeAll(async () => {
  miniflare = new Miniflare({
    modules: miniflareModules(await workerBundle("evictable.js")),
    modulesRoot: "/",
    compatibilityDate: COMPATIBILITY_DATE,
    durableObjects: { SHARDS: { className: "Shard", useSQLite: true } },
    bindings: { SNAPSHOT_AFTER_MS },
  });
  await miniflare.ready;
}, STARTUP_MS);

afterAll(async () => miniflare?.dispose());

async function usage(rows: readonly { readonly key: string; readonly cost: number }[]): Promise<Answer[]> {
  const response = await miniflare!.dispatchFetch(`${ORIGIN}/usage`, { method: "POST", body: JSON.stringify(rows) });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer[];
}

async function ask<Said>(verb: string, shard: number, count = 0): Promise<Said> {
  return (await (await miniflare!.dispatchFetch(`${ORIGIN}/test/${verb}/${shard}/${count}`)).json()) as Said;
}

async function shardOf(key: string): Promise<number> {
  return Number(await (await miniflare!.dispatchFetch(`${ORIGIN}/test/shardOf/${key}`)).text());
}

async function evict(shard: number): Promise<void> {
  await (await miniflare!.dispatchFetch(`${ORIGIN}/test/evict/${shard}`)).text();
}

/** Bytes of the rows of a shard, once its alarm has gone off. */
async function rowsOf(shard: number): Promise<readonly number[]> {
  for (let wait = 0; wait < WAITS_MAX; wait += 1) {
    const rows = await ask<number[]>("rowBytes", shard);
    if (rows.length > 0) return rows;
    await new Promise((resolve) => void setTimeout(resolve, WAIT_STEP_MS));
  }
  throw new Error(`shard ${shard} has not written itself down`);
}

describe("requests", () => {
  test("20 pass at once, then it is 429 with the seconds to wait", async () => {
    const asked = Array.from({ length: 60 }, async () => {
      const response = await miniflare!.dispatchFetch(`${ORIGIN}/`, { headers: { "x-api-key": "one" } });
      await response.text();
      return { status: response.status, seconds: response.headers.get("retry-after") };
    });
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ status }) => status === 429);
    // Calls take time, and a request drains each 600 ms.
    const passed = answers.length - refused.length;
    expect(passed).toBeGreaterThanOrEqual(20);
    expect(refused.length).toBeGreaterThan(0);
    for (const { seconds } of refused) expect(seconds).toBe("1");
  });

  test("another key is not affected", async () => {
    const response = await miniflare!.dispatchFetch(`${ORIGIN}/`, { headers: { "x-api-key": "two" } });
    expect([response.status, response.headers.get("x-remaining")]).toStrictEqual([200, "19"]);
  });

  test.each(["{}", "[1]", "not json", '[{"key":"a","cost":-1}]', '[{"key":"a","cost":0.5}]'])(
    "%s is refused",
    async (body) => {
      const response = await miniflare!.dispatchFetch(`${ORIGIN}/usage`, { method: "POST", body });
      expect([response.status, await response.text()]).toStrictEqual([400, expect.stringContaining("at most 4096")]);
    },
  );
});

describe("batches", () => {
  test("rows are answered in order, whatever shard they belong to", async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => ({ key: `batch ${index % 500}`, cost: 1 + (index % 25) }));
    const answers = await usage(rows);
    expect(answers.length).toBe(1000);
    for (const [index, { allowed, remaining, retryAfterMs }] of answers.entries()) {
      const { cost } = rows[index]!;
      // Each key comes twice with one cost, and has 20.
      const before = index < 500 ? 20 : 20 - (cost <= 20 ? cost : 0);
      expect(allowed).toBe(cost <= before);
      expect(remaining).toBe(allowed ? before - cost : before);
      // JSON has no Infinity.
      expect(retryAfterMs).toBe(allowed ? 0 : cost > 20 ? null : Math.ceil((cost - before) * 600));
    }
    const flows = await Promise.all(
      Array.from({ length: SHARDS }, async (_, shard) => (await ask<{ flows: number }>("stats", shard)).flows),
    );
    expect(Math.min(...flows)).toBeGreaterThan(20);
  });
});

describe("eviction", () => {
  test("what a shard had counted is there again, from rows of less than 2 MB", async () => {
    const spent = await usage([{ key: "evicted", cost: 20 }]);
    expect(spent).toStrictEqual([{ allowed: true, remaining: 0, retryAfterMs: 0 }]);
    const shard = await shardOf("evicted");
    await rowsOf(shard);
    await evict(shard);
    const [again] = await usage([{ key: "evicted", cost: 20 }]);
    expect(again!.allowed).toBe(false);
    expect(again!.remaining).toBeLessThan(20);
  });

  test("a full shard is several rows", async () => {
    await ask("fill", 0, KEYS);
    const { flows } = await ask<{ flows: number }>("stats", 0);
    expect(flows).toBeGreaterThanOrEqual(KEYS);
    const rows = await rowsOf(0);
    expect(rows.length).toBeGreaterThan(1);
    expect(Math.max(...rows)).toBeLessThanOrEqual(ROW_BYTES_MAX);
    await evict(0);
    expect((await ask<{ flows: number }>("stats", 0)).flows).toBeGreaterThanOrEqual(KEYS);
  });
});
