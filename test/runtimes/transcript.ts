/** What a meter answered, as bytes that can be compared between runtimes by one digest. */
import type { Decision, EdgeMeter } from "../../src/edge/types.ts";

const ROOM_FIRST = 1 << 16;

export class Transcript {
  #values = new Float64Array(ROOM_FIRST);
  #count = 0;

  number(value: number): void {
    if (this.#count === this.#values.length) {
      const wider = new Float64Array(2 * this.#count);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  numbers(values: ArrayLike<number>, count: number = values.length): void {
    for (let index = 0; index < count; index += 1) this.number(values[index]!);
  }

  decision({ color, limit, remaining, retryAfter, resetAfter, allowed, tracked, blocked }: Decision): void {
    this.numbers([color, limit, remaining, retryAfter, resetAfter]);
    this.number((allowed ? 1 : 0) + (tracked ? 2 : 0) + (blocked ? 4 : 0));
  }

  /** Everything that a meter tells about itself but which engine it is and where its memory ends. */
  state(meter: EdgeMeter): void {
    const { engine: _engine, memoryBytes: _bytes, policies, ...counters } = meter.stats();
    this.numbers(Object.values(counters));
    for (const { green, yellow, red } of policies) {
      for (const { calls, cost } of [green, yellow, red]) this.numbers([calls, cost]);
    }
    const entries = [...meter.entries()].map(({ key, policy, used, blockedFor }) => {
      const wide = BigInt(key);
      return [Number(wide >> 32n), Number(wide & 0xffff_ffffn), policy, blockedFor].concat(used);
    });
    entries.sort((left, right) => left[0]! - right[0]! || left[1]! - right[1]! || left[2]! - right[2]!);
    for (const entry of entries) this.numbers(entry);
  }

  /** SHA-256 in hexadecimal. */
  async digest(): Promise<string> {
    const hash = await crypto.subtle.digest("SHA-256", this.#values.subarray(0, this.#count));
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
