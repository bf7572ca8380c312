// The main job on a real capture: meters examples/office.pcap.gz and says where the results are.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const command =
  'meter examples/office.pcap.gz --meter token-bucket --rate "1 Mbit/s" --burst "16 kB" ' +
  "--packets demo-output/packets.csv --flows demo-output/flows.csv";
const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);

mkdirSync(new URL("../demo-output", import.meta.url), { recursive: true });
process.stdout.write(
  `A real capture (examples/README.md), every flow held to 1 Mbit/s with bursts of 16 kB:\n\n$ weir ${command}\n\n`,
);
const result = spawnSync(process.execPath, ["dist/src/cli/main.js", ...args], { cwd: root, stdio: "inherit" });
if (result.status === 0) {
  process.stdout.write(`
Written:
  demo-output/packets.csv   a verdict a packet
  demo-output/flows.csv     totals a flow
Try your own: node dist/src/cli/main.js meter <capture> --meter token-bucket --rate 10Mbit/s --burst 64kB
All options:  node dist/src/cli/main.js meter --help
`);
}
process.exitCode = result.status ?? 1;
