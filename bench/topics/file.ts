/** Topic `file`: a capture file to verdicts as a whole process, beside reading it and beside tcpdump. */
import { join } from "node:path";
import { interleave, pairedRatio, type Subject, type Timing } from "../harness.ts";
import { inScratchFolder, isInstalled, meterArgs, runQuietly, summaryOf } from "../process.ts";
import { countText, short } from "../report.ts";
import { synthesizeFile } from "../synth.ts";
import type { Bar, RunOptions, Topic, TopicResult } from "../topic.ts";

const WEIR = "weir meter";
const CAT = "cat > /dev/null";
const TCPDUMP = "tcpdump -n -w /dev/null";

export const file: Topic = {
  name: "file",
  summary:
    "a 1.1 GB capture of 1 M flows to verdicts, whole processes: weir meter, cat, tcpdump ($WEIR_BENCH_DIR or temp)",
  run: async (options) => inScratchFolder((folder) => measureFile(join(folder, "synthetic.pcap"), options)),
};

function measureFile(path: string, { smoke, seed, progress }: RunOptions): TopicResult {
  const shape = smoke ? { packets: 200_000, flows: 20_000, seed } : { packets: 10_000_000, flows: 1_000_000, seed };
  progress(`writing ${countText(shape.packets)} packets of ${countText(shape.flows)} flows to ${path}`);
  const bytes = synthesizeFile(path, shape);
  const summary = summaryOf(path);
  const hasTcpdump = isInstalled("tcpdump");
  const subjects: Subject[] = [
    { name: WEIR, sample: () => runQuietly(process.execPath, meterArgs(path)) },
    { name: CAT, sample: () => runQuietly("cat", [path]) },
  ];
  if (hasTcpdump)
    subjects.push({ name: TCPDUMP, sample: () => runQuietly("tcpdump", ["-r", path, "-n", "-w", "/dev/null"]) });
  progress("measuring");
  const timings = interleave(subjects, smoke ? 3 : 7, { clock: "wall", warmRounds: 1 });
  const notes = [`digest of the verdicts: ${summary.digest}`];
  if (!hasTcpdump) notes.push("tcpdump is not installed here: its bar is not judged");
  return {
    tables: [
      {
        title: `file: ${countText(shape.packets)} packets, ${countText(summary.flows)} flows, ${short(bytes / 1e6)} MB, page cache warm`,
        head: ["", "seconds", "ns/packet", "GB/s", "spread", "/ cat"],
        rows: timings.map((timing) => rowOf(timing, timings[1]!, shape.packets, bytes)),
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

function rowOf(timing: Timing, cat: Timing, packets: number, bytes: number): string[] {
  const { name, medianMs, spread } = timing;
  const nsPerPacket = short((medianMs * 1e6) / packets);
  return [
    name,
    short(medianMs / 1000),
    nsPerPacket,
    short(bytes / medianMs / 1e6),
    `${(spread * 100).toFixed(0)} %`,
    short(pairedRatio(timing, cat)),
  ];
}

/** In a smoke run the start of Node outweighs the work: the margin only catches a command that crawls. */
function barsOf(timings: readonly Timing[]): Bar[] {
  const tcpdump = timings.find(({ name }) => name === TCPDUMP);
  if (tcpdump === undefined) return [];
  return [
    {
      claim: "file to verdicts, weir / tcpdump",
      value: pairedRatio(timings[0]!, tcpdump),
      kind: "at most",
      limit: 1.5,
      smokeLimit: 20,
    },
  ];
}
