/** What is limited, in one place: the Worker and its shards have to agree on it. */

/** Of each key: 100 requests a minute, at most 20 at once. A request may cost more than one. */
export const POLICY = { meter: "token-bucket", cost: "packets", rate: "100 packets/min", burst: "20 packets" };

/** Durable Objects that the keys are spread over. One serves about a thousand calls a second. */
export const SHARDS = 8;

/** Keys a shard: 6 MB. All shards that happen to live in one isolate share its 128 MB. */
export const KEYS_A_SHARD = 200_000;

/** Rows a call, to and from a shard. */
export const ROWS_MAX = 4096;

/** A shard that was used writes itself down this long afterwards: so much is forgotten at most. */
export const SNAPSHOT_AFTER_MS = 10_000;
