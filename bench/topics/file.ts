/** Topic `file`: a capture file to verdicts as a whole process, beside reading it and beside tcpdump. */
import { join } from "node:path";
import { interleave, pairedRatio, type Subject, type Timing } from "../harness.ts";
import { isolate } from "../isolate.ts";
import { type FileProgramResult, playFileProgram } from "../native/fileprogram.ts";
import {
  inScratchFolderAsync,
  isInstalled,
  type MeterSummary,
  meterArgs,
  runQuietly,
  summaryOf,
  verdictArgs,
} from "../process.ts";
import type { ReplayCase, ReplayResult } from "../replaycase.ts";
import { countText, short } from "../report.ts";
import { synthesizeFile } from "../synth.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

const ONE_THREAD = "weir meter --top 0, 1 thread";
const TWO_THREADS = "weir meter --top 0, 2 threads";
const TOTALS_ONE_THREAD = "weir meter, 1 thread";
const TOTALS_TWO_THREADS = "weir meter, 2 threads";
const READ = "reading it, in Node";
const CAT = "cat > /dev/null";
const TCPDUMP = "tcpdump -n -w /dev/null";
const IN_C = "the same in C, with prefetch";

/** That of the commands (process.ts). */
const CONTRACT = { meter: "token-bucket", rate: "10 Mbit/s", burst: "64 kB" } as const;

/**
 * What the reader does with its bytes: nothing. As large pieces as the command takes, at the start of a page: a large
 * Uint8Array begins 16 bytes behind it, and copying from a page to 4 to 31 bytes behind another one takes some processors
 * 1.5 to 4 times as long (an AMD EPYC: 0.140 instead of 0.096 s for 1.1 GB, C alike), which no reader would have to bear.
 */
const READER = `
  import { openSync, readSync } from "node:fs";
  const file = openSync(process.argv[1], "r");
  const piece = new Uint8Array(new WebAssembly.Memory({ initial: 4 }).buffer);
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
  run: async (options) => inScratchFolderAsync(async (folder) => measureFile(join(folder, "synthetic.pcap"), options)),
};

function meterOf(args: readonly string[], threads: number): () => void {
  return () => runQuietly(process.execPath, [...args, "--threads", String(threads)]);
}

function subjectsOf(path: string): Subject[] {
  const subjects: Subject[] = [
    { name: ONE_THREAD, sample: meterOf(verdictArgs(path), 1) },
    { name: TWO_THREADS, sample: meterOf(verdictArgs(path), 2) },
    { name: TOTALS_ONE_THREAD, sample: meterOf(meterArgs(path), 1) },
    { name: TOTALS_TWO_THREADS, sample: meterOf(meterArgs(path), 2) },
    { name: READ, sample: () => runQuietly(process.execPath, ["--input-type=module", "--eval", READER, path]) },
    { name: CAT, sample: () => runQuietly("cat", [path]) },
  ];
  if (isInstalled("tcpdump")) {
    subjects.push({ name: TCPDUMP, sample: () => runQuietly("tcpdump", ["-r", path, "-n", "-w", "/dev/null"]) });
  }
  return subjects;
}

async function measureFile(path: string, { smoke, seed, progress }: RunOptions): Promise<TopicResult> {
  const shape = smoke ? { packets: 200_000, flows: 20_000, seed } : { packets: 10_000_000, flows: 1_000_000, seed };
  progress(`writing ${countText(shape.packets)} packets of ${countText(shape.flows)} flows to ${path}`);
  const bytes = synthesizeFile(path, shape);
  const summary = summaryOf(path);
  const subjects = subjectsOf(path);
  progress("measuring");
  const timings = interleave(subjects, smoke ? 3 : 7, { clock: "wall", warmRounds: 1 });
  progress("measuring, in one process");
  const replay: ReplayCase = { path, flows: shape.flows, rounds: smoke ? 3 : 7, warmRounds: 1, contract: CONTRACT };
  const replayed = await isolate<ReplayResult>(new URL("../replaycase.ts", import.meta.url), replay);
  progress("measuring, in C");
  const inC = playFileProgram(replay, IN_C);
  const notes = [
    `digest of the verdicts: ${summary.digest}`,
    "--top 0: verdicts, their digest and totals by color; the other two have totals of each flow and rank them as well",
    "NODE_EXTRA_CA_CERTS is unset for all: Node 20 reads the certificates that it names at each start",
  ];
  const hasTcpdump = subjects.some(({ name }) => name === TCPDUMP);
  if (!hasTcpdump) notes.push("tcpdump is not installed here: its bars are not judged");
  const read = timings.find(({ name }) => name === READ)!;
  return {
    tables: [
      {
        title: `file: ${countText(shape.packets)} packets, ${countText(summary.flows)} flows, ${short(bytes / 1e6)} MB, page cache warm`,
        head: ["", "seconds", "ns/packet", "GB/s", "spread", "/ reading it"],
        rows: timings.map((timing) => rowOf(timing, pairedRatio(timing, read), shape.packets, bytes)),
        notes,
      },
      replayTable(replayed, inC, shape.packets, bytes),
    ],
    bars: [...barsOf(timings), replayBar(replayed), ...nativeBar(replayed, inC)],
    failures: [...failuresOf(summary, replayed, shape.packets, replay), ...differencesOf(replayed, inC)],
    data: { shape, bytes, summary, timings, replayed, inC },
  };
}

/** Each pass has to meter every packet. The passes of a replay: the first, those that warm, and those that count. */
function failuresOf(summary: MeterSummary, replayed: ReplayResult, packets: number, replay: ReplayCase): string[] {
  const failures = [];
  if (summary.packets !== packets || summary.truncated) {
    failures.push(`weir metered ${summary.packets} of ${packets} packets`);
  }
  const expected = packets * (1 + replay.warmRounds + replay.rounds);
  if (replayed.packets !== expected) failures.push(`replayed: ${replayed.packets} of ${expected} packets`);
  return failures;
}

/** The program in C has the core's algorithm, so its verdicts. */
function differencesOf(replayed: ReplayResult, inC: FileProgramResult | string): string[] {
  if (typeof inC === "string" || (inC.green === replayed.green && inC.red === replayed.red)) return [];
  return [`C: ${inC.green} green, ${inC.red} red; the core: ${replayed.green} green, ${replayed.red} red`];
}

function replayTable(
  { firstMs, reading, metering }: ReplayResult,
  inC: FileProgramResult | string,
  packets: number,
  bytes: number,
): Table {
  const first: Timing = { name: "to verdicts, first pass", samplesMs: [firstMs], medianMs: firstMs, spread: 0 };
  const rows = [first, { ...metering, name: "to verdicts, later passes" }, reading];
  const notes = [
    "Node's start, what is compiled and, in later passes, new flows do not count; as --top 0; 1 thread unless said",
  ];
  if (typeof inC === "string") {
    notes.push(`${IN_C}: ABSENT, ${inC}`);
  } else {
    rows.splice(2, 0, inC.metering, inC.piped);
    rows.push({ ...inC.reading, name: "reading it, in C" });
    notes.push(
      "C: later passes, in a process of its own, right after; of 2 threads one reads, decodes and hashes, the other one meters; its table has its final size and never grows, and its flows take 32 bytes where the compact ones of the core take 16; it knows only Ethernet with plain IPv4 or IPv6, TCP or UDP",
    );
  }
  return {
    title: "file: the same in one process, which reads the file again and again and keeps its table",
    head: ["", "seconds", "ns/packet", "GB/s", "spread", "/ reading it"],
    rows: rows.map((timing) => {
      const ratio = timing === first ? firstMs / reading.medianMs : pairedRatio(timing, reading);
      return rowOf(timing, ratio, packets, bytes);
    }),
    notes,
  };
}

function replayBar({ reading, metering }: ReplayResult): Bar {
  const claim = "file to verdicts in one process, later passes, 1 thread / reading it there";
  const value = pairedRatio(metering, reading);
  return { claim, value, kind: "at most", limit: 4.3, reach: 3.4, smokeLimit: SMOKE_LIMIT };
}

/** Without a compiler there is none. */
function nativeBar({ metering }: ReplayResult, inC: FileProgramResult | string): Bar[] {
  if (typeof inC === "string") return [];
  const claim = "file to verdicts in one process, later passes, 1 thread / the same in C";
  const value = metering.medianMs / inC.metering.medianMs;
  return [{ claim, value, kind: "at most", limit: 1.15, reach: 0.95, smokeLimit: SMOKE_LIMIT }];
}

function rowOf(timing: Timing, ratio: number, packets: number, bytes: number): string[] {
  const { name, medianMs, spread } = timing;
  const nsPerPacket = short((medianMs * 1e6) / packets);
  return [
    name,
    short(medianMs / 1000),
    nsPerPacket,
    short(bytes / medianMs / 1e6),
    `${(spread * 100).toFixed(0)} %`,
    short(ratio),
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
