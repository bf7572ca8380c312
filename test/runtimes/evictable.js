/** The worked example, with shards that a test can evict and look into. */
import { createMeter } from "weir-meter";
import { POLICY, SHARDS } from "../../examples/edge/limits.js";
import worker, { Shard as Example } from "../../examples/edge/worker.js";

const router = createMeter({ policies: [POLICY], maxFlows: 1, key: "string" });

export class Shard extends Example {
  /** Ends the object as the platform does: its memory is lost, its rows are not. */
  evict() {
    this.ctx.abort("evicted by the test");
  }

  /** Bytes of each row, or nothing while the alarm that writes them is still to come. */
  async rowBytes() {
    if ((await this.ctx.storage.getAlarm()) !== null) return [];
    return [...this.sql.exec("SELECT length(chunk) AS bytes FROM snapshot ORDER BY place")].map(({ bytes }) => bytes);
  }

  /** Spends all that so many keys have. */
  async fill(count, rows = 4096) {
    for (let first = 0; first < count; first += rows) {
      const keys = Array.from({ length: Math.min(rows, count - first) }, (_, index) => `fill ${first + index}`);
      await this.decide({ keys, costs: new Uint32Array(keys.length).fill(20) });
    }
    return count;
  }

  stats() {
    return this.meter.stats();
  }
}

/** `/test/<method of the shard>/<shard>/<count>`, and `/test/shardOf/<key>`; all else is the example's. */
export default {
  async fetch(request, env) {
    const [, , verb, subject, count] = new URL(request.url).pathname.split("/");
    if (verb === undefined) return worker.fetch(request, env);
    if (verb === "shardOf") return new Response(String(router.shardOf(subject, SHARDS)));
    const stub = env.SHARDS.get(env.SHARDS.idFromName(`shard ${subject} of ${SHARDS}`));
    if (verb !== "evict") return Response.json(await stub[verb](Number(count)));
    await stub.evict().catch(() => undefined);
    return new Response("evicted");
  },
};
