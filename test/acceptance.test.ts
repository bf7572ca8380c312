// Goal: what the field's introductory texts ask for, with their numbers corrected: each test names its row of that table.
import { describe, expect, test } from "vitest";
import { compileClasses, compilePolicy, type ClassesInput, type PolicyInput } from "../src/policies.ts";
import { Gcra } from "../src/reference/gcra.ts";
import { TokenBucket } from "../src/reference/tokenbucket.ts";
import type { MeterEngine, Policy } from "../src/types.ts";
import { ENGINES, engineOptions, type EngineRow } from "./support/engines.ts";
import { type Packet, runPackets } from "./support/run.ts";

const SECOND_NS = 1_000_000_000n;
const COLORS = "GYR";

async function engineOf(row: EngineRow, policy: Policy): Promise<MeterEngine> {
  return row.create(engineOptions(policy, { levels: policy.meter !== "classes" && policy.meter !== "weighted" }));
}

/** Packets of one flow. */
function wholePackets(packets: readonly Partial<Packet>[]): Packet[] {
  return packets.map(({ timeNs = 0n, length = 1, key = 7n }) => ({ timeNs, length, key }));
}

/** Colors of packets of one flow, as letters. */
async function colorsOf(row: EngineRow, policy: Policy, packets: readonly Partial<Packet>[]): Promise<string> {
  const { colors } = runPackets(await engineOf(row, policy), wholePackets(packets));
  return colors.map((color) => COLORS[color]).join("");
}

/** So many packets of a length at a time in seconds. */
function burst(count: number, atSec: number, length = 1): Partial<Packet>[] {
  return Array.from({ length: count }, () => ({ timeNs: BigInt(atSec) * SECOND_NS, length }));
}

function meter(input: PolicyInput): Policy {
  return compilePolicy(input);
}

function classes(input: ClassesInput): Policy {
  return compileClasses(input);
}

describe.each(ENGINES)("$name", (row) => {
  test("row 1: the bucket as a meter: 10 kB, 1250 B/s, five packets of 3000 B at 0 s and three at 5 s", async () => {
    const policy = compilePolicy({ meter: "leaky-bucket", rate: "1250 B/s", burst: "10 kB" });
    const packets = wholePackets([...burst(5, 0, 3000), ...burst(3, 5, 3000)]);
    const { colors, levels } = runPackets(await engineOf(row, policy), packets);
    expect(colors.map((color) => COLORS[color]).join("")).toBe("GGGRRGGR");
    const perUnit = policy.profiles[0]!.buckets[0].levelPerUnit;
    expect(levels.at(-1)).toEqual([8750n * perUnit, 0n]);
  });

  test("row 9: packet mode: 10 a second, 5 at once, so 5 of 7 pass", async () => {
    const policy = meter({ meter: "token-bucket", rate: "10 packets/s", burst: "5 packets" });
    expect(await colorsOf(row, policy, burst(7, 0, 1500))).toBe("GGGGGRR");
  });

  test.for([
    ["clamped", 2],
    ["unlimited", 94],
  ] as const)(
    "row 13: Turner's counter, %s: after 50 packets at once it conforms again at %i s",
    async ([mode, atSec]) => {
      const policy = meter({ meter: "turner", rate: "1 packets/s", burst: "3 packets", mode });
      const probes = Array.from({ length: 60 }, (_, index) => 2 * (index + 1));
      const colors = await colorsOf(row, policy, [
        ...burst(50, 0),
        ...probes.flatMap((probeSec) => burst(1, probeSec)),
      ]);
      expect(colors.slice(0, 50)).toBe(`GGG${"R".repeat(47)}`);
      expect(probes[colors.slice(50).indexOf("G")]).toBe(atSec);
    },
  );

  test("row 15: tau from a maximum burst size, which passes whole and not one cell more", async () => {
    const policy = meter({ meter: "gcra", increment: "10 us", mbs: 32, spacing: "1 us", cost: "packets" });
    const cells = Array.from({ length: 33 }, (_, index) => ({ timeNs: BigInt(index) * 1000n, length: 53 }));
    expect(await colorsOf(row, policy, cells)).toBe(`${"G".repeat(32)}R`);
  });

  test("row 16: peak and sustained cell rate: MBS 11 of 100/s in 10/s is a tolerance of 0.9 s", async () => {
    const input = { meter: "dual", pcr: "100 packets/s", cdvt: "0 s", scr: "10 packets/s", mbs: 11 };
    const policy = compilePolicy(input);
    expect(policy.definition).toMatchObject({ kind: "dual", sustained: { depth: { num: 9n, den: 1n } } });
    const cells = Array.from({ length: 12 }, (_, index) => ({ timeNs: BigInt(index) * 10_000_000n, length: 53 }));
    expect(await colorsOf(row, policy, cells)).toBe(`${"G".repeat(11)}R`);
  });

  test("row 17: GCRA (10, 15): ties conform, and the level form with depth I + L agrees", async () => {
    const cells = [0, 1, 2, 3, 14, 15, 16, 30, 31].map((timeNs) => ({ timeNs: BigInt(timeNs), length: 53 }));
    const gcra = meter({ meter: "gcra", increment: "10 ns", limit: "15 ns", cost: "packets" });
    expect(await colorsOf(row, gcra, cells)).toBe("GGRRGGRGR");
    const level = meter({ meter: "leaky-bucket", rate: "100000000 packets/s", burst: "2.5 packets" });
    expect(await colorsOf(row, level, cells)).toBe("GGRRGGRGR");
  });

  test("row 18: two contracts at once: all or none, beside a series that starves the second", async () => {
    const contract = { rate: "1 B/s", burst: "20 B", "peak-rate": "10 B/s", "peak-burst": "10 B" };
    const packets = [...burst(4, 0, 5), ...burst(2, 1, 5)];
    expect(await colorsOf(row, meter({ meter: "dual", ...contract }), packets)).toBe("GGRRGG");
    // In series the slow bucket comes first here: it charges what the other one then refuses.
    const series = {
      meter: "dual",
      mode: "sequential",
      "peak-rate": "1 B/s",
      "peak-burst": "20 B",
      rate: "10 B/s",
      burst: "10 B",
    };
    expect(await colorsOf(row, meter(series), packets)).toBe("GGRRRR");
  });

  test("row 19: a parent and its children: no contract is broken, and the order of the nodes is immaterial", async () => {
    const packets = Array.from({ length: 400 }, (_, index): Packet => {
      const [timeNs, key] = [BigInt(index) * 7_000_000n, BigInt(index % 3)];
      return { timeNs, key, length: 100 + ((index * 37) % 900), nodeKeys: [key < 2n ? 0n : 1n, 0n] };
    });
    const forth = runPackets(await engineOf(row, treeOf("50 kB/s", "60 kB/s")), packets);
    // The same two nodes the other way round, each with the other's keys.
    const swapped = packets.map(({ nodeKeys, ...packet }) => ({ ...packet, nodeKeys: [...nodeKeys!].toReversed() }));
    const back = runPackets(await engineOf(row, treeOf("60 kB/s", "50 kB/s")), swapped);
    expect(back.colors).toEqual(forth.colors);
    expect(new Set(forth.colors)).toEqual(new Set([0, 2]));
    const admitted = packets.filter((_, index) => forth.colors[index] === 0);
    const nodes: [(packet: Packet) => bigint, number][] = [
      [({ key }) => key, 40_000],
      [({ nodeKeys }) => nodeKeys![0]!, 50_000],
      [() => 0n, 60_000],
    ];
    for (const [keyOf, bytesPerSec] of nodes) {
      for (const key of new Set(packets.map(keyOf))) {
        const own = admitted.filter((packet) => keyOf(packet) === key);
        expect(burstiness(own, bytesPerSec)).toBeLessThanOrEqual(
          keyOf(packets[0]!) === key && bytesPerSec === 40_000 ? 2000 : 3000,
        );
      }
    }
  });

  test("row 20: weighted shares of 40 B/s: what one does not use goes to the other, and a share is never refused", async () => {
    const policy = classes({
      groups: [{ name: "link", rate: "40 B/s", mode: "shared" }],
      classes: [
        { name: "three", group: "link", weight: 3, burst: "60 B", match: { dscp: 46 } },
        { name: "one", group: "link", weight: 1, burst: "60 B" },
      ],
    });
    const offered: Packet[] = [];
    for (let sec = 0; sec < 40; sec += 1) {
      const timeNs = BigInt(sec) * SECOND_NS;
      // Within its share of 30 B/s from 10 s to 19 s; the other one always asks for more than there is.
      if (sec >= 10 && sec < 20) offered.push({ timeNs, length: 30, key: 1n, class: 0 });
      for (let packet = 0; packet < 5; packet += 1) offered.push({ timeNs, length: 10, key: 2n, class: 1 });
    }
    const { colors } = runPackets(await engineOf(row, policy), offered);
    const passed = (packetClass: number, from: number, to: number) =>
      offered
        .filter(
          ({ class: own, timeNs }) =>
            own === packetClass && timeNs >= BigInt(from) * SECOND_NS && timeNs < BigInt(to) * SECOND_NS,
        )
        .reduce((sum, packet) => sum + (colors[offered.indexOf(packet)] === 0 ? packet.length : 0), 0);
    expect(passed(0, 10, 20)).toBe(300);
    // Alone it drains at the whole rate, beside the other one at a quarter of it.
    expect(passed(1, 30, 40)).toBe(400);
    expect(passed(1, 12, 20)).toBeLessThanOrEqual(80 + 60);
    expect(passed(1, 12, 20)).toBeGreaterThanOrEqual(80);
  });

  test("row 21: priority in one bucket: the high class within (r, b - threshold) is never refused", async () => {
    const policy = classes({
      classes: [
        { name: "high", match: { dscp: 46 }, parent: "link" },
        { name: "low", parent: "link", threshold: "6 kB" },
      ],
      nodes: [{ name: "link", meter: "token-bucket", rate: "1 kB/s", burst: "10 kB" }],
    });
    const packets: Packet[] = [];
    for (let sec = 0; sec < 60; sec += 1) {
      const timeNs = BigInt(sec) * SECOND_NS;
      for (let packet = 0; packet < 20; packet += 1) packets.push({ timeNs, length: 1000, key: 0n, class: 1 });
      // Four packets every four seconds keep to 1 kB/s and 4 kB.
      if (sec % 4 === 0)
        for (let packet = 0; packet < 4; packet += 1) packets.push({ timeNs, length: 1000, key: 0n, class: 0 });
    }
    const { colors } = runPackets(await engineOf(row, policy), packets);
    const refused = packets.filter((packet, index) => packet.class === 0 && colors[index] !== 0);
    expect(refused).toEqual([]);
    expect(colors.filter((color) => color !== 0).length).toBeGreaterThan(1000);
  });

  test("row 22: the token bucket gives the verdicts of the level form and of the GCRA", async () => {
    const policy = compilePolicy({ meter: "token-bucket", rate: "1250 B/s", burst: "10 kB" });
    if (policy.definition.kind !== "bucket") throw new Error("a token bucket is one bucket");
    const [tokens, gcra] = [new TokenBucket(policy.definition.bucket), new Gcra(policy.definition.bucket)];
    const packets = Array.from({ length: 200 }, (_, index) => {
      return { timeNs: BigInt(index) * 400_000_000n, length: (index * 311) % 1501 };
    });
    const expected = packets.map(({ timeNs, length }) => (tokens.offer(timeNs, BigInt(length)) ? "G" : "R"));
    expect(packets.map(({ timeNs, length }) => (gcra.offer(timeNs, BigInt(length)) ? "G" : "R"))).toEqual(expected);
    expect(await colorsOf(row, policy, packets)).toBe(expected.join(""));
    expect(new Set(expected)).toEqual(new Set(["G", "R"]));
  });
});

/** Flows below two nodes of 3 kB each. */
function treeOf(first: string, second: string): Policy {
  return classes({
    classes: [{ ...nodeInput("flow", "40 kB/s", "2 kB", "a"), by: "5-tuple" }],
    nodes: [nodeInput("a", first, "3 kB", "b"), nodeInput("b", second, "3 kB")],
  });
}

/** A node of a tree of token buckets. */
function nodeInput(name: string, rate: string, burstText: string, parent?: string) {
  const own = { name, meter: "token-bucket", rate, burst: burstText, by: "src" };
  return parent === undefined ? own : { ...own, parent };
}

/** The least bucket of a rate that holds the packets: b(r) of network calculus, in bytes. */
function burstiness(packets: readonly Packet[], bytesPerSec: number): number {
  let [level, most, lastNs] = [0n, 0n, 0n];
  for (const { timeNs, length } of packets) {
    const drained = (timeNs - lastNs) * BigInt(bytesPerSec);
    level = (level > drained ? level - drained : 0n) + BigInt(length) * SECOND_NS;
    lastNs = timeNs;
    if (level > most) most = level;
  }
  return Number(most) / Number(SECOND_NS);
}
