/** Where two policies differ, packet by packet: how often, first where, in which flows. */
import { BATCH_PACKETS_MAX } from "../../assembly/abi.ts";
import type { Count, Policy } from "../types.ts";
import { type Difference, packetRow } from "./difference.ts";
import { FlowDifferences } from "./flows.ts";
import type { PairMeter } from "./pair.ts";
import { DROPPED, Side } from "./side.ts";

const COLORS = 3;

export class Comparison {
  readonly sides: readonly [Side, Side];
  readonly flows = new FlowDifferences();
  first: Difference | undefined;
  /** Packets that depart under both, at other times. */
  delaysOnly: Count = { packets: 0n, bytes: 0n };
  readonly #packets = new Float64Array(COLORS * COLORS);
  readonly #bytes = new Float64Array(COLORS * COLORS);
  readonly #differing = new Uint32Array(BATCH_PACKETS_MAX);
  #differingCount = 0;

  constructor({ a, b }: PairMeter, policies: readonly [Policy, Policy]) {
    this.sides = [new Side(a, policies[0]), new Side(b, policies[1])];
  }

  /** Takes in a batch that both have metered. */
  take(packets: number): void {
    const [a, b] = this.sides;
    a.take(packets);
    b.take(packets);
    const [colorA, colorB, length] = [a.color, b.color, a.length];
    let [otherPackets, otherBytes, count] = [0, 0, 0];
    for (let packet = 0; packet < packets; packet += 1) {
      const cell = colorA[packet]! * COLORS + colorB[packet]!;
      this.#packets[cell]! += 1;
      this.#bytes[cell]! += length[packet]!;
      const isOtherColor = colorA[packet] !== colorB[packet];
      if (!isOtherColor && a.delayNs[packet] === b.delayNs[packet]) continue;
      this.#differing[count] = packet;
      count += 1;
      if (isOtherColor) continue;
      otherPackets += 1;
      otherBytes += length[packet]!;
    }
    this.#differingCount = count;
    this.#takeFlows();
    const [first] = this.differing;
    if (first !== undefined) this.first ??= this.#difference(first);
    const { packets: soFar, bytes } = this.delaysOnly;
    this.delaysOnly = { packets: soFar + BigInt(otherPackets), bytes: bytes + BigInt(otherBytes) };
  }

  #takeFlows(): void {
    const [a, b] = this.sides;
    const [colorA, colorB, length, flow] = [a.color, b.color, a.length, a.meter.views.flow];
    for (const packet of this.differing) {
      const departs = a.delayNs[packet] !== DROPPED && b.delayNs[packet] !== DROPPED;
      this.flows.take({
        record: flow[packet]!,
        length: length[packet]!,
        colorA: colorA[packet]!,
        colorB: colorB[packet]!,
        laterNs: departs ? a.delayNs[packet]! - b.delayNs[packet]! : 0,
      });
    }
  }

  /** Packets of the batch at hand that differ, in order. */
  get differing(): Uint32Array {
    return this.#differing.subarray(0, this.#differingCount);
  }

  #difference(packet: number): Difference {
    const [a, b] = this.sides;
    const [index = "", timeNs = "", flow = "", length = ""] = packetRow(a.meter, packet).split(",", 4);
    const delayOf = (side: Side) => (side.delayNs[packet] === DROPPED ? undefined : side.delayNs[packet]!);
    return {
      index: BigInt(index),
      timeNs: BigInt(timeNs),
      flow,
      length: Number(length),
      colors: [a.color[packet]!, b.color[packet]!],
      delaysNs: [delayOf(a), delayOf(b)],
      departuresNs: [a.departureNs(packet), b.departureNs(packet)],
    };
  }

  /** Packets that A colors so and B so; bytes as A counts them. */
  count(colorA: number, colorB: number): Count {
    const cell = colorA * COLORS + colorB;
    return { packets: BigInt(this.#packets[cell]!), bytes: BigInt(this.#bytes[cell]!) };
  }

  /** Packets that get another color. */
  get otherColor(): Count {
    let [packets, bytes] = [0n, 0n];
    for (let a = 0; a < COLORS; a += 1) {
      for (let b = 0; b < COLORS; b += 1) {
        if (a === b) continue;
        const count = this.count(a, b);
        packets += count.packets;
        bytes += count.bytes;
      }
    }
    return { packets, bytes };
  }
}
