// The main job on a real capture: one contract for every flow, then classes with contracts of their own.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const runs = [
  {
    title: "A real capture (examples/README.md), every flow held to 1 Mbit/s with bursts of 16 kB:",
    command:
      'meter examples/office.pcap.gz --meter token-bucket --rate "1 Mbit/s" --burst "16 kB" ' +
      "--packets demo-output/packets.csv --flows demo-output/flows.csv",
  },
  {
    title: "The same capture in classes: markers, shares by weight, and a line that they share:",
    command:
      "meter examples/office.pcap.gz --policy examples/policies/office.yaml --top 3 --nodes demo-output/nodes.csv",
  },
];

mkdirSync(new URL("../demo-output", import.meta.url), { recursive: true });
for (const { title, command } of runs) {
  const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
  process.stdout.write(`${title}\n\n$ weir ${command}\n\n`);
  const { status } = spawnSync(process.execPath, ["dist/src/cli/main.js", ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  process.stdout.write("\n");
}
process.stdout.write(`Written:
  demo-output/packets.csv   a verdict a packet
  demo-output/flows.csv     totals a flow
  demo-output/nodes.csv     totals of what the classes share: the line, and each sender
Try your own: node dist/src/cli/main.js meter <capture> --meter token-bucket --rate 10Mbit/s --burst 64kB
All options:  node dist/src/cli/main.js meter --help
`);
