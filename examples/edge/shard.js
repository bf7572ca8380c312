/**
 * One shard of the keys. A Durable Object is one object in the world at a time, so what it counts is counted once. Its
 * memory is lost whenever it is evicted or moved; rows of its own database are not.
 */
import { DurableObject } from "cloudflare:workers";
import { createMeter, restoreMeter } from "weir-meter";
import { KEYS_A_SHARD, POLICY, ROWS_MAX, SNAPSHOT_AFTER_MS } from "./limits.js";

export class Shard extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.sql = context.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS snapshot (place INTEGER PRIMARY KEY, chunk BLOB NOT NULL)");
    this.meter =
      this.#restored() ??
      createMeter({ policies: [POLICY], maxFlows: KEYS_A_SHARD, key: "string", batchRows: ROWS_MAX });
  }

  /** The meter as the last alarm wrote it down. Its policy is the one of today; what was used stays used. */
  #restored() {
    const chunks = [...this.sql.exec("SELECT chunk FROM snapshot ORDER BY place")].map(
      ({ chunk }) => new Uint8Array(chunk),
    );
    if (chunks.length === 0) return undefined;
    const meter = restoreMeter(chunks);
    meter.setPolicy(0, POLICY, "proportional", Date.now());
    return meter;
  }

  /** Decides on rows of the Worker's, in order: one call over the network, one into WebAssembly. */
  async decide({ keys, costs }) {
    const nowMs = Date.now();
    const color = new Uint8Array(keys.length);
    const remaining = new Float64Array(keys.length);
    const retryAfterMs = new Float64Array(keys.length);
    const columns = { key: keys, time: new Float64Array(keys.length).fill(nowMs), cost: costs };
    this.meter.decideColumns(columns, { color, remaining, retryAfter: retryAfterMs });
    // One alarm for all that changes until it goes off.
    const { storage } = this.ctx;
    if ((await storage.getAlarm()) === null) {
      await storage.setAlarm(nowMs + Number(this.env.SNAPSHOT_AFTER_MS ?? SNAPSHOT_AFTER_MS));
    }
    return { color, remaining, retryAfterMs };
  }

  /** Replaces the rows, all or none. A row may have 2 MB; chunks are smaller by default. */
  async alarm() {
    const chunks = this.meter.snapshot();
    this.ctx.storage.transactionSync(() => {
      this.sql.exec("DELETE FROM snapshot");
      for (const [place, chunk] of chunks.entries()) {
        this.sql.exec("INSERT INTO snapshot (place, chunk) VALUES (?, ?)", place, chunk);
      }
    });
  }
}
