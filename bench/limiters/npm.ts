/**
 * What people install. These read the clock of the system and take no time, so a key is given for an hour what it
 * would get in the minute of the trace, burst included: about the same decisions are refused, and no key expires.
 * All else is left as it is by default.
 */
import { MemoryStore } from "express-rate-limit";
import { RateLimiter, TokenBucket } from "limiter";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { byName, type LimiterRow } from "./limiter.ts";
import { LIMIT } from "./workload.ts";

const HOUR_MS = 3_600_000;
/** A burst of LIMIT and a minute's refill of as many. */
const HOURLY = 2 * LIMIT;

const shared = { key: "string", form: "call", kind: "npm", isExact: false } as const;

export const NPM: readonly LimiterRow[] = [
  {
    ...shared,
    name: "rate-limiter-flexible, memory",
    create() {
      const limiter = new RateLimiterMemory({ points: HOURLY, duration: HOUR_MS / 1000 });
      return {
        async play({ names }, from, to) {
          let allowed = 0;
          for (let index = from; index < to; index += 1) {
            // It refuses by rejecting. A try costs less than two more callbacks.
            try {
              await limiter.consume(names[index]!);
              allowed += 1;
            } catch (refusal) {
              if (!(refusal instanceof RateLimiterRes)) throw refusal;
            }
          }
          return allowed;
        },
      };
    },
  },
  {
    ...shared,
    name: "limiter, RateLimiter in a Map",
    create() {
      const limiters = new Map<string, RateLimiter>();
      return byName((name) => {
        let limiter = limiters.get(name);
        if (limiter === undefined) {
          limiter = new RateLimiter({ tokensPerInterval: HOURLY, interval: HOUR_MS });
          limiters.set(name, limiter);
        }
        return limiter.tryRemoveTokens(1);
      });
    },
  },
  {
    ...shared,
    name: "limiter, TokenBucket in a Map",
    create() {
      const buckets = new Map<string, TokenBucket>();
      return byName((name) => {
        let bucket = buckets.get(name);
        if (bucket === undefined) {
          bucket = new TokenBucket({ bucketSize: HOURLY, tokensPerInterval: HOURLY, interval: HOUR_MS });
          bucket.content = HOURLY;
          buckets.set(name, bucket);
        }
        return bucket.tryRemoveTokens(1);
      });
    },
  },
  {
    ...shared,
    name: "express-rate-limit, memory store",
    create() {
      const store = new MemoryStore();
      store.init({ windowMs: HOUR_MS } as Parameters<MemoryStore["init"]>[0]);
      // Its timer would keep the process alive.
      store.interval?.unref();
      return {
        async play({ names }, from, to) {
          let allowed = 0;
          for (let index = from; index < to; index += 1) {
            if ((await store.increment(names[index]!)).totalHits <= HOURLY) allowed += 1;
          }
          return allowed;
        },
      };
    },
  },
];
