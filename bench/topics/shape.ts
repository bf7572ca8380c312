/** Topic `shape`: a shaped capture written from a capture file, whole processes, beside metering and copying that file. */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { interleave, type Subject, type Timing } from "../harness.ts";
import { inScratchFolder, meterArgs, runQuietly, shapeArgs } from "../process.ts";
import { countText, short } from "../report.ts";
import { synthesizeFile } from "../synth.ts";
import type { Bar, RunOptions, Topic, TopicResult } from "../topic.ts";

const SHAPE = "weir shape";
const METER = "weir meter";
const COPY = "cp";

export const shape: Topic = {
  name: "shape",
  summary: "a 1.1 GB capture of 1 M flows shaped and written, whole processes: weir shape, weir meter, cp",
  run: async (options) => inScratchFolder((folder) => measureShape(folder, options)),
};

function measureShape(folder: string, { smoke, seed, progress }: RunOptions): TopicResult {
  const traffic = smoke ? { packets: 200_000, flows: 20_000, seed } : { packets: 10_000_000, flows: 1_000_000, seed };
  const [path, shaped, copy] = ["synthetic.pcap", "shaped.pcap", "copy.pcap"].map((name) => join(folder, name));
  progress(`writing ${countText(traffic.packets)} packets of ${countText(traffic.flows)} flows to ${path}`);
  const bytes = synthesizeFile(path!, traffic);
  const subjects: Subject[] = [
    { name: SHAPE, sample: fresh(shaped!, () => runQuietly(process.execPath, shapeArgs(path!, shaped!))) },
    { name: METER, sample: () => runQuietly(process.execPath, meterArgs(path!)) },
    { name: COPY, sample: fresh(copy!, () => runQuietly("cp", [path!, copy!])) },
  ];
  progress("measuring");
  const timings = interleave(subjects, smoke ? 3 : 5, { clock: "wall", warmRounds: 1 });
  return {
    tables: [
      {
        title: `shape: ${countText(traffic.packets)} packets, ${countText(traffic.flows)} flows, ${short(bytes / 1e6)} MB, page cache warm`,
        head: ["", "seconds", "ns/packet", "GB/s", "spread"],
        rows: timings.map((timing) => rowOf(timing, traffic.packets, bytes)),
        notes: ["every packet departs: the file that is written is as long as the one that is read"],
      },
    ],
    bars: [barOf(timings)],
    failures: failuresOf(shaped!, bytes),
    data: { traffic, bytes, timings },
  };
}

/** Writing over a file would cost its freeing, too. */
function fresh(written: string, work: () => void): () => void {
  return () => {
    rmSync(written, { force: true });
    work();
  };
}

function rowOf({ name, medianMs, spread }: Timing, packets: number, bytes: number): string[] {
  const perPacket = short((medianMs * 1e6) / packets);
  return [name, short(medianMs / 1000), perPacket, short(bytes / medianMs / 1e6), `${(spread * 100).toFixed(0)} %`];
}

/** In a smoke run the start of Node outweighs the work. */
function barOf(timings: readonly Timing[]): Bar {
  const [shaping, metering, copying] = timings.map(({ medianMs }) => medianMs);
  return {
    claim: "shaped and written, weir shape / (weir meter + 2 cp)",
    // Of medians: copies one after the other would wait for the disk to take the first.
    value: shaping! / (metering! + 2 * copying!),
    kind: "at most",
    limit: 1,
    smokeLimit: 3,
  };
}

function failuresOf(path: string, bytes: number): string[] {
  const { size } = statSync(path);
  return size === bytes ? [] : [`the shaped capture has ${size} bytes instead of ${bytes}`];
}
