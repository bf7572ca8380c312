/** Where two policies differ, packet by packet: how often, first where, in which flows. */
import type { Count, Policy } from "../types.ts";
import type { Difference } from "./difference.ts";
import { FlowDifferences } from "./flows.ts";
import type { PairMeter } from "./pair.ts";
import { DROPPED, Side } from "./side.ts";

const COLORS = 3;

/** Told of each packet that differs, in order. */
export type OnDifference = (difference: Difference) => void;

const decoder = new TextDecoder();

export class Comparison {
  readonly sides: readonly [Side, Side];
  readonly flows = new FlowDifferences();
  first: Difference | undefined;
  /** Packets that depart under both, at other times. */
  delaysOnly: Count = { packets: 0n, bytes: 0n };
  readonly #packets = new Float64Array(COLORS * COLORS);
  readonly #bytes = new Float64Array(COLORS * COLORS);

  constructor({ a, b }: PairMeter, policies: readonly [Policy, Policy]) {
    this.sides = [new Side(a, policies[0]), new Side(b, policies[1])];
  }

  /** Takes in a batch that both have metered. */
  take(packets: number, onDifference?: OnDifference): void {
    const [a, b] = this.sides;
    a.take(packets);
    b.take(packets);
    const [colorA, colorB, length] = [a.color, b.color, a.length];
    let [otherPackets, otherBytes] = [0, 0];
    for (let packet = 0; packet < packets; packet += 1) {
      const cell = colorA[packet]! * COLORS + colorB[packet]!;
      this.#packets[cell]! += 1;
      this.#bytes[cell]! += length[packet]!;
      const isOtherColor = colorA[packet] !== colorB[packet];
      if (!isOtherColor && a.delayNs[packet] === b.delayNs[packet]) continue;
      if (!isOtherColor) {
        otherPackets += 1;
        otherBytes += length[packet]!;
      }
      const difference = this.#difference(packet);
      this.first ??= difference;
      this.flows.take(difference);
      onDifference?.(difference);
    }
    const { packets: soFar, bytes } = this.delaysOnly;
    this.delaysOnly = { packets: soFar + BigInt(otherPackets), bytes: bytes + BigInt(otherBytes) };
  }

  /** Index, time, flow and length are A's, from its row of text. */
  #difference(packet: number): Difference {
    const [a, b] = this.sides;
    const { core, views } = a.meter;
    core.writePacketRows(packet, packet + 1);
    const row = decoder.decode(views.text.subarray(0, core.textBytes()));
    const [index = "", timeNs = "", flow = "", length = ""] = row.split(",", 4);
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
