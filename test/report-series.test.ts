// Goal: what is drawn was there. Sums over time are exact, extremes survive every thinning, packing loses nothing.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cornersNs, drainedLevels } from "../scripts/docs/drain.ts";
import { compilePolicy } from "../src/policies.ts";
import { fallenFirst, fallenSecond, fallOf } from "../src/see/fall.ts";
import { FlowSeries } from "../src/see/flowseries.ts";
import { extremesOf, LevelLine } from "../src/see/levelline.ts";
import { Marks } from "../src/see/marks.ts";
import { packColumn, packWhole, unpackColumn, unpackWhole } from "../src/see/pack.ts";
import { ratesBetween } from "../src/see/rateview.ts";
import { TimeBins } from "../src/see/timebins.ts";
import type { Color } from "../src/types.ts";

const SEED = 20_260_118;
const BINS = 64;

/** Packets as gaps in ns, colors and lengths; gaps over many orders of magnitude. */
const packetsArbitrary = fc.array(
  fc.record({
    gapNs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 5000 }),
      fc.maxSafeNat().map((gap) => gap % 2 ** 44),
    ),
    color: fc.constantFrom<Color>(0, 1, 2),
    bytes: fc.integer({ min: 0, max: 70_000 }),
  }),
  { minLength: 1, maxLength: 300 },
);

function timesOf(packets: readonly { readonly gapNs: number }[]): number[] {
  let timeNs = 0;
  return packets.map(({ gapNs }) => (timeNs += gapNs));
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0);
}

describe("time bins", () => {
  test("hold what falls into them, however often they were merged", () => {
    const property = fc.property(packetsArbitrary, (packets) => {
      const times = timesOf(packets);
      const bins = new TimeBins(BINS);
      for (const [index, { color, bytes }] of packets.entries()) bins.add(times[index]!, color, bytes);
      const counts = bins.counts();
      const { widthNs } = counts;
      expect(Number.isInteger(Math.log2(widthNs))).toBe(true);
      expect(counts.packets[0]!.length).toBe(Math.floor(times.at(-1)! / widthNs) + 1);
      expect(counts.packets[0]!.length).toBeLessThanOrEqual(BINS);
      const expected = counts.bytes.map((row) => row.map(() => 0));
      for (const [index, { color, bytes }] of packets.entries()) {
        expected[color]![Math.floor(times[index]! / widthNs)]! += bytes;
      }
      expect(counts.bytes).toStrictEqual(expected);
      expect(sum(counts.packets.map(sum))).toBe(packets.length);
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  test("are no wider than the span needs", () => {
    const bins = new TimeBins(BINS);
    bins.add(0, 0, 1);
    bins.add(1024 * BINS, 0, 1);
    expect(bins.counts().widthNs).toBe(2048);
  });
});

describe("rates", () => {
  test("of any piece and width add up to what was counted, and their peaks are bins", () => {
    const property = fc.property(packetsArbitrary, fc.integer({ min: 1, max: 2 * BINS }), (packets, columns) => {
      const times = timesOf(packets);
      const bins = new TimeBins(BINS);
      for (const [index, { color, bytes }] of packets.entries()) bins.add(times[index]!, color, bytes);
      const counts = bins.counts();
      const spanNs = counts.packets[0]!.length * counts.widthNs;
      const view = ratesBetween(counts, 0, spanNs, columns, "bit");
      expect(view.offered.length).toBeLessThanOrEqual(columns + 1);
      expect(view.timesNs.length).toBe(view.offered.length + 1);
      const bytes = packets.reduce((total, packet) => total + packet.bytes, 0);
      const drawn = (sum(view.offered) * view.stepNs) / 8e9;
      expect(Math.abs(drawn - bytes)).toBeLessThanOrEqual(bytes * 1e-9);
      expect(sum(view.refused)).toBe(packets.filter(({ color }) => color === 2).length);
      const all = counts.bytes[0]!.map((_, bin) => counts.bytes.reduce((total, row) => total + row[bin]!, 0));
      const highest = Math.max(...all) * (8e9 / counts.widthNs);
      expect(Math.abs(Math.max(...view.offeredPeak) - highest)).toBeLessThanOrEqual(highest * 1e-12);
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});

describe("packing", () => {
  test("gives whole numbers back", () => {
    const property = fc.property(fc.array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 })), (values) => {
      expect([...unpackWhole(packWhole(values))]).toStrictEqual(values.map((value) => value + 0));
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
    const repeats = Float64Array.from({ length: 100_000 }, (_, index) => (index === 70_000 ? 1 : 0));
    expect(unpackWhole(packWhole(repeats))).toStrictEqual(repeats);
    expect(packWhole(repeats).length).toBeLessThan(20);
  });

  test("keeps levels to 24 bits of the highest, whole ones as they are", () => {
    const property = fc.property(fc.array(fc.double({ min: 0, max: 1e12, noNaN: true })), (values) => {
      const column = Float64Array.from(values);
      const back = unpackColumn(packColumn(column));
      const highest = Math.max(0, ...values);
      for (const [index, value] of values.entries()) {
        expect(Math.abs(back[index]! - value)).toBeLessThanOrEqual(Math.max(highest * 2 ** -24, 2 ** -41));
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
    const whole = Float64Array.from([0, 16_000, 1, 15_999]);
    expect(unpackColumn(packColumn(whole))).toStrictEqual(whole);
  });

  test("has no letter that an address or a tag begins with", () => {
    expect(packWhole(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 10_007))).toMatch(/^[\w-]+$/u);
  });
});

const STEPS = 100_000;

describe("a level line", () => {
  test("of a few steps has all of them", () => {
    const line = new LevelLine();
    for (let step = 0; step < 1000; step += 1) line.step(step * 10, step, step + 1);
    expect(line.thinnedNs).toBe(0);
    expect(line.steps().timesNs).toStrictEqual(Float64Array.from({ length: 1000 }, (_, step) => step * 10));
  });

  test("of many keeps the lowest and the highest of each piece of time, and nothing that was not there", () => {
    const random = fc.sample(fc.tuple(fc.nat(1000), fc.double({ min: 0, max: 1e6, noNaN: true })), {
      seed: SEED,
      numRuns: STEPS,
    });
    const line = new LevelLine();
    const given: { timeNs: number; before: number; after: number }[] = [];
    let timeNs = 0;
    for (const [gapNs, level] of random) {
      timeNs += gapNs;
      given.push({ timeNs, before: level / 2, after: level });
      line.step(timeNs, level / 2, level);
    }
    const { timesNs, before, after } = line.steps();
    const widthNs = line.thinnedNs;
    expect(widthNs).toBeGreaterThan(0);
    expect(timesNs.length).toBeLessThanOrEqual(16_384);
    const known = new Set(given.map((step) => `${step.timeNs} ${step.before} ${step.after}`));
    const extremes = new Map<number, { least: number; most: number }>();
    for (const [index, atNs] of timesNs.entries()) {
      expect(known.has(`${atNs} ${before[index]} ${after[index]}`)).toBe(true);
      const piece = Math.floor(atNs / widthNs);
      const { least = Infinity, most = 0 } = extremes.get(piece) ?? {};
      extremes.set(piece, { least: Math.min(least, before[index]!), most: Math.max(most, after[index]!) });
    }
    for (const step of given) {
      const { least, most } = extremes.get(Math.floor(step.timeNs / widthNs))!;
      expect(least <= step.before && most >= step.after).toBe(true);
    }
  });

  test("fits into fewer steps, with the same extremes", () => {
    const line = new LevelLine();
    for (let step = 0; step < 10_000; step += 1) line.step(step * 10, step % 97, (step * 31) % 1009);
    expect(line.stepsWithin(10_000).steps).toStrictEqual(line.steps());
    for (const most of [8, 100, 9999]) {
      const { steps, thinnedNs } = line.stepsWithin(most);
      expect(steps.timesNs.length).toBeLessThanOrEqual(most);
      expect(thinnedNs).toBeGreaterThan(0);
      expect([Math.min(...steps.before), Math.max(...steps.after)]).toStrictEqual([0, 1008]);
    }
  });

  test("keeps steps in order when many are at one time", () => {
    const line = new LevelLine();
    for (let step = 0; step < STEPS; step += 1) line.step(5, step, step + 1);
    const { before, after } = line.steps();
    expect([before[0], after.at(-1)]).toStrictEqual([0, STEPS]);
    expect([...after]).toStrictEqual([...after].toSorted((a, b) => a - b));
  });

  test("its extremes for a picture hold each piece's", () => {
    const steps = { timesNs: [0, 1, 2, 10, 11], before: [5, 1, 6, 0, 3], after: [9, 8, 7, 2, 4] };
    const columns = {
      timesNs: Float64Array.from(steps.timesNs),
      before: Float64Array.from(steps.before),
      after: Float64Array.from(steps.after),
    };
    expect(extremesOf(columns, 5, 10)).toStrictEqual([0, 1, 2, 3, 4]);
    expect(extremesOf(columns, 5, 100)).toStrictEqual([0, 3, 4]);
  });
});

describe("marks", () => {
  test("are one a packet while they fit", () => {
    const marks = new Marks();
    for (let packet = 0; packet < 4096; packet += 1) marks.add(packet, packet, 1, 2);
    const { timesNs, packets, bytes } = marks.columns();
    expect(marks.mergedNs).toBe(0);
    expect(timesNs.length).toBe(4096);
    expect([sum(packets), bytes[4095]]).toStrictEqual([4096, 4095]);
  });

  test("count every packet when they do not, within the width that they tell", () => {
    const property = fc.property(fc.array(fc.nat(100_000), { minLength: 5000, maxLength: 12_000 }), (gaps) => {
      const marks = new Marks();
      const times = timesOf(gaps.map((gapNs) => ({ gapNs })));
      for (const [index, timeNs] of times.entries()) marks.add(timeNs, index % 1500, index, 0);
      const { timesNs, levels, packets, bytes } = marks.columns();
      expect(timesNs.length).toBeLessThanOrEqual(4096);
      expect(sum(packets)).toBe(times.length);
      expect(sum(bytes)).toBe(sum(times.map((_, index) => index % 1500)));
      let next = 0;
      for (const [mark, timeNs] of timesNs.entries()) {
        expect(times[next]).toBe(timeNs);
        const last = next + packets[mark]! - 1;
        expect(times[last]! - timeNs).toBeLessThan(marks.mergedNs);
        expect(levels[0]![mark]).toBe(last);
        next = last + 1;
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 5 });
  });

  test("at one time become one", () => {
    const marks = new Marks();
    for (let packet = 0; packet < STEPS; packet += 1) marks.add(7, 100, 1, 0);
    const { packets } = marks.columns();
    expect(sum(packets)).toBe(STEPS);
    expect(packets.length).toBe(1);
  });
});

const POLICIES = [
  { meter: "token-bucket", rate: "10 kB/s", burst: "3 kB" },
  { meter: "srtcm", cir: "10 kB/s", cbs: "3 kB", ebs: "5 kB" },
  { meter: "trtcm", cir: "10 kB/s", cbs: "3 kB", pir: "30 kB/s", pbs: "2 kB" },
] as const;

describe.each(POLICIES)("the fall of $meter", (input) => {
  const [profile] = compilePolicy(input).profiles;

  test("is that of the profile's integers", () => {
    const [one, two] = profile!.buckets;
    const depths = [Number(one.depthLevel), Number(two?.depthLevel ?? 0n)] as const;
    const levels = fc.tuple(fc.nat(depths[0]), fc.nat(depths[1]), fc.nat(10 ** 9));
    const property = fc.property(levels, ([first, second, elapsedNs]) => {
      const exact = drainedLevels(profile!, [BigInt(first), BigInt(second)], BigInt(elapsedNs));
      const fall = fallOf(profile!);
      const found = [fallenFirst(fall, first, elapsedNs), fallenSecond(fall, first, second, elapsedNs)];
      expect(found).toStrictEqual(exact.map(Number));
      for (const bucket of [0, 1] as const) {
        for (const cornerNs of cornersNs(profile!, [BigInt(first), BigInt(second)], bucket)) {
          expect(cornerNs).toBeGreaterThanOrEqual(0);
        }
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });
});

test("a spike of one packet among a million is in the series of its flow", () => {
  const [profile] = compilePolicy({ meter: "token-bucket", rate: "100 MB/s", burst: "64 kB" }).profiles;
  const [{ levelPerUnit, drainPerNs }] = profile!.buckets;
  const perUnit = Number(levelPerUnit);
  const series = new FlowSeries(profile!, 0, [0, 0]);
  const [packets, spike, gapNs] = [1_000_000, 654_321, 1000];
  let level = 0;
  for (let packet = 0; packet < packets; packet += 1) {
    const bytes = packet === spike ? 9000 : 64;
    level = Math.max(0, level - Number(drainPerNs) * (packet === 0 ? 0 : gapNs)) + bytes * perUnit;
    series.take(packet * gapNs, bytes, 0, level, 0);
  }
  series.end(packets * gapNs);
  const { timesNs, after } = series.lines[0]!.steps();
  const highest = after.indexOf(Math.max(...after));
  expect([timesNs[highest], after[highest]]).toStrictEqual([spike * gapNs, 9000]);
  expect(timesNs.length).toBeLessThanOrEqual(16_384);
  const counts = series.rates.counts();
  const view = ratesBetween(counts, 0, packets * gapNs, 500, "bit");
  const bin = Math.floor((spike * gapNs) / counts.widthNs);
  const peak = view.offeredPeak.indexOf(Math.max(...view.offeredPeak));
  expect(peak).toBe(Math.floor((bin * counts.widthNs) / view.stepNs));
});
