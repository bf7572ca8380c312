/** Topic `outputs`: what it costs to write every verdict, and every flow, beside metering alone. Whole processes. */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { interleave, pairedRatio, type Subject, type Timing } from "../harness.ts";
import { inScratchFolder, meterArgs, runQuietly } from "../process.ts";
import { countText, short } from "../report.ts";
import { synthesizeFile } from "../synth.ts";
import type { Bar, RunOptions, Topic, TopicResult } from "../topic.ts";

const METER = "weir meter";

interface Form {
  readonly option: "--packets" | "--flows";
  readonly ending: "csv" | "json" | "parquet" | "arrow";
  /** Most of the time of metering alone that it may take. */
  readonly limit: number;
}

const FORMS: readonly Form[] = [
  { option: "--packets", ending: "csv", limit: 4 },
  { option: "--packets", ending: "parquet", limit: 4 },
  { option: "--packets", ending: "arrow", limit: 4 },
  { option: "--flows", ending: "csv", limit: 4 },
  { option: "--flows", ending: "json", limit: 4 },
  { option: "--flows", ending: "parquet", limit: 4 },
];

export const outputs: Topic = {
  name: "outputs",
  summary:
    "a row a packet (10 M) and a row a flow (1 M) in every format, beside metering alone ($WEIR_BENCH_DIR or temp)",
  run: async (options) => inScratchFolder((folder) => measureOutputs(folder, options)),
};

function nameOf({ option, ending }: Form): string {
  return `${option} .${ending}`;
}

function measureOutputs(folder: string, { smoke, seed, progress }: RunOptions): TopicResult {
  const path = join(folder, "synthetic.pcap");
  const shape = smoke ? { packets: 200_000, flows: 20_000, seed } : { packets: 10_000_000, flows: 1_000_000, seed };
  progress(`writing ${countText(shape.packets)} packets of ${countText(shape.flows)} flows to ${path}`);
  synthesizeFile(path, shape);
  const args = [...meterArgs(path), "--threads", "1"];
  const bytes = new Map<string, number>();
  const subjects: Subject[] = [
    { name: METER, sample: () => runQuietly(process.execPath, args) },
    ...FORMS.map((form) => ({ name: nameOf(form), sample: () => writeForm(folder, args, form, bytes) })),
  ];
  progress("measuring");
  const timings = interleave(subjects, smoke ? 2 : 5, { clock: "wall", warmRounds: 1 });
  return {
    tables: [
      {
        title: `outputs: ${countText(shape.packets)} packets, ${countText(shape.flows)} flows, one thread`,
        head: ["", "seconds", "MB", "MB/s more", "spread", "/ meter"],
        rows: timings.map((timing) => rowOf(timing, timings[0]!, bytes.get(timing.name) ?? 0)),
        notes: ["Files lie where the capture does: on a slow disk that is what is measured."],
      },
    ],
    bars: barsOf(timings),
    failures: [],
    data: { shape, bytes: Object.fromEntries(bytes), timings },
  };
}

/** Removes the file in the time that is measured, too: two of them might not fit. */
function writeForm(folder: string, args: readonly string[], form: Form, bytes: Map<string, number>): void {
  const path = join(folder, `rows.${form.ending}`);
  runQuietly(process.execPath, [...args, form.option, path]);
  bytes.set(nameOf(form), statSync(path).size);
  rmSync(path);
}

function rowOf(timing: Timing, meter: Timing, bytes: number): string[] {
  const { name, medianMs, spread } = timing;
  const moreMs = medianMs - meter.medianMs;
  const mbPerSec = bytes > 0 && moreMs > 0 ? short(bytes / moreMs / 1000) : "";
  return [
    name,
    short(medianMs / 1000),
    bytes > 0 ? short(bytes / 1e6) : "",
    mbPerSec,
    `${(spread * 100).toFixed(0)} %`,
    short(pairedRatio(timing, meter)),
  ];
}

function barsOf(timings: readonly Timing[]): Bar[] {
  return FORMS.map((form) => {
    const timing = timings.find(({ name }) => name === nameOf(form))!;
    const value = pairedRatio(timing, timings[0]!);
    return { claim: `${nameOf(form)} / weir meter`, value, kind: "at most", limit: form.limit, smokeLimit: 20 };
  });
}
