/** What the page keeps of a capture: a row a frame, in the order of the input. All that metering again needs. */
import type { CoreViews } from "../../core/views.ts";

export interface CaptureColumns {
  readonly packets: number;
  /** The packet's own time in ns since 1970: two words, low and high. */
  readonly time: Uint32Array;
  /** The newest time up to and including this packet, in ns after `originNs`. Exact for 104 days. */
  readonly clockNs: Float64Array;
  readonly frameBytes: Uint32Array;
  /** Of the outermost IP packet; of a frame without one the frame's. */
  readonly ipBytes: Uint32Array;
  /** Index of the 5-tuple's flow, from 0 in the order of first arrival. */
  readonly flow: Uint32Array;
  /** The color that the DSCP stands for. */
  readonly colorIn: Uint8Array;
  /** The first packet's time. */
  readonly originNs: bigint;
}

const TWO_32 = 0x1_0000_0000;
const CAPACITY_FIRST = 65_536;

function grown<Column extends Uint32Array | Float64Array | Uint8Array>(column: Column, length: number): Column {
  const larger = new (column.constructor as new (length: number) => Column)(length);
  larger.set(column);
  return larger;
}

/** Takes the columns of one decoded batch after the other. Throws RangeError when there is no memory for them. */
export class ColumnsWriter {
  packets = 0;
  #lengths = 0;
  #capacity = CAPACITY_FIRST;
  #time = new Uint32Array(2 * CAPACITY_FIRST);
  #clockNs = new Float64Array(CAPACITY_FIRST);
  #frameBytes = new Uint32Array(CAPACITY_FIRST);
  #ipBytes = new Uint32Array(CAPACITY_FIRST);
  #flow = new Uint32Array(CAPACITY_FIRST);
  #colorIn = new Uint8Array(CAPACITY_FIRST);
  #newestNs = 0;

  /** A batch of the meter that reads frame lengths, keys and colors. */
  addFrames({ time, length, flow, colorIn }: CoreViews, count: number): void {
    const at = this.packets;
    this.#reserve(at + count);
    this.#time.set(time.subarray(0, 2 * count), 2 * at);
    this.#frameBytes.set(length.subarray(0, count), at);
    this.#colorIn.set(colorIn.subarray(0, count), at);
    // Record 0 of the core belongs to no flow.
    for (let index = 0; index < count; index += 1) this.#flow[at + index] = flow[index]! - 1;
    this.packets = at + count;
    this.#addClocks(at);
  }

  /** A batch of the meter that reads IP lengths. */
  addIpLengths({ length }: CoreViews, count: number): void {
    this.#reserve(this.#lengths + count);
    this.#ipBytes.set(length.subarray(0, count), this.#lengths);
    this.#lengths += count;
  }

  #addClocks(from: number): void {
    const time = this.#time;
    for (let index = from; index < this.packets; index += 1) {
      const high = (time[2 * index + 1]! - time[1]!) * TWO_32;
      const elapsedNs = high + (time[2 * index]! - time[0]!);
      if (elapsedNs > this.#newestNs) this.#newestNs = elapsedNs;
      this.#clockNs[index] = this.#newestNs;
    }
  }

  #reserve(packets: number): void {
    if (packets <= this.#capacity) return;
    const capacity = 2 * this.#capacity;
    this.#time = grown(this.#time, 2 * capacity);
    this.#clockNs = grown(this.#clockNs, capacity);
    this.#frameBytes = grown(this.#frameBytes, capacity);
    this.#ipBytes = grown(this.#ipBytes, capacity);
    this.#flow = grown(this.#flow, capacity);
    this.#colorIn = grown(this.#colorIn, capacity);
    this.#capacity = capacity;
  }

  /** The first `packets` rows. */
  columns(packets = this.packets): CaptureColumns {
    const time = this.#time.subarray(0, 2 * packets);
    const [low = 0, high = 0] = time;
    return {
      packets,
      time,
      clockNs: this.#clockNs.subarray(0, packets),
      frameBytes: this.#frameBytes.subarray(0, packets),
      ipBytes: this.#ipBytes.subarray(0, packets),
      flow: this.#flow.subarray(0, packets),
      colorIn: this.#colorIn.subarray(0, packets),
      originNs: (BigInt(high) << 32n) | BigInt(low),
    };
  }
}
