/** Topic `memory`: peak memory of the command on a small and on a large capture with equally many flows. */
import { join } from "node:path";
import { median } from "../harness.ts";
import { inScratchFolder, peakMibOf } from "../process.ts";
import { countText, short } from "../report.ts";
import { synthesizeFile } from "../synth.ts";
import type { RunOptions, Topic, TopicResult } from "../topic.ts";

const RUNS = 3;
/** Of the synthetic captures: record header and captured bytes. */
const BYTES_PER_PACKET = 112;

export const memory: Topic = {
  name: "memory",
  summary: "peak memory of weir meter on a 100 MB and a 2 GB capture of equally many flows",
  run: async (options) => inScratchFolder((folder) => measureMemory(folder, options)),
};

function measureMemory(folder: string, { smoke, seed, progress }: RunOptions): TopicResult {
  const flows = smoke ? 5000 : 50_000;
  const targets = smoke ? [5e6, 50e6] : [100e6, 2e9];
  const captures = targets.map((targetBytes, index) => {
    const path = join(folder, `${index}.pcap`);
    const packets = Math.round(targetBytes / BYTES_PER_PACKET);
    progress(`writing ${countText(packets)} packets of ${countText(flows)} flows to ${path}`);
    return { path, packets, bytes: synthesizeFile(path, { packets, flows, seed }), peaksMib: [] as number[] };
  });
  for (let run = 0; run < (smoke ? 1 : RUNS); run += 1) {
    for (const capture of captures) capture.peaksMib.push(peakMibOf(capture.path));
  }
  const [small, large] = captures.map(({ peaksMib }) => median(peaksMib));
  return {
    tables: [
      {
        title: `memory: peak resident memory of weir meter, ${countText(flows)} flows`,
        head: ["capture", "packets", "peak MiB"],
        rows: captures.map(({ bytes, packets, peaksMib }) => [
          `${short(bytes / 1e6)} MB`,
          countText(packets),
          short(median(peaksMib)),
        ]),
        notes: [],
      },
    ],
    bars: [
      {
        claim: "peak memory, large / small capture",
        value: large! / small!,
        kind: "at most",
        limit: 1.05,
        smokeLimit: 1.3,
      },
    ],
    failures: [],
    data: captures,
  };
}
