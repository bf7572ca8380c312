/** Topic `tools`: flows of a capture as a whole process, beside the GNU/Linux tools that read the same file. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { interleave, pairedRatio, type Subject, type Timing } from "../harness.ts";
import { inScratchFolder, isInstalled, meterArgs, runQuietly } from "../process.ts";
import { countText, short } from "../report.ts";
import { synthesizeFile } from "../synth.ts";
import type { Bar, RunOptions, Topic, TopicResult } from "../topic.ts";

const WEIR = "weir meter --flows";
const NFPCAPD = "nfpcapd";
const NEWLINE = 10;

interface Tool {
  readonly name: string;
  readonly program: string;
  readonly what: string;
  args(path: string, folder: string, flows: number): string[];
}

/** `-B` gives nfpcapd room for all flows: its default is half a million. */
const TOOLS: readonly Tool[] = [
  { name: "cat", program: "cat", what: "reads", args: (path) => [path] },
  { name: "capinfos", program: "capinfos", what: "reads records, hashes the file", args: (path) => [path] },
  {
    name: "tcpdump -w /dev/null",
    program: "tcpdump",
    what: "reads and writes records",
    args: (path) => ["-r", path, "-n", "-w", "/dev/null"],
  },
  {
    name: NFPCAPD,
    program: "nfpcapd",
    what: "flows of packets and bytes",
    args: (path, folder, flows) => ["-r", path, "-w", nfdumpFolder(folder), "-B", String(2 * flows)],
  },
];

export const tools: Topic = {
  name: "tools",
  summary: "a 560 MB capture of 1 M flows to totals of each flow, beside cat, capinfos, tcpdump and nfpcapd",
  run: async (options) => inScratchFolder((folder) => measureTools(folder, options)),
};

function nfdumpFolder(folder: string): string {
  return join(folder, "nfpcapd");
}

function measureTools(folder: string, { smoke, seed, progress }: RunOptions): TopicResult {
  const path = join(folder, "synthetic.pcap");
  const rows = join(folder, "flows.csv");
  const shape = smoke ? { packets: 200_000, flows: 20_000, seed } : { packets: 10_000_000, flows: 1_000_000, seed };
  progress(`writing ${countText(shape.packets)} packets of ${countText(shape.flows)} flows to ${path}`);
  const bytes = synthesizeFile(path, shape);
  const installed = TOOLS.filter(({ program }) => isInstalled(program));
  const absent = TOOLS.filter((tool) => !installed.includes(tool));
  for (const { program } of absent) progress(`${program}: ABSENT, it is not installed here`);
  const subjects: Subject[] = [
    { name: WEIR, sample: () => runQuietly(process.execPath, [...meterArgs(path), "--flows", rows]) },
    ...installed.map(({ name, program, args }) => ({
      name,
      before: () => emptied(nfdumpFolder(folder)),
      sample: () => runQuietly(program, args(path, folder, shape.flows)),
    })),
  ];
  progress("measuring");
  // No round to warm up: the file was just written, and nfpcapd takes a quarter of a minute.
  const timings = interleave(subjects, smoke ? 2 : 3, { clock: "wall", warmRounds: 0 });
  const counted = existsSync(rows) ? linesOf(rows) - 1 : 0;
  return {
    tables: [
      {
        title: `tools: ${countText(shape.packets)} packets, ${countText(shape.flows)} flows, ${short(bytes / 1e6)} MB, page cache warm, wall time`,
        head: ["", "seconds", "ns/packet", "spread", "/ weir", "what it does"],
        rows: timings.map((timing) => rowOf(timing, timings[0]!, shape.packets)),
        notes: absent.map(({ name }) => `${name}: ABSENT, it is not installed here`),
      },
    ],
    bars: barsOf(timings),
    failures: counted === shape.flows ? [] : [`weir wrote ${counted} of ${shape.flows} flows`],
    data: { shape, bytes, timings, absent: absent.map(({ name }) => name) },
  };
}

function emptied(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
}

function linesOf(path: string): number {
  return readFileSync(path).reduce((lines, byte) => lines + Number(byte === NEWLINE), 0);
}

function rowOf(timing: Timing, weir: Timing, packets: number): string[] {
  const { name, medianMs, spread } = timing;
  return [
    name,
    short(medianMs / 1000),
    short((medianMs * 1e6) / packets),
    `${(spread * 100).toFixed(0)} %`,
    short(pairedRatio(timing, weir)),
    TOOLS.find((tool) => tool.name === name)?.what ?? "verdicts, and totals of each flow by color",
  ];
}

function barsOf(timings: readonly Timing[]): Bar[] {
  const [weir, nfpcapd] = [WEIR, NFPCAPD].map((wanted) => timings.find(({ name }) => name === wanted));
  if (weir === undefined || nfpcapd === undefined) return [];
  const value = pairedRatio(nfpcapd, weir);
  return [{ claim: `${NFPCAPD} / ${WEIR}`, value, kind: "at least", limit: 12, reach: 30, smokeLimit: null }];
}
