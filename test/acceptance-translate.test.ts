// Goal: rows 6, 7, 15, 16 and 24 to 28 of what the field's introductory texts ask for, and the traps F1, F2, F5 and F12
// in them: each test names its row.
import { describe, expect, test } from "vitest";
import { policedUse, shapedUse } from "../src/advise/aimd.ts";
import { bandwidthDelay, policerBurst, policerUse } from "../src/advise/bdp.ts";
import { burstOutcome } from "../src/advise/burst.ts";
import { compilePolicy } from "../src/policies.ts";
import { rational } from "../src/rational.ts";
import { Gcra } from "../src/reference/gcra.ts";
import { explain } from "../src/translate/systems.ts";
import { burstOfLimit } from "../src/translate/textbook/gcra.ts";
import { compileDocument } from "../src/translate/yaml.ts";
import type { Rational } from "../src/types.ts";
import { departuresOf } from "./support/departed.ts";
import { ENGINES, engineOptions, type EngineRow } from "./support/engines.ts";
import { MS, OFFICE, weir } from "./support/cli.ts";
import { type Packet, runPackets } from "./support/run.ts";

const RENO = rational(1n, 2n);
const MS_NS = 1_000_000n;

function figure(line: string, name: string): { readonly value: Rational; readonly text: string } {
  return explain(line).figures.find((candidate) => candidate.name === name)!;
}

function sameInstant(count: number, length = 1): Packet[] {
  return Array.from({ length: count }, () => ({ timeNs: 0n, length, key: 1n }));
}

/** Cells that conform on a drained bucket, delta apart, tried one by one; undefined: as many as were tried. */
function tried(increment: bigint, limit: bigint, spacing: bigint): bigint | undefined {
  const bucket = compilePolicy({
    meter: "gcra",
    increment: `${increment} ns`,
    limit: `${limit} ns`,
    cost: "packets",
  }).definition;
  if (bucket.kind !== "bucket") throw new Error("gcra is one bucket");
  const gcra = new Gcra(bucket.bucket);
  for (let cell = 0n; cell < 200n; cell += 1n) {
    if (!gcra.offer(cell * spacing, 1n)) return cell;
  }
  return undefined;
}

function part({ num, den }: Rational): number {
  return Number(num) / Number(den);
}

describe("row 6: the burst table, b = 100 kB, r = 125 kB/s", () => {
  const shared = { bucketBytes: rational(100_000n), bytesPerSec: rational(125_000n) };
  const at = (burstBytes: bigint, packetBytes: bigint, lineBytesPerSec?: Rational) =>
    burstOutcome({ ...shared, burstBytes, packetBytes, lineBytesPerSec });

  test.for([
    [50_000n, 0n, 0n, 0n, 400n, 400n],
    [100_000n, 0n, 0n, 0n, 800n, 800n],
    [150_000n, 50_000n, 51_000n, 34n, 800n, 792n],
    [200_000n, 100_000n, 100_500n, 67n, 800n, 796n],
  ] as const)("%i B at once", ([burst, fluidLost, lost, lostPackets, fluidMs, drainMs]) => {
    expect(at(burst, 1500n)).toMatchObject({
      fluidLostBytes: rational(fluidLost),
      fluidDrainNs: rational(fluidMs * MS_NS),
      lostBytes: lost,
      lostPackets,
      drainNs: rational(drainMs * MS_NS),
    });
    // Packets that fill the bucket exactly lose what the fluid loses.
    expect(at(burst, 5000n)).toMatchObject({ lostBytes: fluidLost, lostPackets: fluidLost / 5000n });
  });

  test("at a line of 1 Gbit/s the losses are the same, and the drains 0.7908 s and 0.7944 s", () => {
    const line = rational(125_000_000n);
    const drains = [150_000n, 200_000n].map((burst) => {
      const { lostBytes, drainNs } = at(burst, 1500n, line);
      expect(lostBytes).toBe(at(burst, 1500n).lostBytes);
      return (drainNs.num / drainNs.den + 50_000n) / 100_000n;
    });
    expect(drains).toEqual([7908n, 7944n]);
  });

  test("weir burst prints it", () => {
    const { stdout, code } = weir(["burst"]);
    expect(code).toBe(0);
    const rows = stdout
      .split("\n")
      .slice(3, 7)
      .map((line) => line.trim().split(/\s{2,}/u));
    expect(rows).toEqual([
      ["50,000", "1,500", "34", "0", "400 ms", "0", "0", "400 ms"],
      ["100,000", "1,500", "67", "0", "800 ms", "0", "0", "800 ms"],
      ["150,000", "1,500", "100", "50,000", "800 ms", "34", "51,000", "792 ms"],
      ["200,000", "1,500", "134", "100,000", "800 ms", "67", "100,500", "796 ms"],
    ]);
  });
});

test("row 7: policer beside shaper, one run: the shaper drops exactly what the meter refuses (E2)", () => {
  const bucket = "rate=1 Mbit/s burst=16 kB";
  const args = [
    "compare",
    OFFICE,
    "--policy",
    `meter=leaky-bucket ${bucket}`,
    "--policy",
    `shaper=leaky-bucket ${bucket}`,
  ];
  const { stdout, code, stderr } = weir([...args, "--json", "--quiet"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { a, b, differ } = JSON.parse(stdout) as {
    readonly a: Record<string, { packets: number }>;
    readonly b: Record<string, { packets: number }>;
    readonly differ: { readonly color: { packets: number }; readonly delayOnly: { packets: number } };
  };
  expect(a["red"]!.packets).toBeGreaterThan(10_000);
  expect(b["digest"]).toBe(a["digest"]);
  expect(b["red"]).toEqual(a["red"]);
  expect(differ.color.packets).toBe(0);
  expect(a["delayed"]!.packets).toBe(0);
  expect(b["delayed"]!.packets).toBe(b["green"]!.packets);
  expect(differ.delayOnly.packets).toBe(b["green"]!.packets);
});

describe("row 15: M = floor(1 + tau / (T - delta)), both ways", () => {
  test("T = 10, delta = 1: tau 45 lets 6 pass, 44 five; 32 cells need 279", () => {
    expect(figure("gcra T=10 tau=45 delta=1", "MBS").value).toEqual(rational(6n));
    expect(figure("gcra T=10 tau=44 delta=1", "MBS").value).toEqual(rational(5n));
    expect(figure("gcra T=10 MBS=32 delta=1", "tau").value).toEqual(rational(279_000_000_000n));
    expect(figure("gcra T=10 tau=45 delta=10", "MBS").text).toContain("unlimited");
  });

  test("as the algorithm has it, for all T below 12 and tau below 60", () => {
    for (let increment = 1n; increment < 12n; increment += 1n) {
      for (let spacing = 0n; spacing < increment; spacing += 1n) {
        for (let limit = 0n; limit < 60n; limit += 1n) {
          const formula = burstOfLimit(rational(increment), rational(limit), rational(spacing));
          expect([increment, spacing, limit, formula]).toEqual([
            increment,
            spacing,
            limit,
            tried(increment, limit, spacing),
          ]);
        }
      }
    }
  });
});

test("row 16: PCR 100/s, SCR 10/s, MBS 11 is a tolerance of 0.9 s", () => {
  expect(figure("PCR=100 SCR=10 MBS=11", "burst tolerance").value).toEqual(rational(900n * MS_NS));
  const policy = compileDocument(explain("PCR=100 SCR=10 MBS=11").policy);
  const cells = Array.from({ length: 12 }, (_, cell) => ({ timeNs: BigInt(cell) * 10n * MS_NS, length: 53, key: 1n }));
  const { colors } = runPackets(ENGINES[0]!.create(engineOptions(policy)), cells);
  expect(colors).toEqual([...Array.from({ length: 11 }, () => 0), 2]);
});

describe("row 24 and F1: tc's tbf", () => {
  const line = "tbf rate 1mbit burst 10kb latency 100ms peakrate 1mbit mtu 1500";

  test("the example of the texts: EINVAL, a limit of 14000 B, and no full frame passes", () => {
    const { refuses } = explain(line);
    expect(refuses[0]).toContain("EINVAL: peakrate 125,000 B/s is not above rate 125,000 B/s");
    expect(refuses[1]).toContain("a full Ethernet frame has 1514 B, mtu 1500 is 1,500 B");
    expect(figure(line, "limit").value).toEqual(rational(14_000n));
    expect(explain(line.replace("peakrate 1mbit mtu 1500", "peakrate 2mbit mtu 1540")).refuses).toEqual([]);
  });

  test("F12: 10kb is 10240 B, kbit is 1000 bit, mbps megabytes, each figure with its unit", () => {
    expect(figure(line, "burst")).toMatchObject({ value: rational(10_240n), text: "10,240 B" });
    expect(figure(line, "rate")).toMatchObject({ value: rational(125_000n), text: "1 Mbit/s = 125,000 B/s" });
    expect(figure(line.replace("rate 1mbit", "rate 1mbps"), "rate").value).toEqual(rational(1_000_000n));
    expect(figure(line.replace("rate 1mbit", "rate 1mibit"), "rate").value).toEqual(rational(131_072n));
    expect(figure("leaky bucket 10 KB 1250 B/s", "size b").value).toEqual(rational(10_000n));
    expect(figure("leaky bucket 10 KiB 1250 B/s", "size b").value).toEqual(rational(10_240n));
  });

  test("a leaky bucket in tbf is a burst of one frame, no peakrate", () => {
    const { policy } = explain("tbf rate 1mbit burst 1514 limit 100kb");
    expect(policy).toEqual({
      shaper: "token-bucket",
      rate: "1 Mbit/s",
      burst: "1514 B",
      limit: "102400 B",
      length: "frame",
    });
  });
});

describe.each(ENGINES)("row 25 and F2: nginx, 10 r/s burst=5, 10 at once, on $name", (row: EngineRow) => {
  const requests = sameInstant(10);
  const engineFor = (line: string) => row.create(engineOptions(compileDocument(explain(line).policy)));

  test("1 passes now, 5 after 100 to 500 ms, 4 are refused", () => {
    const engine = engineFor("limit_req zone=one burst=5 rate=10r/s");
    const delays = departuresOf(engine, requests).map((ns) => (ns === undefined ? undefined : ns / MS));
    expect(delays).toEqual([0n, 100n, 200n, 300n, 400n, 500n, undefined, undefined, undefined, undefined]);
  });

  test("nodelay: 6 pass", () => {
    const { colors } = runPackets(engineFor("limit_req rate=10r/s burst=5 nodelay"), requests);
    expect(colors).toEqual([0, 0, 0, 0, 0, 0, 2, 2, 2, 2]);
  });

  test("delay=2: 3 pass now, 3 after 100 to 300 ms", () => {
    const engine = engineFor("limit_req rate=10r/s burst=5 delay=2");
    const delays = departuresOf(engine, requests).map((ns) => (ns === undefined ? undefined : ns / MS));
    expect(delays).toEqual([0n, 0n, 0n, 100n, 200n, 300n, undefined, undefined, undefined, undefined]);
  });
});

test("row 25: 1r/m is kept as 16 thousandths a second, 0.96 a minute", () => {
  const explained = explain("limit_req rate=1r/m");
  expect(explained.figures[0]!.value).toEqual(rational(16n, 1000n));
  expect(explained.rounds[0]).toContain("0.016 a second, 0.96 a minute");
});

describe("rows 26 and 27, F5: TCP behind a bucket", () => {
  const [packet, rtt] = [rational(1500n), rational(100n * MS_NS)];
  const product = (mbits: bigint) => bandwidthDelay(rational(mbits * 125_000n), rtt);

  test("row 26: 10 Mb/s x 100 ms is 125000 B, and a policer needs 579 kB for Reno", () => {
    expect(figure("bdp 10 Mbit/s 100 ms", "bandwidth-delay product").value).toEqual(rational(125_000n));
    const needed = policerBurst(product(10n), packet, RENO);
    expect((needed.num / needed.den + 500n) / 1000n).toBe(579n);
    expect(figure("bdp 10 Mbit/s 100 ms", "policer's bucket, Reno").value).toEqual(needed);
  });

  test("F5: it grows with the square: 4.6 BDP at 10 Mb/s, 13.9 at 30", () => {
    const tenths = [10n, 30n].map((mbits) => {
      const { num, den } = policerBurst(product(mbits), packet, RENO);
      const bdp = product(mbits).num / product(mbits).den;
      return (num * 10n + (den * bdp) / 2n) / (den * bdp);
    });
    expect(tenths).toEqual([46n, 139n]);
  });

  test.for([
    [10n, 1n],
    [10n, 2n],
    [30n, 1n],
    [30n, 4n],
  ] as const)(
    "row 27: a simulated flow at %i Mb/s behind %i BDP is as the formula within 0.7 points",
    ([mbits, times]) => {
      const burstBytes = (product(mbits).num / product(mbits).den) * times;
      const setting = {
        bytesPerSec: mbits * 125_000n,
        rttNs: 100n * MS_NS,
        packetBytes: 1500n,
        burstBytes,
        beta: RENO,
      };
      const policed = part(policedUse({ ...setting, rounds: 5000 }));
      const formula = part(policerUse(rational(burstBytes), product(mbits), packet, RENO));
      expect(Math.abs(policed - formula)).toBeLessThan(0.007);
      if (mbits === 10n && times === 1n) expect(Math.floor(policed * 100)).toBe(86);
      expect(part(shapedUse({ ...setting, rounds: 5000 }))).toBeGreaterThan(0.9999);
    },
  );

  test("row 28: 10 MB at 1 Mb/s on a link of 10 Mb/s take 80 s instead of 8 s", () => {
    const line = "bdp 1Mbit/s 100ms link=10Mbit/s transfer=10MB";
    expect(figure(line, "transfer, at the rate").value).toEqual(rational(80_000n * MS_NS));
    expect(figure(line, "transfer, on the idle link").value).toEqual(rational(8000n * MS_NS));
  });
});
