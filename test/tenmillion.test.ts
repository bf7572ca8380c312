// Goal: among ten million packets one larger one is seen, wherever they are drawn, at its time and with its height.
import { expect, test } from "vitest";
import { compilePolicy } from "../src/policies.ts";
import { binRates, intervalFor, rateLines } from "../src/playground/picture/rates.ts";
import { bucketsInfoOf } from "../src/see/bucketinfo.ts";
import { FlowSeries } from "../src/see/flowseries.ts";
import { packBins, packFlows, unpackBins, unpackSteps } from "../src/see/packing.ts";
import { levelPicture } from "../src/see/picture/levelpicture.ts";
import { ratePicture } from "../src/see/picture/ratepicture.ts";
import { ratesBetween } from "../src/see/rateview.ts";
import { TimeBins } from "../src/see/timebins.ts";
import { drawnPanels } from "./support/drawn.ts";

const PACKETS = 10_000_000;
/** Apart. */
const STEP_NS = 1000;
const SPAN_NS = (PACKETS - 1) * STEP_NS;
const SMALL_BYTES = 64;
const SPIKE = { packet: 6_543_210, bytes: 9000 } as const;
const SPIKE_NS = SPIKE.packet * STEP_NS;
/** 100 bytes drain between two packets, more than a small one has. */
const POLICY = compilePolicy({ meter: "token-bucket", rate: "100 MB/s", burst: "64 kB" });
const HEAD = { title: "title", lines: ["capture", "policy"], alt: "what it shows" };
const COLUMNS = 1200;
/** Bins of a report. */
const BINS = 8192;

function bytesOf(packet: number): number {
  return packet === SPIKE.packet ? SPIKE.bytes : SMALL_BYTES;
}

/** The flow of all packets, as it is followed for its level. */
function followed(window?: { fromNs: number; toNs: number }): FlowSeries {
  const [profile] = POLICY.profiles;
  const [{ levelPerUnit, drainPerNs }] = profile!.buckets;
  const [perUnit, perStep] = [Number(levelPerUnit), Number(drainPerNs) * STEP_NS];
  const series = new FlowSeries(profile!, 0, [0, 0], window);
  let level = 0;
  for (let packet = 0; packet < PACKETS; packet += 1) {
    const bytes = bytesOf(packet);
    level = Math.max(0, level - perStep) + bytes * perUnit;
    series.take(packet * STEP_NS, bytes, 0, level, 0);
  }
  series.end(SPAN_NS);
  return series;
}

function highest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((best, value, index) => (value > values[best]! ? index : best), 0);
}

test("the level: in what a report embeds, in a picture, and alone in a window", () => {
  const series = followed();
  const [flow] = packFlows([{ flow: "all", series, isPartial: false }]);
  const { timesNs, before, after } = unpackSteps(flow!.steps[0]!);
  const at = highest(after);
  expect([timesNs[at], after[at]]).toStrictEqual([SPIKE_NS, SPIKE.bytes]);
  expect(before[at]).toBeLessThanOrEqual(SMALL_BYTES);
  const buckets = bucketsInfoOf(POLICY);
  const [{ line, nsPerPixel, levelPerPixel }] = drawnPanels(levelPicture(HEAD, series, buckets, SPAN_NS)) as [
    ReturnType<typeof drawnPanels>[number],
  ];
  const [timeNs, level] = line[highest(line.map(([, height]) => height))]!;
  expect(Math.abs(timeNs - SPIKE_NS)).toBeLessThan(nsPerPixel);
  expect(Math.abs(level - SPIKE.bytes)).toBeLessThan(levelPerPixel);
  const window = { fromNs: SPIKE_NS - 2500, toNs: SPIKE_NS + 2500 };
  const steps = followed(window).lines[0]!.steps();
  expect([...steps.timesNs].filter((time) => time % STEP_NS === 0 && time >= window.fromNs)).toContain(SPIKE_NS);
  expect(steps.after[highest(steps.after)]).toBe(SPIKE.bytes);
});

test("the rate: in a report's peaks and in a picture's", () => {
  const bins = new TimeBins(BINS);
  for (let packet = 0; packet < PACKETS; packet += 1) bins.add(packet * STEP_NS, 0, bytesOf(packet));
  const counts = unpackBins(packBins(bins.counts()));
  expect(counts.packets[0]!.reduce((sum, packets) => sum + packets, 0)).toBe(PACKETS);
  const view = ratesBetween(counts, 0, SPAN_NS, COLUMNS, "bit");
  const step = highest(view.offeredPeak);
  expect(view.timesNs[step]! <= SPIKE_NS && SPIKE_NS < view.timesNs[step + 1]!).toBe(true);
  const perSec = 8e9 / counts.widthNs;
  const inBin = Math.ceil(counts.widthNs / STEP_NS) * SMALL_BYTES;
  expect(view.offeredPeak[step]! / perSec).toBeGreaterThan(inBin - 2 * SMALL_BYTES + SPIKE.bytes - SMALL_BYTES);
  const svg = ratePicture(HEAD, { counts, startNs: 0, unit: "bit", hasYellow: false });
  const [, peaks] = [...svg.matchAll(/<g class="panel">[\s\S]*?<polyline class="line ink" points="([^"]+)"/gu)];
  const points = peaks![1]!.split(" ").map((point) => point.split(",").map(Number) as [number, number]);
  const [x] = points[highest(points.map(([, y]) => -y))]!;
  const part = (x - points[0]![0]) / (points.at(-1)![0] - points[0]![0]);
  expect(part * SPAN_NS).toBeGreaterThan(SPIKE_NS - view.stepNs * 4);
  expect(part * SPAN_NS).toBeLessThan(SPIKE_NS + view.stepNs * 4);
});

test("the rate: in the playground's line", () => {
  const clockNs = new Float64Array(PACKETS);
  const frameBytes = new Uint32Array(PACKETS);
  for (let packet = 0; packet < PACKETS; packet += 1) {
    clockNs[packet] = packet * STEP_NS;
    frameBytes[packet] = bytesOf(packet);
  }
  const none = new Uint32Array(0);
  const columns = { packets: PACKETS, time: none, clockNs, frameBytes, ipBytes: none, flow: none };
  const capture = { ...columns, colorIn: new Uint8Array(0), originNs: 0n };
  const window = { fromNs: 0, toNs: SPAN_NS };
  const widthNs = intervalFor(window, 0, COLUMNS);
  const bins = binRates(capture, new Uint8Array(PACKETS), frameBytes, PACKETS, window, widthNs);
  const { lines, largest } = rateLines(bins, "bytes", window, COLUMNS);
  const { x, y } = lines.offered;
  const at = highest(y);
  expect([y[at], largest]).toStrictEqual([
    largest,
    ((widthNs / STEP_NS - 1) * SMALL_BYTES + SPIKE.bytes) * (8e9 / widthNs),
  ]);
  expect(Math.abs(x[at]! - SPIKE_NS)).toBeLessThanOrEqual(widthNs);
});
