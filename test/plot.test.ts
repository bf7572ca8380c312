// Goal: the pictures of `weir plot` show what the packets did, from their SVG alone; the same packets, the same bytes.
import { describe, expect, test } from "vitest";
import { lookAt, type Looked } from "../src/cli/looked.ts";
import { compilePolicy, type PolicyInput } from "../src/policies.ts";
import { bucketsInfoOf } from "../src/see/bucketinfo.ts";
import { levelPicture } from "../src/see/picture/levelpicture.ts";
import { pngOf } from "../src/see/picture/png.node.ts";
import { ratePicture } from "../src/see/picture/ratepicture.ts";
import { emptySvg, type PictureHead } from "../src/see/picture/sheet.ts";
import { ALL_TIME, isWithin } from "../src/see/timewindow.ts";
import { ipFrame, meterJson, meterRows, MS, OFFICE, optionsOf, Scratch } from "./support/cli.ts";
import { drawnPanels } from "./support/drawn.ts";
import { levelAt, sumOf, timedRows } from "./support/seen.ts";
import { MILLION, SPIKE, spikedCapture, STEP_NS } from "./support/million.ts";

const scratch = new Scratch();
const HEAD: PictureHead = { title: "title", lines: ["capture", "policy <&>"], alt: "what it shows" };
const PIXELS_OFF_MAX = 1.1;
const PICTURE_BYTES_MAX = 100_000;

const POLICIES: readonly PolicyInput[] = [
  { meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" },
  { meter: "srtcm", cir: "1 Mbit/s", cbs: "16 kB", ebs: "32 kB" },
];

async function lookedAt(path: string, input: PolicyInput, by?: string, window = ALL_TIME): Promise<Looked> {
  const options = { quiet: true, ...(by === undefined ? {} : { by }) };
  const look = {
    policy: compilePolicy(input),
    top: 1,
    worstMax: 1,
    choose: (_: unknown, worst: readonly number[]) => worst,
    window,
  };
  return lookAt([path], options, look);
}

function levelSvg({ flows, summary, rates }: Looked): string {
  return levelPicture(HEAD, flows[0]!.series, bucketsInfoOf(summary.policy), rates.clock.spanNs);
}

/** Places of the ticks in the rows above the panels, in pixels. */
function tickPlaces(svg: string, kind: string): number[] {
  const rows = [...svg.matchAll(new RegExp(`<path class="line row ${kind}" d="([^"]*)"/>`, "gu"))];
  return rows.flatMap(([, d]) => [...d!.matchAll(/M([\d.]+) /gu)].map(([, x]) => Number(x)));
}

describe.each(POLICIES)("the level of the worst flow under $meter", (input) => {
  test("goes through the level after every packet, at the pixel of its time", async () => {
    const looked = await lookedAt(OFFICE, input);
    const svg = levelSvg(looked);
    const [{ flow, series }] = looked.flows as [Looked["flows"][number]];
    const panels = drawnPanels(svg);
    expect(panels.length).toBe(series.lines.length);
    const rows = meterRows([OFFICE, ...optionsOf(input), "--levels"]);
    const timed = timedRows(rows, looked.rates.clock.originNs!);
    const own = timed.filter((row) => row.flow === flow);
    for (const [bucket, { line, nsPerPixel, levelPerPixel }] of panels.entries()) {
      for (const { atNs, levels } of own.filter((_, index) => index % 37 === 0)) {
        const level = Number(levels![bucket]);
        const near = line.filter(([timeNs]) => Math.abs(timeNs - atNs) <= PIXELS_OFF_MAX * nsPerPixel);
        const before = line.findLast(([timeNs]) => timeNs <= atNs);
        const after = line.find(([timeNs]) => timeNs >= atNs);
        const heights = [...near, ...[before, after].filter((point) => point !== undefined)].map(
          ([, height]) => height,
        );
        expect(Math.min(...heights)).toBeLessThanOrEqual(level + PIXELS_OFF_MAX * levelPerPixel);
        expect(Math.max(...heights)).toBeGreaterThanOrEqual(level - PIXELS_OFF_MAX * levelPerPixel);
      }
      const highest = Math.max(...own.map(({ levels }) => Number(levels![bucket])));
      expect(Math.abs(Math.max(...line.map(([, level]) => level)) - highest)).toBeLessThan(levelPerPixel);
    }
    expect(svg.length).toBeLessThan(PICTURE_BYTES_MAX);
  });

  test("has a tick for every refused packet", async () => {
    const looked = await lookedAt(OFFICE, input);
    const [{ series }] = looked.flows as [Looked["flows"][number]];
    const svg = levelSvg(looked);
    const { timesNs } = series.red.columns();
    const places = new Set(tickPlaces(svg, "red-line"));
    const [panel] = drawnPanels(svg);
    const [firstNs, lastNs] = [timesNs[0]!, timesNs.at(-1)!];
    const [firstPx, lastPx] = [Math.min(...places), Math.max(...places)];
    for (const timeNs of timesNs) {
      const px = firstPx + ((timeNs - firstNs) / (lastNs - firstNs)) * (lastPx - firstPx);
      expect([...places].some((place) => Math.abs(place - px) <= 0.51)).toBe(true);
    }
    expect((lastNs - firstNs) / (lastPx - firstPx)).toBeCloseTo(panel!.nsPerPixel, -5);
  });

  test.each([
    [0, 0.5],
    [2.01, 2.02],
    [8.5, 12.25],
    [20, Infinity],
  ])("from %d s to %d s is what it is there of the whole", async (fromSec, toSec) => {
    const window = { fromNs: fromSec * 1e9, toNs: toSec * 1e9 };
    const [whole, part] = [await lookedAt(OFFICE, input), await lookedAt(OFFICE, input, undefined, window)];
    const [{ series: all }] = whole.flows as [Looked["flows"][number]];
    const [{ series }] = part.flows as [Looked["flows"][number]];
    const toNs = Math.min(window.toNs, whole.rates.clock.spanNs);
    for (const [bucket, line] of series.lines.entries()) {
      const [steps, own] = [all.lines[bucket]!.steps(), line.steps()];
      expect([own.timesNs[0], own.timesNs.at(-1)]).toStrictEqual([Math.max(window.fromNs, all.startNs), toNs]);
      for (let place = 0; place <= 500; place += 1) {
        const timeNs = own.timesNs[0]! + Math.floor(((toNs - own.timesNs[0]!) * place) / 500);
        expect(Math.abs(levelAt(own, timeNs) - levelAt(steps, timeNs))).toBeLessThan(1e-3);
      }
    }
    const { originNs } = whole.rates.clock;
    const rows = timedRows(meterRows([OFFICE, ...optionsOf(input)]), originNs!);
    const within = rows.filter(({ atNs }) => isWithin(window, atNs));
    const own = within.filter(({ flow }) => flow === part.flows[0]!.flow);
    for (const [index, color] of ["green", "yellow", "red"].entries()) {
      const counted = (known: typeof rows) => known.filter((row) => row.color === color).length;
      expect(sumOf(part.rates.all.packets[index]!)).toBe(counted(within));
      expect(sumOf(series.rates.counts().packets[index]!)).toBe(counted(own));
    }
    expect(sumOf(series.red.columns().packets)).toBe(own.filter(({ color }) => color === "red").length);
  });

  test("is the same twice", async () => {
    expect(levelSvg(await lookedAt(OFFICE, input))).toBe(levelSvg(await lookedAt(OFFICE, input)));
  });
});

/** The polylines of a picture of rates by color, with values by the ticks of their panel. */
function rateLines(svg: string): Map<string, (readonly [number, number])[]>[] {
  return [...svg.matchAll(/<g class="panel">([\s\S]*?)<\/g>/gu)].map(([, panel]) => {
    const ticks = [...panel!.matchAll(/tick-y" x="[\d.]+" y="([\d.]+)">([\d.]+) (\w)bit\/s</gu)].map(
      ([, y, number, unit]) => ({ y: Number(y) - 4, rate: Number(number) * { k: 1e3, M: 1e6, G: 1e9 }[unit!]! }),
    );
    const [low, high] = [ticks[0]!, ticks.at(-1)!];
    const rate = (y: number) => low.rate + ((y - low.y) * (high.rate - low.rate)) / (high.y - low.y);
    const lines = [...panel!.matchAll(/<polyline class="line ([\w-]+)" points="([^"]+)"/gu)].map(
      ([, color, points]): [string, (readonly [number, number])[]] => [
        color!,
        points!.split(" ").map((point) => {
          const [x, y] = point.split(",").map(Number) as [number, number];
          return [x, rate(y)] as const;
        }),
      ],
    );
    return new Map(lines);
  });
}

/** What lies below a line, in rate times pixels. */
function areaOf(line: readonly (readonly [number, number])[]): number {
  return line.slice(1).reduce((sum, [x, rate], index) => {
    const [lastX, lastRate] = line[index]!;
    return sum + ((rate + lastRate) / 2) * (x - lastX);
  }, 0);
}

describe("rates of all packets", () => {
  const [input] = POLICIES as [PolicyInput];

  test("have the areas of the totals", async () => {
    const { rates } = await lookedAt(OFFICE, input);
    const { all: counts } = rates;
    const svg = ratePicture(HEAD, { counts, startNs: 0, unit: "bit", hasYellow: false });
    const [means, peaks] = rateLines(svg);
    const total = meterJson([OFFICE, ...optionsOf(input)]);
    const offered = means!.get("ink")!;
    const pixels = offered.at(-1)![0] - offered[0]![0];
    const binsSec = (Math.ceil(counts.packets[0]!.length / 32) * 32 * counts.widthNs) / 1e9;
    const bytesOf = (line: readonly (readonly [number, number])[]) => (areaOf(line) * binsSec) / pixels / 8;
    expect(bytesOf(offered) / Number(total.bytes)).toBeCloseTo(1, 2);
    expect(bytesOf(means!.get("green-line")!) / Number(total.green.bytes)).toBeCloseTo(1, 2);
    expect(bytesOf(means!.get("red-line")!) / Number(total.red.bytes)).toBeCloseTo(1, 2);
    const bits = counts.bytes[0]!.map((_, bin) => counts.bytes.reduce((sum, row) => sum + row[bin]!, 0) * 8);
    const highest = Math.max(...bits) * (1e9 / counts.widthNs);
    expect(Math.max(...peaks!.get("ink")!.map(([, rate]) => rate)) / highest).toBeCloseTo(1, 2);
  });
});

test("a spike of one packet in a million is in both pictures, at its pixel", async () => {
  const file = scratch.write("million.pcap", spikedCapture());
  const looked = await lookedAt(file, { meter: "token-bucket", rate: "100 MB/s", burst: "64 kB" }, "all");
  const [{ line, nsPerPixel, levelPerPixel }] = drawnPanels(levelSvg(looked)) as [
    ReturnType<typeof drawnPanels>[number],
  ];
  const [timeNs, level] = line.reduce((most, point) => (point[1] > most[1] ? point : most));
  expect(Math.abs(timeNs - SPIKE.packet * STEP_NS)).toBeLessThan(PIXELS_OFF_MAX * nsPerPixel);
  expect(Math.abs(level - SPIKE.bytes)).toBeLessThan(levelPerPixel);
  const svg = ratePicture(HEAD, { counts: looked.rates.all, startNs: 0, unit: "bit", hasYellow: false });
  const peaks = rateLines(svg)[1]!.get("ink")!;
  const [x] = peaks.reduce((most, point) => (point[1] > most[1] ? point : most));
  const part = (x - peaks[0]![0]) / (peaks.at(-1)![0] - peaks[0]![0]);
  expect(part).toBeCloseTo(SPIKE.packet / MILLION, 2);
});

describe("captures that hold little", () => {
  const input = { meter: "token-bucket", rate: "1 kB/s", burst: "500 B" };

  test("one packet: a step", async () => {
    const svg = levelSvg(await lookedAt(scratch.pcap("one.pcap", [ipFrame(7n * MS, 100)]), input));
    const [{ line }] = drawnPanels(svg) as [ReturnType<typeof drawnPanels>[number]];
    expect(line[1]![0]).toBe(line[0]![0]);
    expect(Math.max(...line.map(([, level]) => level))).toBeCloseTo(100, 0);
  });

  test("refused packets only: a line at 0, a cross for each where it would have gone", async () => {
    const frames = Array.from({ length: 9 }, (_, index) => ipFrame(BigInt(index) * 100n * MS, 1000));
    const svg = levelSvg(await lookedAt(scratch.pcap("red.pcap", frames), input));
    const [{ line, marks, nsPerPixel }] = drawnPanels(svg) as [ReturnType<typeof drawnPanels>[number]];
    expect(Math.max(...line.map(([, level]) => level))).toBeCloseTo(0, 0);
    expect(marks.map(({ color }) => color)).toStrictEqual(frames.map(() => "red"));
    for (const [index, { timeNs, level }] of marks.entries()) {
      expect(Math.abs(timeNs - index * 1e8)).toBeLessThan(nsPerPixel);
      expect(level).toBeCloseTo(1000, -1);
    }
  });

  test("nothing: why is written", () => {
    const svg = emptySvg(HEAD, "no packets");
    expect(svg).toContain(">no packets</text>");
    expect(svg).toContain("policy &lt;&amp;&gt;");
  });
});

test("PNG: twice the size, on a light ground, with its texts", async () => {
  const svg = levelSvg(await lookedAt(OFFICE, POLICIES[0]!));
  const png = Buffer.from(await pngOf(svg, "level.png"));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/u.exec(svg)!;
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toStrictEqual([2 * Number(width), 2 * Number(height)]);
  const untexted = await pngOf(svg.replaceAll(/<text[^>]*>[^<]*<\/text>/gu, ""), "level.png");
  expect(png.length - untexted.length).toBeGreaterThan(5000);
});
