// Goal: what the field's introductory texts ask of a bucket as a queue, with their numbers corrected: each test names its row.
import { describe, expect, test } from "vitest";
import { compilePolicy, compileShaper, type ShaperInput } from "../src/policies.ts";
import { ENGINES, engineOptions, type EngineRow } from "./support/engines.ts";
import { runPackets, type Packet } from "./support/run.ts";

const MS = 1_000_000n;
const SECOND = 1000n * MS;
const REASON_OVERSIZE = 1;
const KEY = 7n;

/** Departures in ns of packets of one flow; null: dropped. Whole nanoseconds here, so nothing is rounded. */
function departuresOf(row: EngineRow, input: ShaperInput, packets: readonly Partial<Packet>[]): (bigint | null)[] {
  const offered = packets.map(({ timeNs = 0n, length = 1 }) => ({ timeNs, length, key: KEY }));
  const { departures } = runPackets(row.create(engineOptions(compileShaper(input))), offered);
  return departures.map((departure) => {
    expect(departure?.rest ?? 0n).toBe(0n);
    return departure === null ? null : departure.ns;
  });
}

/** So many packets of a length at a time. */
function burst(count: number, length: number, timeNs = 0n): Partial<Packet>[] {
  return Array.from({ length: count }, () => ({ timeNs, length }));
}

function gaps(departures: readonly (bigint | null)[]): bigint[] {
  const sent = departures.filter((at) => at !== null);
  return sent.slice(1).map((at, index) => at - sent[index]!);
}

describe.each(ENGINES)("$name", (row) => {
  test("row 2: a queue of 100 kB at 125 kB/s: ten packets of 5 kB at once start 40 ms apart and are done in 0.4 s", () => {
    const departures = departuresOf(
      row,
      { shaper: "leaky-bucket", rate: "125 kB/s", burst: "100 kB" },
      burst(10, 5000),
    );
    const ends = Array.from({ length: 10 }, (_, index) => BigInt(index + 1) * 40n * MS);
    expect(departures).toEqual(ends);
    const starts = [0n, ...ends.slice(0, -1)];
    expect(starts.at(-1)).toBe(360n * MS);
  });

  test("row 3: q = a - d stays from 0 to b, and a busy queue empties with slope r", () => {
    const input = { shaper: "leaky-bucket", rate: "1000 B/s", burst: "3 kB", count: "bytes" } as const;
    const packets = [...burst(4, 1000), ...burst(2, 1000, SECOND), ...burst(2, 1000, 10n * SECOND)];
    const departures = departuresOf(row, input, packets);
    const ends = [1n, 2n, 3n, null, 4n, null, 11n, 12n].map((at) => (at === null ? null : at * SECOND));
    expect(departures).toEqual(ends);
    for (const [index, { timeNs = 0n }] of packets.entries()) {
      const admitted = departures.slice(0, index + 1).filter((at) => at !== null);
      const queued = 1000 * admitted.filter((at) => at > timeNs).length;
      expect(queued).toBeLessThanOrEqual(3000);
    }
  });

  test("row 5: a full queue delays its last byte by b / r, and its last packet starts after (b - s) / r", () => {
    const departures = departuresOf(
      row,
      { shaper: "leaky-bucket", rate: "125 kB/s", burst: "100 kB" },
      burst(20, 5000),
    );
    expect(departures.at(-1)).toBe(800n * MS);
    expect(departures.at(-2)).toBe(760n * MS);
  });

  test("row 10: 1 Mbit/s in ticks of 10 ms is 1250 B: a packet of 1500 B never leaves when the residue is lost", () => {
    const tick = { shaper: "tick-bytes", tick: "10 ms", quantum: "1250 B", limit: "1 MB" } as const;
    const policy = compileShaper(tick);
    expect(policy.warnings.join("\n")).toContain("packets of more than 1250 B can never be sent");
    const lost = runPackets(row.create(engineOptions(policy)), [{ timeNs: 0n, length: 1500, key: KEY }]);
    expect([lost.departures, lost.reasons]).toEqual([[null], [REASON_OVERSIZE]]);

    const carried = departuresOf(row, { ...tick, carry: true }, burst(500, 1500));
    // 500 packets in 600 ticks of 10 ms: 83.3 a second, in ticks whose gaps are not alike.
    expect(carried.at(-1)).toBe(600n * 10n * MS);
    expect(new Set(gaps(carried))).toEqual(new Set([10n * MS, 20n * MS]));

    const byEvents = departuresOf(row, { shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "1 MB" }, burst(500, 1500));
    expect(new Set(gaps(byEvents))).toEqual(new Set([12n * MS]));
  });

  test("row 11: a tick sends one packet: gaps are the tick exactly, and a queue of n holds n", () => {
    const input = { shaper: "tick-packets", tick: "10 ms", limit: "5 packets" } as const;
    const departures = departuresOf(row, input, burst(8, 1500));
    expect(departures).toEqual([10n, 20n, 30n, 40n, 50n, null, null, null].map((at) => (at === null ? null : at * MS)));
    const [first] = departuresOf(row, { ...input, immediate: true }, burst(1, 1500, 3n));
    expect(first).toBe(3n);
  });

  test("row 12: 600 packets of 600 B take 600 ticks of 1024 B, 58.6 % of them; with the residue carried 352", () => {
    const input = { shaper: "tick-bytes", tick: "1 ms", quantum: "1024 B", limit: "1 MB" } as const;
    expect(departuresOf(row, input, burst(600, 600)).at(-1)).toBe(600n * MS);
    expect(departuresOf(row, { ...input, carry: true }, burst(600, 600)).at(-1)).toBe(352n * MS);
    const policy = compileShaper(input);
    const { reasons } = runPackets(row.create(engineOptions(policy)), [{ timeNs: 0n, length: 1025, key: KEY }]);
    expect(reasons).toEqual([REASON_OVERSIZE]);
  });

  test("row 14: trap door or flap: the same verdicts, one drops and one delays", () => {
    const packets = Array.from({ length: 400 }, (_, index) => ({
      timeNs: BigInt(index) * 3n * MS,
      length: 200 + ((index * 7919) % 1300),
      key: KEY,
    }));
    const contract = { rate: "1 Mbit/s", burst: "9 kB" } as const;
    const policed = runPackets(
      row.create(engineOptions(compilePolicy({ meter: "leaky-bucket", ...contract }))),
      packets,
    );
    const shaper = compileShaper({ shaper: "leaky-bucket", ...contract });
    const shaped = runPackets(row.create(engineOptions(shaper)), packets);
    expect(shaped.colors).toEqual(policed.colors);
    expect(shaped.delays).toEqual(policed.delays);
    const dropped = shaped.colors.filter((color) => color !== 0).length;
    expect(dropped).toBeGreaterThan(50);
    expect(dropped).toBeLessThan(350);
    for (const [index, { timeNs }] of packets.entries()) {
      const departure = shaped.departures[index]!;
      expect(departure === null).toBe(shaped.colors[index] !== 0);
      if (departure !== null) expect(departure.ns).toBeGreaterThan(timeNs);
    }
  });

  test("row 23: gaps at the output are constant, delays are not: from 0 to 0.36 s until service", () => {
    const departures = departuresOf(
      row,
      { shaper: "leaky-bucket", rate: "125 kB/s", burst: "100 kB" },
      burst(10, 5000),
    );
    expect(new Set(gaps(departures))).toEqual(new Set([40n * MS]));
    const waits = departures.map((at) => (at ?? 0n) - 40n * MS);
    expect([waits[0], waits.at(-1)]).toEqual([0n, 360n * MS]);
  });
});
