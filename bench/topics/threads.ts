/** Topic `threads`: two threads beside one, a capture file through the command and batches from memory through the library. */
import { join } from "node:path";
import { interleave, pairedRatio, type Subject, type Timing } from "../harness.ts";
import { isolate } from "../isolate.ts";
import { inScratchFolderAsync, isInstalled, meterArgs, runQuietly, summaryOf } from "../process.ts";
import { countText, short } from "../report.ts";
import type { ShardCase, ShardResult } from "../shardcase.ts";
import { synthesizeFile } from "../synth.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

const ONE = "weir meter --threads 1";
const TWO = "weir meter --threads 2";
const READ = "node: read the file";
const TCPDUMP = "tcpdump -n -w /dev/null";
/** As large as the windows that captures are read into. */
const READER = `const { openSync, readSync } = require("node:fs");
const [file, window] = [openSync(process.argv[1]), new Uint8Array(262144)];
while (readSync(file, window) > 0);`;

export const threads: Topic = {
  name: "threads",
  summary:
    "2 threads beside 1: a 1.1 GB capture of 1 M flows, whole processes, and batches from memory of 1 M and 10 M",
  run: async (options) => {
    const file = await inScratchFolderAsync(async (folder) => measureFile(join(folder, "synthetic.pcap"), options));
    const batches = await measureBatches(options);
    return {
      tables: [...file.tables, ...batches.tables],
      bars: [...file.bars, ...batches.bars],
      failures: [...file.failures, ...batches.failures],
      data: { file: file.data, batches: batches.data },
    };
  },
};

async function measureFile(path: string, { smoke, seed, progress }: RunOptions): Promise<TopicResult> {
  const shape = smoke ? { packets: 200_000, flows: 20_000, seed } : { packets: 10_000_000, flows: 1_000_000, seed };
  progress(`writing ${countText(shape.packets)} packets of ${countText(shape.flows)} flows to ${path}`);
  const bytes = synthesizeFile(path, shape);
  const weir = (threadCount: number) => [...meterArgs(path), "--threads", `${threadCount}`];
  const subjects: Subject[] = [
    { name: ONE, sample: () => runQuietly(process.execPath, weir(1)) },
    { name: TWO, sample: () => runQuietly(process.execPath, weir(2)) },
    { name: READ, sample: () => runQuietly(process.execPath, ["--eval", READER, path]) },
  ];
  if (isInstalled("tcpdump")) {
    subjects.push({ name: TCPDUMP, sample: () => runQuietly("tcpdump", ["-r", path, "-n", "-w", "/dev/null"]) });
  }
  progress("measuring the command");
  const timings = interleave(subjects, smoke ? 3 : 9, { clock: "wall", warmRounds: 1 });
  const digests = [1, 2].map((count) => summaryOf(path, ["--threads", `${count}`]).digest);
  return {
    tables: [fileTable(timings, shape.packets, bytes, digests[0]!)],
    bars: fileBars(timings),
    failures: digests[0] === digests[1] ? [] : [`1 thread has digest ${digests[0]}, 2 have ${digests[1]}`],
    data: { shape, bytes, digests, timings },
  };
}

function fileTable(timings: readonly Timing[], packets: number, bytes: number, digest: string): Table {
  return {
    title: `threads: a capture of ${countText(packets)} packets, ${short(bytes / 1e6)} MB, page cache warm, wall time`,
    head: ["", "seconds", "ns/packet", "spread", "/ 1 thread"],
    rows: timings.map((timing) => [
      timing.name,
      short(timing.medianMs / 1000),
      short((timing.medianMs * 1e6) / packets),
      `${(timing.spread * 100).toFixed(0)} %`,
      short(pairedRatio(timing, timings[0]!)),
    ]),
    notes: [`digest of the verdicts: ${digest}`],
  };
}

function fileBar(claim: string, value: number, limit: number): Bar {
  return { claim, value, kind: "at most", limit, smokeLimit: 20 };
}

/** In a smoke run the start of Node outweighs the work: the margins only catch a command that crawls. */
function fileBars(timings: readonly Timing[]): Bar[] {
  const [one, two, read, tcpdump] = timings;
  const bars = [
    fileBar("file to verdicts, 2 threads / 1", pairedRatio(two!, one!), 0.75),
    fileBar("file to verdicts, 2 threads / reading the file", pairedRatio(two!, read!), 2.3),
  ];
  if (tcpdump !== undefined)
    bars.push(fileBar("file to verdicts, 2 threads / tcpdump", pairedRatio(two!, tcpdump), 0.5));
  return bars;
}

async function measureBatches({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
  const results: ShardResult[] = [];
  for (const flows of smoke ? [20_000] : [1_000_000, 10_000_000]) {
    progress(`metering batches from memory, ${countText(flows)} flows`);
    const packets = smoke ? 2 ** 18 : 2 ** 22;
    const shape: ShardCase = { flows, distribution: "uniform", packets, seed, rounds: smoke ? 3 : 9 };
    results.push(await isolate<ShardResult>(new URL("../shardcase.ts", import.meta.url), shape));
  }
  return {
    tables: [
      {
        title: "threads: batches from memory of 16,384 packets, flows equally likely, wall time, ns a packet",
        head: ["flows", "1 thread", "2 threads", "1 / 2"],
        rows: results.map(({ flows, one, two, packets }) => [
          countText(flows),
          short((one.medianMs * 1e6) / packets),
          short((two.medianMs * 1e6) / packets),
          short(pairedRatio(one, two)),
        ]),
        notes: ["1 thread is the engine that createEngine makes, without any sharing"],
      },
    ],
    bars: results.map(({ flows, one, two }) => ({
      claim: `batches from memory, ${countText(flows)} flows, 1 thread / 2`,
      value: pairedRatio(one, two),
      kind: "at least",
      limit: 1.7,
      smokeLimit: 0.2,
    })),
    failures: results.flatMap(({ flows, digests }) =>
      digests[0] === digests[1] ? [] : [`${flows} flows: 1 thread has digest ${digests[0]}, 2 have ${digests[1]}`],
    ),
    data: results,
  };
}
