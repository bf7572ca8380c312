// Goal: links do what their definition says in every corner.
import { describe, expect, test } from "vitest";
import type { SchedulerName } from "../src/types.ts";
import {
  LINK_ENGINES,
  type LinkOutcome,
  type LinkPacket,
  linkOf,
  sendPackets,
  type ShortClass,
  type ShortLink,
  UNIT_A_NS,
} from "./support/links.ts";

describe.each(LINK_ENGINES)("$name", ({ create }) => {
  /** Packets as [time, length, class] on a link that sends a unit a nanosecond. */
  function send(
    scheduler: SchedulerName,
    classes: readonly ShortClass[],
    packets: readonly (readonly [number | bigint, number, number])[],
    more: Partial<ShortLink> & { readonly maxQueued?: number } = {},
  ): LinkOutcome {
    const { maxQueued = 100, ...link } = more;
    const policy = linkOf({ scheduler, ratePerSec: UNIT_A_NS, classes, ...link });
    const offered = packets.map(([timeNs, length, number]): LinkPacket => {
      return { timeNs: BigInt(timeNs), length, class: number };
    });
    return sendPackets(create({ policy, maxQueued }), offered);
  }

  test("priority: the packet in service is not broken off, then the highest class goes", () => {
    const outcome = send(
      "priority",
      [{}, {}, {}],
      [
        [0, 100, 2],
        [1, 10, 1],
        [2, 10, 2],
        [3, 10, 0],
        [4, 10, 0],
      ],
    );
    expect(departures(outcome)).toEqual([
      [0, 100],
      [3, 110],
      [4, 120],
      [1, 130],
      [2, 140],
    ]);
  });

  test("priority: a class above that fills the link starves the ones below, whose queues then drop", () => {
    const packets = Array.from({ length: 100 }, (_, index) => [
      [10 * index, 10, 0] as const,
      [10 * index, 10, 1] as const,
    ]).flat();
    const outcome = send("priority", [{ units: 40 }, { units: 40 }], packets);
    const low = outcome.left.filter(({ sequence }) => sequence % 2 === 1);
    // One at 10, where the choice comes before the arrivals; from then on the class above always has a packet waiting,
    // and only what the queue held when that fell silent is sent.
    expect(low.map(({ ns }) => Number(ns))).toEqual([20, 1020, 1030, 1040, 1050]);
    expect(outcome.stats.map(({ taken, queueFull }) => [taken.packets, queueFull.packets])).toEqual([
      [100n, 0n],
      [5n, 95n],
    ]);
  });

  test("drr: the same load is shared, whatever the first class offers", () => {
    const packets = Array.from({ length: 100 }, (_, index) => [
      [10 * index, 10, 0] as const,
      [10 * index, 10, 1] as const,
    ]).flat();
    const { stats } = send(
      "drr",
      [
        { units: 40, quantum: 10 },
        { units: 40, quantum: 10 },
      ],
      packets,
    );
    const [first, second] = stats.map(({ taken }) => Number(taken.packets));
    expect(Math.abs(first! - second!)).toBeLessThanOrEqual(1);
  });

  test("drr: deficits are kept while packets wait, as in the figures of Shreedhar and Varghese", () => {
    // Quantum 500: 200, then 750 does not fit the 300 that are left; 500, 500; 600 needs two turns.
    const classes = [{ quantum: 500 }, { quantum: 500 }, { quantum: 500 }];
    const outcome = send("drr", classes, [
      [0, 1, 0],
      [0, 200, 0],
      [0, 750, 0],
      [0, 20, 0],
      [0, 500, 1],
      [0, 500, 1],
      [0, 600, 2],
      [0, 100, 2],
    ]);
    // 0 begins alone, with a turn of its own: 500 - 1 - 200 = 299; + 500 = 799 takes 750, 20 of 49.
    expect(outcome.left.map(({ sequence }) => sequence)).toEqual([0, 1, 4, 2, 3, 5, 6, 7]);
  });

  test("drr: what a class has left is lost when its queue is empty", () => {
    const classes = [{ quantum: 100 }, { quantum: 100 }];
    const outcome = send("drr", classes, [
      [0, 10, 0],
      [50, 10, 1],
      [51, 60, 0],
      [51, 60, 0],
      [51, 60, 0],
      [51, 100, 1],
    ]);
    // One packet of class 0 fits its new quantum; with the 90 of its first turn all three would.
    expect(outcome.left.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 5, 3, 4]);
  });

  test("fifo: arrival order over all classes, each with its own limit", () => {
    const outcome = send(
      "fifo",
      [{ units: 20 }, { units: 100 }],
      [
        [0, 10, 1],
        [1, 20, 0],
        [2, 10, 1],
        [3, 1, 0],
        [4, 10, 1],
      ],
    );
    expect(outcome.left.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 4]);
    expect(outcome.reasons).toEqual([0, 0, 0, 12, 0]);
  });

  test("in one instant: the end of a packet, the choice of the next, then what arrives", () => {
    const outcome = send(
      "priority",
      [{ units: 10 }, { units: 20 }],
      [
        [0, 10, 1],
        [0, 10, 1],
        // The first leaves at 10: room for one more. The second is chosen before the higher class comes.
        [10, 10, 1],
        [10, 10, 0],
        // Full until 20.
        [19, 1, 0],
        [20, 1, 1],
      ],
    );
    expect(outcome.reasons).toEqual([0, 0, 0, 0, 12, 0]);
    expect(departures(outcome)).toEqual([
      [0, 10],
      [1, 20],
      [3, 30],
      [2, 40],
      [5, 41],
    ]);
  });

  test("the first of several that come at once to an idle link begins, whatever its class", () => {
    const outcome = send(
      "priority",
      [{}, {}],
      [
        [5, 10, 1],
        [5, 10, 0],
      ],
    );
    expect(departures(outcome)).toEqual([
      [0, 15],
      [1, 25],
    ]);
  });

  test("packets of no length take no time, need no room in bytes, and wait for their turn", () => {
    const outcome = send(
      "priority",
      [{ units: 0 }, { units: 10 }],
      [
        [0, 0, 0],
        [0, 10, 1],
        [1, 0, 0],
        [2, 0, 0],
        [3, 0, 1],
        [4, 1, 1],
        [5, 1, 0],
      ],
    );
    expect(departures(outcome)).toEqual([
      [0, 0],
      [1, 10],
      [2, 10],
      [3, 10],
      [4, 10],
    ]);
    expect(outcome.reasons).toEqual([0, 0, 0, 0, 0, 12, 1]);
  });

  test("a packet whose time goes back comes at the newest time, and is counted", () => {
    const outcome = send(
      "fifo",
      [{}],
      [
        [100, 10, 0],
        [50, 10, 0],
        [109, 10, 0],
        [200, 10, 0],
        [199, 10, 0],
      ],
    );
    expect(departures(outcome).map(([, ns]) => ns)).toEqual([110, 120, 130, 210, 220]);
    expect(outcome.regressions).toBe(2n);
  });

  test("beyond maxQueued packets that wait, packets are dropped and counted apart", () => {
    const packets = Array.from({ length: 8 }, (_, index) => [0, 10, index % 2] as const);
    const outcome = send("drr", [{}, {}], [...packets, [10, 10, 0]], { maxQueued: 3 });
    // One is being sent, three wait; at 10 there is room for one more.
    expect(outcome.reasons).toEqual([0, 0, 0, 0, 14, 14, 14, 14, 0]);
    expect(outcome.stats.map(({ memoryFull, dropped }) => [memoryFull, dropped])).toEqual([
      [
        { packets: 2n, bytes: 20n },
        { packets: 2n, bytes: 20n },
      ],
      [
        { packets: 2n, bytes: 20n },
        { packets: 2n, bytes: 20n },
      ],
    ]);
    expect(outcome.left).toHaveLength(5);
  });

  test("a limit of the link holds for all classes together, in bytes or in packets", () => {
    const packets = [
      [0, 10, 0],
      [0, 10, 1],
      [0, 10, 0],
      [0, 5, 1],
    ] as const;
    const inUnits = send("priority", [{}, { units: 10 }], packets, { limit: { units: 25 } });
    expect(inUnits.reasons).toEqual([0, 0, 13, 12]);
    const inPackets = send("priority", [{}, {}], packets, { limit: { packets: 2 } });
    expect(inPackets.reasons).toEqual([0, 0, 13, 13]);
  });

  test("totals by class: taken, dropped by reason, and the most that was held", () => {
    const { stats } = send(
      "priority",
      [{ units: 30 }, { packets: 2 }],
      [
        [0, 20, 0],
        [0, 10, 0],
        [0, 1, 0],
        [0, 31, 0],
        [5, 7, 1],
        [5, 8, 1],
        [5, 9, 1],
      ],
    );
    expect(stats[0]).toEqual({
      name: "class-0",
      taken: { packets: 2n, bytes: 30n },
      dropped: { packets: 2n, bytes: 32n },
      oversize: { packets: 1n, bytes: 31n },
      queueFull: { packets: 1n, bytes: 1n },
      linkFull: { packets: 0n, bytes: 0n },
      memoryFull: { packets: 0n, bytes: 0n },
      heldPackets: 0,
      mostPackets: 2,
      mostUnits: 30n,
    });
    expect(stats[1]).toMatchObject({ taken: { packets: 2n, bytes: 15n }, mostPackets: 2, mostUnits: 15n });
  });

  test("departures are exact where a unit takes a fraction of a nanosecond, and do not drift", () => {
    // 3 GB/s: a byte takes 1/3 ns.
    const ratePerSec = { num: 3_000_000_000n, den: 1n };
    const packets = Array.from({ length: 1000 }, () => [0, 1, 0] as const);
    const { left } = send("drr", [{}], packets, { ratePerSec, maxQueued: 1000 });
    expect(left.map(({ ns, rest }) => 3n * ns - rest)).toEqual(packets.map((_, index) => BigInt(index + 1)));
  });

  test("instants end at 2^64 - 2 ns", () => {
    const end = 2n ** 64n - 2n;
    const { left } = send(
      "fifo",
      [{}],
      [
        [end - 10n, 4, 0],
        [end - 10n, 20, 0],
        [end + 1n, 5, 0],
      ],
    );
    expect(left.map(({ ns }) => ns)).toEqual([end - 6n, end, end]);
  });

  test("departures become known when a packet begins to be sent, in the run that moves time on", () => {
    const policy = linkOf({ scheduler: "fifo", ratePerSec: UNIT_A_NS, classes: [{}] });
    const engine = create({ policy, maxQueued: 10 });
    const put = (...timesNs: readonly number[]) => {
      for (const [index, timeNs] of timesNs.entries()) {
        engine.batch.time.set([timeNs, 0], 2 * index);
        engine.batch.length[index] = 10;
      }
      engine.run(timesNs.length);
      return [...engine.departed.sequence].filter((_, word) => word % 2 === 0);
    };
    expect(put(0, 0, 0)).toEqual([0]);
    expect(put()).toEqual([]);
    expect(put(10)).toEqual([1]);
    expect(engine.classStats()[0]!.heldPackets).toBe(3);
    expect(put(1000)).toEqual([2, 3, 4]);
    engine.flush();
    expect(engine.departed.count).toBe(0);
    expect(() => engine.run(0)).toThrow(/after flush/u);
  });

  test("refuses what it cannot run", () => {
    const policy = linkOf({ scheduler: "fifo", ratePerSec: UNIT_A_NS, classes: [{}] });
    const engine = create({ policy, maxQueued: 1 });
    for (const count of [-1, 1.5, 4097, Number.NaN]) expect(() => engine.run(count)).toThrow(RangeError);
    engine.run(0);
    expect(engine.departed.count).toBe(0);
  });
});

// The reference goes through every round.
test.each(LINK_ENGINES.slice(1))("$name takes no time for packets of many quanta", ({ create }) => {
  const huge = 2 ** 32 - 1;
  const policy = linkOf({ scheduler: "drr", ratePerSec: UNIT_A_NS, classes: [{ quantum: 1 }, { quantum: 3 }] });
  const packets = [0, 0, 1, 1, 1].map((number): LinkPacket => ({ timeNs: 0n, length: huge, class: number }));
  const { left } = sendPackets(create({ policy, maxQueued: 10 }), packets);
  // Class 1 sends three packets in the rounds that class 0 needs for one, and in the last of them has its turn first.
  expect(left.map(({ sequence }) => sequence)).toEqual([0, 2, 3, 4, 1]);
});

test.each(LINK_ENGINES.slice(1))("$name refuses a maxQueued that cannot be", ({ create }) => {
  const policy = linkOf({ scheduler: "fifo", ratePerSec: UNIT_A_NS, classes: [{}] });
  for (const maxQueued of [0, -1, 1.5, 2 ** 26 + 1, Number.NaN]) {
    expect(() => create({ policy, maxQueued })).toThrow(/maxQueued .*from 1 to 67108864/u);
  }
});

/** [sequence, ns] of each departure. */
function departures({ left }: LinkOutcome): (readonly [number, number])[] {
  return left.map(({ sequence, ns }) => [sequence, Number(ns)]);
}
