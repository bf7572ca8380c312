/** What one policy does to the packets of a batch. */
import { BATCH, BATCH_PACKETS_MAX, COLUMN_CLOCK, COLUMN_DEPARTURE } from "../../assembly/abi.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Policy } from "../types.ts";
import { Delays } from "./delays.ts";

const WORD = 2 ** 32;
const RED = 2;

/** A packet does not depart. */
export const DROPPED = -1;

export class Side {
  readonly meter: CaptureMeter;
  readonly policy: Policy;
  readonly delays = new Delays();
  readonly #shapes: boolean;
  /** Of the packets of the batch: ns from arrival to departure, or DROPPED. */
  readonly delayNs = new Float64Array(BATCH_PACKETS_MAX);
  /** Bytes of packets that depart later than they came. */
  delayedBytes = 0;

  constructor(meter: CaptureMeter, policy: Policy) {
    this.meter = meter;
    this.policy = policy;
    this.#shapes = policy.meter === "shaper";
  }

  get color(): Uint8Array {
    return this.meter.views.color;
  }

  get length(): Uint32Array {
    return this.meter.views.length;
  }

  /** Takes in a metered batch. What meters do not refuse passes at once. */
  take(packets: number): void {
    const { words, color, length } = this.meter.views;
    const [clock, departure] = [(BATCH + COLUMN_CLOCK) / 4, (BATCH + COLUMN_DEPARTURE) / 4];
    for (let packet = 0; packet < packets; packet += 1) {
      if (color[packet] === RED) {
        this.delayNs[packet] = DROPPED;
        continue;
      }
      let delayNs = 0;
      if (this.#shapes) {
        const [low, high] = [departure + 2 * packet, clock + 2 * packet];
        delayNs = (words[low + 1]! - words[high + 1]!) * WORD + (words[low]! - words[high]!);
        if (delayNs > 0) this.delayedBytes += length[packet]!;
      }
      this.delayNs[packet] = delayNs;
      this.delays.take(delayNs);
    }
  }

  /** When a packet of the batch departs, in ns; undefined when it does not. */
  departureNs(packet: number): bigint | undefined {
    const delayNs = this.delayNs[packet]!;
    if (delayNs === DROPPED) return undefined;
    const { words } = this.meter.views;
    const at = (BATCH + COLUMN_CLOCK) / 4 + 2 * packet;
    return (BigInt(words[at + 1]!) << 32n) + BigInt(words[at]!) + BigInt(delayNs);
  }
}
