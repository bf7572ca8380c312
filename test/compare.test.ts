// Goal: a comparison counts every packet once, as each policy by itself has it, whatever is compared.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Comparison } from "../src/compare/comparison.ts";
import { Delays } from "../src/compare/delays.ts";
import { DIFFERENCE_COLUMNS, differenceRows } from "../src/compare/difference.ts";
import { FlowDifferences } from "../src/compare/flows.ts";
import { PairMeter } from "../src/compare/pair.ts";
import { coreModule } from "../src/core/module.node.ts";
import { compileClasses, compilePolicy } from "../src/policies.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import type { Policy } from "../src/types.ts";
import { ipFrame, tableRows } from "./support/cli.ts";
import { type WrittenFrame, writePcap } from "./support/writer.ts";

const US = 1000n;
const COLORS = [0, 1, 2] as const;

const POLICIES: Readonly<Record<string, () => Policy>> = {
  bucket: () => compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "4 kB" }),
  srtcm: () => compilePolicy({ meter: "srtcm", cir: "1 Mbit/s", cbs: "4 kB", ebs: "4 kB" }),
  shaper: () => compilePolicy({ shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "4 kB" }),
  tbf: () => compilePolicy({ shaper: "token-bucket", rate: "1 Mbit/s", burst: "4 kB", limit: "6 kB" }),
  ip: () => compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "4 kB", length: "ip" }),
  classes: () =>
    compileClasses({
      classes: [
        { name: "dns", match: { dstPort: "53" }, action: "block" },
        { name: "rest", match: {}, by: "src", meter: "token-bucket", rate: "500 kbit/s", burst: "3 kB" },
      ],
    }),
};

function meterOf(policy: Policy): CaptureMeter {
  return new CaptureMeter(coreModule(), {
    policy,
    captureCount: 1,
    keying: { by: "5-tuple" },
    maxFlows: 1024,
    secret: [1, 2, 3, 4],
    records: true,
    delays: false,
    skipOther: false,
  });
}

/** What two meters in lock-step say of a capture that comes in pieces. */
function compared(bytes: Uint8Array, policies: readonly [Policy, Policy], pieceBytes: number) {
  const pair = new PairMeter(meterOf(policies[0]), meterOf(policies[1]));
  const comparison = new Comparison(pair, policies);
  let rows = "";
  const colors: [number[], number[]] = [[], []];
  let at = 0;
  for (;;) {
    const step = pair.step();
    if (step.kind === "done") break;
    if (step.kind === "batch") {
      for (const side of [0, 1] as const) colors[side].push(...comparison.sides[side].color.subarray(0, step.packets));
      comparison.take(step.packets);
      rows += differenceRows(comparison);
      continue;
    }
    const piece = bytes.subarray(at, at + Math.min(pieceBytes, pair.space(step.capture).length));
    pair.space(step.capture).set(piece);
    pair.feed(step.capture, piece.length);
    at += piece.length;
  }
  const differences = tableRows(`${DIFFERENCE_COLUMNS}\n${rows}`, DIFFERENCE_COLUMNS);
  return { comparison, differences, colors };
}

const frames = fc
  .array(
    fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 60, max: 1514 }), fc.integer({ min: 0, max: 3 })),
    {
      minLength: 1,
      maxLength: 120,
    },
  )
  .map((moves) => {
    let timeNs = 1_000_000_000n;
    return moves.map(([us, length, flow]): WrittenFrame => {
      timeNs += BigInt(us) * US;
      return ipFrame(timeNs, length, { source: `10.0.0.${flow}`, destinationPort: flow === 0 ? 53 : 80 });
    });
  });
const names = fc.constantFrom(...Object.keys(POLICIES));

describe("two policies in lock-step", () => {
  test("say what each says alone, and every packet is in one cell of the matrix", () => {
    fc.assert(
      fc.property(frames, names, names, fc.integer({ min: 1, max: 4000 }), (written, nameA, nameB, pieceBytes) => {
        const policies = [POLICIES[nameA]!(), POLICIES[nameB]!()] as const;
        const bytes = writePcap(written, { clock: "nano" });
        const { comparison, differences, colors } = compared(bytes, policies, pieceBytes);
        const alone = policies.map((policy) => compared(bytes, [policy, policy], 1 << 20).colors[0]);
        expect(colors).toEqual(alone);
        for (const a of COLORS) {
          for (const b of COLORS) {
            const packets = written.filter((_, index) => colors[0][index] === a && colors[1][index] === b);
            expect(comparison.count(a, b).packets).toBe(BigInt(packets.length));
          }
        }
        const { otherColor, delaysOnly, first, flows } = comparison;
        expect(otherColor.packets + delaysOnly.packets).toBe(BigInt(differences.length));
        expect(first === undefined ? undefined : [`${first.index}`, `${first.timeNs}`, first.flow]).toEqual(
          differences[0]?.slice(0, 3),
        );
        const inFlows = [0, ...flows.worst(100)].map((record) => flows.of(record).packets);
        expect(inFlows.reduce((sum, packets) => sum + packets)).toBe(differences.length);
        if (nameA === nameB) expect(differences).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  test("E2: a shaper drops what the meter refuses, and each departure is the arrival and the delay", () => {
    fc.assert(
      fc.property(frames, (written) => {
        const bytes = writePcap(written, { clock: "nano" });
        const { comparison, differences } = compared(bytes, [POLICIES["bucket"]!(), POLICIES["shaper"]!()], 1 << 20);
        expect(comparison.otherColor.packets).toBe(0n);
        // Nothing waits before the first packet.
        expect(differences[0]![7]).toBe(`${written[0]!.originalBytes! * 8000}`);
        for (const [, timeNs = "", , length, , , delayA, delayB = "", departureA, departureB] of differences) {
          expect([delayA, departureA]).toEqual(["0", timeNs]);
          expect(departureB).toBe(`${BigInt(timeNs) + BigInt(delayB)}`);
          // Its own bytes take 8 us each at 1 Mbit/s, and a full queue of 4 kB 32 ms.
          expect(Number(delayB)).toBeGreaterThanOrEqual(Number(length) * 8000);
          expect(Number(delayB)).toBeLessThanOrEqual(32_000_000);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("the worst flow is the one that loses most by the choice, then the one that waits most", () => {
    const flows = new FlowDifferences();
    const [waits, waitsLess, loses] = [5000, 7, 2];
    flows.take({ record: waits, length: 100, colorA: 0, colorB: 0, laterNs: -900 });
    flows.take({ record: waitsLess, length: 100, colorA: 0, colorB: 0, laterNs: 500 });
    flows.take({ record: loses, length: 100, colorA: 2, colorB: 0, laterNs: 0 });
    flows.take({ record: loses, length: 100, colorA: 1, colorB: 2, laterNs: 0 });
    flows.take({ record: 0, length: 100, colorA: 1, colorB: 2, laterNs: 0 });
    expect(flows.worst(9)).toEqual([loses, waits, waitsLess]);
    expect(flows.worst(1)).toEqual([loses]);
    expect(flows.of(loses)).toEqual({ packets: 2, bytes: 200, refusedByA: 100, refusedByB: 100, laterNs: 0 });
    expect(flows.of(waits)).toEqual({ packets: 1, bytes: 100, refusedByA: 0, refusedByB: 0, laterNs: -900 });
    expect([flows.count, flows.of(0).packets]).toEqual([3, 1]);
  });

  test("of thousands of flows the worst are found", () => {
    const flows = new FlowDifferences();
    for (let record = 1; record <= 9000; record += 1) {
      flows.take({ record, length: 1 + ((record * 7919) % 9001), colorA: 2, colorB: 0, laterNs: 0 });
    }
    const all = Array.from({ length: 9000 }, (_, index) => index + 1);
    const wanted = all.toSorted(
      (left, right) => flows.of(right).refusedByA - flows.of(left).refusedByA || left - right,
    );
    expect(flows.worst(50)).toEqual(wanted.slice(0, 50));
  });
});

describe("delays", () => {
  const delay = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.maxSafeInteger().map(Math.abs),
    fc.nat({ max: 53 }).map((bit) => 2 ** bit - 1),
  );

  test("number, bounds and mean are exact, quantiles less than 1/128 too high", () => {
    fc.assert(
      fc.property(fc.array(delay, { minLength: 1, maxLength: 300 }), (taken) => {
        const delays = new Delays();
        for (const ns of taken) delays.take(ns);
        const sorted = taken.toSorted((left, right) => left - right);
        const { packets, leastNs, meanNs, medianNs, p99Ns, mostNs } = delays.statistics!;
        expect([packets, leastNs, mostNs]).toEqual([taken.length, sorted[0], sorted.at(-1)]);
        expect(delays.delayed).toBe(taken.filter((ns) => ns > 0).length);
        expect(BigInt(meanNs)).toBe(taken.reduce((sum, ns) => sum + BigInt(ns), 0n) / BigInt(taken.length));
        for (const [got, permille] of [
          [medianNs, 500],
          [p99Ns, 990],
        ] as const) {
          const exact = sorted[Math.ceil((taken.length * permille) / 1000) - 1]!;
          expect(got).toBeGreaterThanOrEqual(exact);
          expect(got - exact).toBeLessThanOrEqual(exact / 128);
        }
      }),
    );
  });

  test("none without packets", () => {
    expect(new Delays().statistics).toBeNull();
  });
});
