/**
 * The Worker in front: `GET /` is one request of one key, `POST /usage` is a list of `{ key, cost }` to be decided on at
 * once. Keys are spread over Durable Objects, and each of them is called once for all of its keys.
 */
import { createMeter } from "weir-meter";
import { POLICY, ROWS_MAX, SHARDS } from "./limits.js";

export { Shard } from "./shard.js";

const RED = 2;

/**
 * This isolate's own memory: it tells which shard a key belongs to, and remembers which keys a shard has refused and until
 * when, so that a flood of one key does not become a flood of one shard. It lets nothing through that a shard refused.
 */
const local = createMeter({ policies: [POLICY], maxFlows: 10_000, key: "string" });

/** Decides on rows, in order. Answers `{ allowed, remaining, retryAfterMs }` a row. */
async function decide(rows, env) {
  const nowMs = Date.now();
  const answers = rows.map(({ key, cost }) => blockedHere(key, cost, nowMs));
  const places = Array.from({ length: SHARDS }, () => []);
  for (const [place, { key }] of rows.entries()) {
    if (answers[place] === undefined) places[local.shardOf(key, SHARDS)].push(place);
  }
  await Promise.all(
    places.map(async (mine, shard) => {
      if (mine.length === 0) return;
      const stub = env.SHARDS.get(env.SHARDS.idFromName(`shard ${shard} of ${SHARDS}`));
      const said = await stub.decide({
        keys: mine.map((place) => rows[place].key),
        costs: Uint32Array.from(mine, (place) => rows[place].cost),
      });
      for (const [index, place] of mine.entries()) {
        const retryAfterMs = said.retryAfterMs[index];
        answers[place] = { allowed: said.color[index] !== RED, remaining: said.remaining[index], retryAfterMs };
        // Of a cost of 1: what is refused even that is refused whatever it costs.
        if (rows[place].cost === 1 && retryAfterMs > 0) local.block(rows[place].key, nowMs + retryAfterMs);
      }
    }),
  );
  return answers;
}

/** The answer that a shard would give again, or undefined when it has to be asked. */
function blockedHere(key, cost, nowMs) {
  const { blocked, retryAfter } = local.peek(key, nowMs, cost);
  return blocked ? { allowed: false, remaining: 0, retryAfterMs: retryAfter } : undefined;
}

/** Whether a body is rows: texts of at most 200 characters and whole costs. */
function areRows(rows) {
  if (!Array.isArray(rows) || rows.length > ROWS_MAX) return false;
  return rows.every(
    ({ key, cost } = {}) =>
      typeof key === "string" && key.length <= 200 && Number.isInteger(cost) && cost >= 0 && cost < 2 ** 32,
  );
}

async function usage(request, env) {
  const rows = await request.json().catch(() => undefined);
  if (!areRows(rows)) {
    return new Response(`a list of at most ${ROWS_MAX} { "key": text, "cost": whole number } is needed\n`, {
      status: 400,
    });
  }
  return Response.json(await decide(rows, env));
}

export default {
  async fetch(request, env) {
    if (request.method === "POST" && new URL(request.url).pathname === "/usage") return usage(request, env);
    const key = request.headers.get("x-api-key") ?? request.headers.get("cf-connecting-ip") ?? "unknown";
    const [{ allowed, remaining, retryAfterMs }] = await decide([{ key, cost: 1 }], env);
    if (allowed) return new Response("welcome\n", { headers: { "x-remaining": String(remaining) } });
    const seconds = Math.ceil(retryAfterMs / 1000);
    return new Response("too many requests\n", { status: 429, headers: { "retry-after": String(seconds) } });
  },
};
