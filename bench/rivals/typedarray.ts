/**
 * Straightforward typed arrays, as one writes them who knows that a Map of objects is slow: open addressing with linear
 * probing in one Float64Array, four numbers a flow so that a flow is in one cache line half of the time and in two at
 * most, at most half full. Floating point, times in seconds since the first packet; no look ahead, one packet after
 * the other.
 */
import type { Columns } from "../workload.ts";

const TWO_32 = 2 ** 32;
const GREEN = 0;
const RED = 2;
/** A slot: key + 1 (0: empty), tokens, time of the last packet, spare. */
const SLOT_NUMBERS = 4;
const TOKENS = 1;
const LAST_SEC = 2;

export class TypedArrayMeter {
  readonly #slots: Float64Array;
  readonly #mask: number;
  readonly #bytesPerSec: number;
  readonly #burstBytes: number;
  #startLo = -1;
  #startHi = 0;

  constructor(flows: number, bytesPerSec: number, burstBytes: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * flows));
    this.#slots = new Float64Array(slots * SLOT_NUMBERS);
    this.#mask = slots - 1;
    this.#bytesPerSec = bytesPerSec;
    this.#burstBytes = burstBytes;
  }

  meter({ time, length, key }: Columns, from: number, to: number, colors: Uint8Array, colorsFrom: number): void {
    if (this.#startLo < 0) {
      this.#startLo = time[0]!;
      this.#startHi = time[1]!;
    }
    const slots = this.#slots;
    const bytesPerSec = this.#bytesPerSec;
    const burstBytes = this.#burstBytes;
    for (let index = from; index < to; index += 1) {
      const nowSec = ((time[2 * index + 1]! - this.#startHi) * TWO_32 + (time[2 * index]! - this.#startLo)) / 1e9;
      const slot = this.#slotOf(key[2 * index]!, key[2 * index + 1]!, nowSec);
      const tokens = Math.min(burstBytes, slots[slot + TOKENS]! + (nowSec - slots[slot + LAST_SEC]!) * bytesPerSec);
      slots[slot + LAST_SEC] = nowSec;
      if (tokens >= length[index]!) {
        slots[slot + TOKENS] = tokens - length[index]!;
        colors[colorsFrom + index - from] = GREEN;
      } else {
        slots[slot + TOKENS] = tokens;
        colors[colorsFrom + index - from] = RED;
      }
    }
  }

  #slotOf(keyLo: number, keyHi: number, nowSec: number): number {
    const slots = this.#slots;
    const stored = keyHi * TWO_32 + keyLo + 1;
    let at = hashOf(keyLo, keyHi) & this.#mask;
    for (;;) {
      const slot = at * SLOT_NUMBERS;
      const there = slots[slot]!;
      if (there === stored) return slot;
      if (there === 0) {
        slots[slot] = stored;
        slots[slot + TOKENS] = this.#burstBytes;
        slots[slot + LAST_SEC] = nowSec;
        return slot;
      }
      at = (at + 1) & this.#mask;
    }
  }
}

function hashOf(keyLo: number, keyHi: number): number {
  let word = Math.imul(keyLo ^ Math.imul(keyHi, 0x9e37_79b1), 0x85eb_ca6b);
  word = Math.imul(word ^ (word >>> 15), 0xc2b2_ae35);
  return word ^ (word >>> 16);
}
