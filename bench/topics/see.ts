/** Topic `see`: what a report costs on top of metering, how large it is, and how soon the playground has redrawn. */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { interleave, type Timing } from "../harness.ts";
import { inScratchFolder, meterArgs, runQuietly } from "../process.ts";
import { countText, short } from "../report.ts";
import { measureSliderLatency, SLIDER_OPTIONS, type SliderLatency } from "../sliderlatency.ts";
import { synthesizeFile } from "../synth.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

/** Many flows, of which few are drawn; and one flow, whose every packet is. */
const KEYS = ["5-tuple", "all"] as const;
const SECONDS_ON_TOP_MAX = 15;
const MEGABYTES_MAX = 5;
const SLIDER_MS_MAX = 100;
/** Few flows; a table of flows that fits no cache; and one flow, of which every packet's level is drawn. */
const SLIDER_CASES = [
  { title: "10 k flows", flows: 10_000, by: "5-tuple" },
  { title: "300 k flows", flows: 300_000, by: "5-tuple" },
  { title: "one flow", flows: 10_000, by: "all" },
] as const;

export const see: Topic = {
  name: "see",
  summary: "weir report of 10 M packets beside weir meter: seconds on top, size; latency of the playground's sliders",
  run: async (options) => {
    const report = inScratchFolder((folder) => measureReport(folder, options));
    const slider = await measureSlider(options);
    return {
      tables: [...report.tables, ...slider.tables],
      bars: [...report.bars, ...slider.bars],
      failures: [...report.failures, ...slider.failures],
      data: { report: report.data, slider: slider.data },
    };
  },
};

/** Arguments of Node for `weir report` that stand beside those for `weir meter`. */
function reportArgs(capture: string, key: string, output: string): string[] {
  return [...meterArgs(capture).map((word) => (word === "meter" ? "report" : word)), "--by", key, "-o", output];
}

function measureReport(folder: string, { smoke, seed, progress }: RunOptions): TopicResult {
  const shape = smoke ? { packets: 200_000, flows: 20_000, seed } : { packets: 10_000_000, flows: 1_000_000, seed };
  const capture = join(folder, "capture.pcap");
  progress(`writing ${countText(shape.packets)} packets of ${countText(shape.flows)} flows to ${capture}`);
  synthesizeFile(capture, shape);
  const measured = KEYS.map((key) => {
    progress(`measuring flows by ${key}`);
    const output = join(folder, `${key}.html`);
    const [meter, report] = interleave(
      [
        { name: "weir meter", sample: () => runQuietly(process.execPath, [...meterArgs(capture), "--by", key]) },
        { name: "weir report", sample: () => runQuietly(process.execPath, reportArgs(capture, key, output)) },
      ],
      smoke ? 1 : 5,
      { clock: "wall", warmRounds: 1 },
    ) as [Timing, Timing];
    const onTopMs = report.medianMs - meter.medianMs;
    return { key, meter, report, onTopMs, bytes: statSync(output).size };
  });
  rmSync(capture);
  const table: Table = {
    title: `see: a report of ${countText(shape.packets)} packets, ${countText(shape.flows)} flows`,
    head: ["flows by", "meter, s", "report, s", "on top, s", "size, MB"],
    rows: measured.map(({ key, meter, report, onTopMs, bytes }) => [
      key,
      short(meter.medianMs / 1000),
      short(report.medianMs / 1000),
      short(onTopMs / 1000),
      short(bytes / 1e6),
    ]),
    notes: [],
  };
  const bars = measured.flatMap(({ key, onTopMs, bytes }): Bar[] => [
    {
      claim: `report by ${key}, seconds on top of metering`,
      value: onTopMs / 1000,
      kind: "at most",
      limit: SECONDS_ON_TOP_MAX,
      smokeLimit: SECONDS_ON_TOP_MAX,
    },
    {
      claim: `report by ${key}, MB`,
      value: bytes / 1e6,
      kind: "at most",
      limit: MEGABYTES_MAX,
      smokeLimit: MEGABYTES_MAX,
    },
  ]);
  return { tables: [table], bars, failures: [], data: { shape, measured } };
}

async function measureSlider({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
  const packets = smoke ? 100_000 : SLIDER_OPTIONS.packets;
  const latencies: (SliderLatency & (typeof SLIDER_CASES)[number])[] = [];
  for (const slid of SLIDER_CASES) {
    progress(`moving a slider of the playground, ${countText(packets)} packets, ${slid.title}`);
    const latency = await measureSliderLatency({ ...slid, packets, seed, ...(smoke ? { moves: 5 } : {}) });
    latencies.push({ ...slid, ...latency });
  }
  const table: Table = {
    title: `see: a move of a slider to the drawn picture, ${countText(packets)} packets, ${latencies[0]!.where}`,
    head: ["case", "capture, MB", "load, s", "median, ms", "worst, ms", "steady work, ms", "its worst, ms"],
    rows: latencies.map(({ title, captureBytes, loadMs, medianMs, worstMs, steady }) => [
      title,
      short(captureBytes / 1e6),
      short(loadMs / 1000),
      short(medianMs),
      short(worstMs),
      short(steady.medianMs),
      short(steady.worstMs),
    ]),
    notes: [
      "Steady work is the same each time, done in the page between the moves: what it varies by is the machine's.",
    ],
  };
  const bars = latencies.map(({ title, medianMs }): Bar => ({
    claim: `slider to picture, ${title}, median ms`,
    value: medianMs,
    kind: "at most",
    limit: SLIDER_MS_MAX,
    smokeLimit: null,
  }));
  return { tables: [table], bars, failures: [], data: latencies };
}
