/** Topic `file`: a capture file to verdicts as a whole process, beside reading it and beside tcpdump. */
import { join } from "node:path";
import { interleave, pairedRatio, type Subject, type Timing } from "../harness.ts";
import { inScratchFolder, isInstalled, meterArgs, runQuietly, summaryOf } from "../process.ts";
import { countText, short } from "../report.ts";
import { synthesizeFile } from "../synth.ts";
import type { Bar, RunOptions, Topic, TopicResult } from "../topic.ts";

const ONE_THREAD = "weir meter, 1 thread";
const TWO_THREADS = "weir meter, 2 threads";
const READ = "reading it, in Node";
const CAT = "cat > /dev/null";
const TCPDUMP = "tcpdump -n -w /dev/null";

/** What the reader does with its bytes: nothing. As large pieces as the command takes. */
const READER = `
  import { openSync, readSync } from "node:fs";
  const file = openSync(process.argv[1], "r");
  const piece = new Uint8Array(262144);
  while (readSync(file, piece) > 0);
`;

/** Most of the time of each rival that the command may take: the bar, and what is hoped for. */
const BARS = [
  { weir: ONE_THREAD, rival: TCPDUMP, limit: 0.8, reach: 0.5 },
  { weir: TWO_THREADS, rival: TCPDUMP, limit: 0.5, reach: 0.3 },
  { weir: ONE_THREAD, rival: READ, limit: 4.3, reach: 3.4 },
  { weir: TWO_THREADS, rival: READ, limit: 2.3, reach: 1.7 },
] as const;
/** In a smoke run the start of Node outweighs the work: the margin only catches a command that crawls. */
const SMOKE_LIMIT = 40;

export const file: Topic = {
  name: "file",
  summary:
    "a 1.1 GB capture of 1 M flows to verdicts, whole processes: weir meter, reading, tcpdump ($WEIR_BENCH_DIR or temp)",
  run: async (options) => inScratchFolder((folder) => measureFile(join(folder, "synthetic.pcap"), options)),
};

function subjectsOf(path: string): Subject[] {
  const weir = (threads: number) => () =>
    runQuietly(process.execPath, [...meterArgs(path), "--threads", String(threads)]);
  const subjects: Subject[] = [
    { name: ONE_THREAD, sample: weir(1) },
    { name: TWO_THREADS, sample: weir(2) },
    { name: READ, sample: () => runQuietly(process.execPath, ["--input-type=module", "--eval", READER, path]) },
    { name: CAT, sample: () => runQuietly("cat", [path]) },
  ];
  if (isInstalled("tcpdump")) {
    subjects.push({ name: TCPDUMP, sample: () => runQuietly("tcpdump", ["-r", path, "-n", "-w", "/dev/null"]) });
  }
  return subjects;
}

function measureFile(path: string, { smoke, seed, progress }: RunOptions): TopicResult {
  const shape = smoke ? { packets: 200_000, flows: 20_000, seed } : { packets: 10_000_000, flows: 1_000_000, seed };
  progress(`writing ${countText(shape.packets)} packets of ${countText(shape.flows)} flows to ${path}`);
  const bytes = synthesizeFile(path, shape);
  const summary = summaryOf(path);
  const subjects = subjectsOf(path);
  progress("measuring");
  const timings = interleave(subjects, smoke ? 3 : 7, { clock: "wall", warmRounds: 1 });
  const notes = [`digest of the verdicts: ${summary.digest}`];
  const hasTcpdump = subjects.some(({ name }) => name === TCPDUMP);
  if (!hasTcpdump) notes.push("tcpdump is not installed here: its bars are not judged");
  const read = timings.find(({ name }) => name === READ)!;
  return {
    tables: [
      {
        title: `file: ${countText(shape.packets)} packets, ${countText(summary.flows)} flows, ${short(bytes / 1e6)} MB, page cache warm`,
        head: ["", "seconds", "ns/packet", "GB/s", "spread", "/ reading it"],
        rows: timings.map((timing) => rowOf(timing, read, shape.packets, bytes)),
        notes,
      },
    ],
    bars: barsOf(timings),
    failures:
      summary.packets === shape.packets && !summary.truncated
        ? []
        : [`weir metered ${summary.packets} of ${shape.packets} packets`],
    data: { shape, bytes, summary, timings },
  };
}

function rowOf(timing: Timing, read: Timing, packets: number, bytes: number): string[] {
  const { name, medianMs, spread } = timing;
  const nsPerPacket = short((medianMs * 1e6) / packets);
  return [
    name,
    short(medianMs / 1000),
    nsPerPacket,
    short(bytes / medianMs / 1e6),
    `${(spread * 100).toFixed(0)} %`,
    short(pairedRatio(timing, read)),
  ];
}

/** Those whose both sides were measured. */
function barsOf(timings: readonly Timing[]): Bar[] {
  return BARS.flatMap(({ weir, rival, limit, reach }) => {
    const [slow, fast] = [weir, rival].map((wanted) => timings.find(({ name }) => name === wanted));
    if (slow === undefined || fast === undefined) return [];
    const claim = `file to verdicts, ${weir} / ${rival}`;
    return [{ claim, value: pairedRatio(slow, fast), kind: "at most", limit, reach, smokeLimit: SMOKE_LIMIT }];
  });
}
