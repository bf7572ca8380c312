/**
 * What a good engineer writes first: a Map from the key, as a number, to a small object, and a token bucket in
 * floating point. Times are seconds since the first packet, because nanoseconds since 1970 do not fit a number.
 */
import type { Columns } from "../workload.ts";

interface Bucket {
  tokens: number;
  lastSec: number;
}

const TWO_32 = 2 ** 32;
const GREEN = 0;
const RED = 2;

export class MapNumberMeter {
  readonly #buckets = new Map<number, Bucket>();
  readonly #bytesPerSec: number;
  readonly #burstBytes: number;
  #startLo = -1;
  #startHi = 0;

  constructor(bytesPerSec: number, burstBytes: number) {
    this.#bytesPerSec = bytesPerSec;
    this.#burstBytes = burstBytes;
  }

  meter({ time, length, key }: Columns, from: number, to: number, colors: Uint8Array, colorsFrom: number): void {
    if (this.#startLo < 0) {
      this.#startLo = time[0]!;
      this.#startHi = time[1]!;
    }
    for (let index = from; index < to; index += 1) {
      const nowSec = ((time[2 * index + 1]! - this.#startHi) * TWO_32 + (time[2 * index]! - this.#startLo)) / 1e9;
      const flow = key[2 * index + 1]! * TWO_32 + key[2 * index]!;
      let bucket = this.#buckets.get(flow);
      if (bucket === undefined) {
        bucket = { tokens: this.#burstBytes, lastSec: nowSec };
        this.#buckets.set(flow, bucket);
      }
      const tokens = Math.min(this.#burstBytes, bucket.tokens + (nowSec - bucket.lastSec) * this.#bytesPerSec);
      bucket.lastSec = nowSec;
      if (tokens >= length[index]!) {
        bucket.tokens = tokens - length[index]!;
        colors[colorsFrom + index - from] = GREEN;
      } else {
        bucket.tokens = tokens;
        colors[colorsFrom + index - from] = RED;
      }
    }
  }
}
