// Goal: a report says what `weir meter` says, draws what happened packet by packet, and needs nothing but itself.
import { describe, expect, test } from "vitest";
import { compileClasses, compilePolicy, loadPolicyText, type PolicyInput } from "../src/policies.ts";
import { compileLoaded } from "../src/policies.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReportData } from "../src/see/document.ts";
import { unpackBins, unpackMarks, unpackSteps } from "../src/see/packing.ts";
import {
  type CountJson,
  ipFrame,
  meterJson,
  meterRows,
  MS,
  OFFICE,
  optionsOf,
  ROOT,
  Scratch,
  type SummaryJson,
} from "./support/cli.ts";
import { levelAt, reportOf, sumOf, type TimedRow, timedRows } from "./support/seen.ts";

const scratch = new Scratch();
const COLORS = ["green", "yellow", "red"] as const;
/** Levels are drawn to 24 bits of the highest, from numbers of 53 bits. */
const PART_OFF_MAX = 1e-6;

const POLICIES: readonly PolicyInput[] = [
  { meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" },
  { meter: "srtcm", cir: "1 Mbit/s", cbs: "16 kB", ebs: "32 kB" },
  { meter: "gcra", increment: "5 ms", limit: "50 ms", cost: "packets" },
  { meter: "turner", rate: "1 Mbit/s", burst: "16 kB" },
  { meter: "event-counter", rate: "50 packets/s", alarm: "100 packets", clear: "20 packets" },
  { meter: "dual", peakRate: "4 Mbit/s", peakBurst: "3 kB", rate: "1 Mbit/s", burst: "16 kB", mode: "sequential" },
  { meter: "trtcm", cir: "500 kbit/s", cbs: "8 kB", pir: "2 Mbit/s", pbs: "16 kB" },
  { meter: "trtcm-4115", cir: "500 kbit/s", cbs: "8 kB", eir: "500 kbit/s", ebs: "16 kB" },
  { meter: "mef", cir: "500 kbit/s", cbs: "8 kB", eir: "100 kbit/s", ebs: "16 kB", coupling: "on" },
];

/** Sums over time by color against totals. */
function expectSums(data: ReportData["rates"], totals: Readonly<Record<(typeof COLORS)[number], CountJson>>): void {
  const { packets, bytes } = unpackBins(data);
  for (const [color, name] of COLORS.entries()) {
    expect([sumOf(packets[color]!), sumOf(bytes[color]!)]).toStrictEqual([totals[name].packets, totals[name].bytes]);
  }
}

/** What `weir meter --json` says of it all, but for how much memory it took. */
function comparable(summary: SummaryJson): unknown {
  return { ...summary, topFlows: [], memory: null };
}

describe.each(POLICIES)("$meter of the office", (input) => {
  const policy = compilePolicy(input);
  const args = [OFFICE, ...optionsOf(input)];

  test("its totals, its series and its flows are those of weir meter --json", async () => {
    const { data } = await reportOf([OFFICE], policy, { top: 50 });
    const expected = meterJson([...args, "--top", "50"]);
    expect({ ...(data.summary as object), memory: null }).toStrictEqual(comparable(expected));
    expectSums(data.rates, expected);
    const rows = expected.topFlows.map(({ flow, packets, bytes, yellow, red }) => [
      flow,
      packets,
      bytes,
      yellow.bytes,
      red.packets,
      red.bytes,
    ]);
    expect(data.flows.map((row) => row.slice(0, 6))).toStrictEqual(rows);
    expect(data.watched.map(({ flow }) => flow)).toStrictEqual(expected.topFlows.slice(0, 8).map(({ flow }) => flow));
  });

  test("its levels and marks are those of every single packet", async () => {
    const { data } = await reportOf([OFFICE], policy);
    const rows = meterRows([...args, "--levels"]);
    const timed = timedRows(rows, BigInt(data.originNs!));
    expect(data.spanNs).toBe(timed.at(-1)!.atNs);
    for (const flow of data.watched) {
      const own = timed.filter((row) => row.flow === flow.flow);
      expectMarks(own, flow);
      for (const [bucket, packed] of flow.steps.entries()) {
        const steps = unpackSteps(packed);
        const { depth } = data.buckets[bucket]!;
        for (const [index, { atNs, levels }] of own.entries()) {
          // What is drawn at a time is what the last packet of that time leaves.
          if (own[index + 1]?.atNs === atNs) continue;
          const off = Math.abs(levelAt(steps, atNs) - Number(levels![bucket])) / depth!;
          if (packed.thinnedNs === 0) expect(off, `${flow.flow} at ${atNs}`).toBeLessThan(PART_OFF_MAX);
        }
        const highest = Math.max(...own.map(({ levels }) => Number(levels![bucket])));
        expect(Math.abs(Math.max(...steps.after) - highest) / depth!).toBeLessThan(PART_OFF_MAX);
      }
    }
  });
});

function expectMarks(rows: readonly TimedRow[], flow: ReportData["watched"][number]) {
  for (const color of ["yellow", "red"] as const) {
    const marked = rows.filter((row) => row.color === color);
    const marks = unpackMarks(flow[color]);
    expect(sumOf(marks.packets)).toBe(marked.length);
    expect(sumOf(marks.bytes)).toBe(sumOf(marked.map(({ length }) => length)));
    const { mergedNs } = flow[color];
    if (mergedNs === 0) expect([...marks.timesNs]).toStrictEqual(marked.map(({ atNs }) => atNs));
    for (const { atNs } of marked) {
      const mark = marks.timesNs.findLast((timeNs) => timeNs <= atNs)!;
      expect(atNs - mark).toBeLessThanOrEqual(mergedNs);
    }
  }
}

describe("classes of the office", () => {
  const file = join(ROOT, "docs/office.yaml");

  test("totals of classes and nodes, and each class over time, are those of weir meter --json", async () => {
    const policy = compileLoaded(await loadPolicyText(readFileSync(file, "utf8"), file));
    const { data, html } = await reportOf([OFFICE], policy);
    const expected = meterJson([OFFICE, "--policy", file, "--top", "1000"]);
    const { nodes, ...rest } = data.summary as SummaryJson;
    const { nodes: expectedNodes, ...expectedRest } = expected;
    expect({ ...rest, memory: null }).toStrictEqual(comparable(expectedRest as SummaryJson));
    expect(nodes).toStrictEqual(expectedNodes);
    expectSums(data.rates, expected);
    for (const { name, rates } of data.classes) {
      expectSums(
        rates,
        expected.classes.find((known) => known.name === name)!,
      );
    }
    expect(data.classes.length).toBe(expected.classes.filter(({ packets }) => packets !== 0).length);
    expect(data.watched).toStrictEqual([]);
    expect(html).toContain("Under a policy of classes a packet is charged to several buckets");
    for (const { name } of expected.classes) expect(html).toContain(`<td>${name}`);
    expect(html).toMatch(/<td>uplink<\/td><td class="number">1<\/td><td class="number">107,123<\/td>/u);
  });
});

/** What would reach out of a page: addresses, and attributes and rules that load. */
const REACHES = /https?:|\/\/|\bsrc\s*=|\bhref\s*=|\burl\s*\(|@import|\bfetch\b|XMLHttpRequest|WebSocket|sendBeacon/giu;

describe("the file", () => {
  const policy = compilePolicy(POLICIES[0]!);

  test("names no address and loads nothing", async () => {
    const { html } = await reportOf([OFFICE], policy);
    expect(html.match(REACHES) ?? []).toStrictEqual([]);
    expect(html).toContain("default-src 'none'");
  });

  test("cannot be broken out of by the name of a capture", async () => {
    const evil = scratch.pcap("</script><script>alert(1)<!--&.pcap".replaceAll("/", "\u2215"), [ipFrame(0n, 100)]);
    const { html, data } = await reportOf([evil], policy);
    expect(html).not.toContain("<script>alert");
    expect((data.summary as { captures: { name: string }[] }).captures[0]!.name).toBe(evil);
  });

  test("has the license of the library that draws", async () => {
    const { html } = await reportOf([OFFICE], policy);
    expect(html).toContain("Copyright (c) 2022 Leon Sorokin");
    expect(html).toContain("The above copyright notice and this permission notice shall be included");
  });

  test("is the same for the same captures", async () => {
    const [first, second] = [await reportOf([OFFICE], policy), await reportOf([OFFICE], policy)];
    expect(second.html).toBe(first.html);
  });
});

describe("captures that hold little", () => {
  const policy = compilePolicy({ meter: "token-bucket", rate: "1 kB/s", burst: "500 B" });

  test("no packet", async () => {
    const { html, data } = await reportOf([scratch.pcap("empty.pcap", [])], policy);
    expect(html).toContain("No packets were metered.");
    expect(html).not.toContain('<section id="rates"');
    expect([data.originNs, data.spanNs, data.flows, data.watched]).toStrictEqual([null, 0, [], []]);
  });

  test("one packet", async () => {
    const { html, data } = await reportOf([scratch.pcap("one.pcap", [ipFrame(7n * MS, 100)])], policy);
    expect(html).toContain("All packets came at one instant, so there is no rate over time.");
    expect(data.originNs).toBe(String(7n * MS));
    const { timesNs, before, after } = unpackSteps(data.watched[0]!.steps[0]!);
    expect([[...timesNs], [...before], [...after]]).toStrictEqual([
      [0, 0, 0],
      [0, 0, 100],
      [0, 100, 100],
    ]);
  });

  test("refused packets only", async () => {
    const frames = Array.from({ length: 20 }, (_, index) => ipFrame(BigInt(index) * 100n * MS, 1000));
    const { data } = await reportOf([scratch.pcap("red.pcap", frames)], policy);
    const [flow] = data.watched;
    const red = unpackMarks(flow!.red);
    expect([...red.timesNs]).toStrictEqual(frames.map(({ timeNs }) => Number(timeNs)));
    expect(new Set(red.levels[0])).toStrictEqual(new Set([1000]));
    expect(new Set(unpackSteps(flow!.steps[0]!).after)).toStrictEqual(new Set([0]));
  });

  test("times far apart, and one before the first", async () => {
    const frames = [5n * MS, 0n, 4_000_000_000n * 1000n * MS].map((timeNs) => ipFrame(timeNs, 100));
    const { data } = await reportOf([scratch.pcap("far.pcap", frames)], policy);
    expect(data.spanNs).toBe(4e18 - 5e6);
    expectSums(data.rates, { green: { packets: 3, bytes: 300 }, yellow: NOTHING, red: NOTHING });
    expect((data.summary as SummaryJson).time.regressions).toBe(1);
  });
});

const NOTHING = { packets: 0, bytes: 0 };

test("more than two buckets: rates, and why there are no levels", async () => {
  const input = { meter: "multi", buckets: ["1 Mbit/s 16 kB", "1000 packets/s 100 packets", "2 Mbit/s 20 kB"] };
  const { data, html } = await reportOf([OFFICE], compilePolicy(input));
  expect(data.watched).toStrictEqual([]);
  expect(html).toContain("Levels are drawn of one or two buckets of a flow");
  expectSums(data.rates, meterJson([OFFICE, ...optionsOf(input)]));
});

test("how many flows lost how much adds up to what was refused", async () => {
  const { looked } = await reportOf([OFFICE], compilePolicy(POLICIES[0]!));
  const { excess, summary } = looked;
  for (const classes of [excess.byBytes, excess.byPart]) {
    expect(sumOf(classes.map(({ flows }) => flows))).toBe(Number(summary.flows));
    expect(sumOf(classes.map(({ refusedBytes }) => refusedBytes))).toBe(Number(summary.stats.red.bytes));
  }
  const losers = meterJson([OFFICE, ...optionsOf(POLICIES[0]!), "--top", "100000"]).topFlows;
  const upTo = (bytes: number) =>
    losers.filter(({ red }) => Number(red.bytes) > bytes / 10 && Number(red.bytes) <= bytes);
  for (const { most, flows } of excess.byBytes.slice(2)) expect(flows).toBe(upTo(most).length);
  expect(excess.byBytes[0]!.flows).toBe(losers.filter(({ red }) => red.bytes === 0).length);
});

test("a class that blocks has no flow, and counts", async () => {
  const policy = compileClasses({
    classes: [
      { name: "no", match: { src: "10.0.0.1/32" }, action: "block" },
      { name: "rest", rate: "1 kB/s", burst: "2 kB" },
    ],
  });
  const { data } = await reportOf([scratch.pcap("blocked.pcap", [ipFrame(0n, 100), ipFrame(MS, 100)])], policy);
  expectSums(data.rates, { green: NOTHING, yellow: NOTHING, red: { packets: 2, bytes: 200 } });
  expect(data.classes.map(({ name }) => name)).toStrictEqual(["no"]);
});
