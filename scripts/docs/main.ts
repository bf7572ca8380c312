/** `npm run docs`: draws the pictures, fills the tables, runs the commands of the documents and keeps what they print. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import {
  DOCUMENTS,
  drawnScene,
  pictureFile,
  PLOTTED,
  SCENES,
  shownCommands,
  shownPart,
  shownPlots,
  TABLED,
  withMadeParts,
  withOutputs,
  wordsOf,
} from "./document.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMMAND = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

/** Runs a command of a document; answers what it prints. Throws when it fails. */
function run(command: string): string {
  const [program, ...args] = wordsOf(command);
  if (program !== "weir") throw new Error(`a document runs ${program}; only weir can be shown`);
  const result = spawnSync(process.execPath, [COMMAND, ...args], { cwd: ROOT, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${command}: exit ${result.status}: ${result.stderr}`);
  return result.stdout;
}

mkdirSync(new URL("../../docs/pictures/", import.meta.url), { recursive: true });
for (const scene of SCENES) writeFileSync(`${ROOT}${pictureFile(scene)}`, drawnScene(scene));
for (const path of [...DOCUMENTS, ...TABLED]) {
  const filled = withMadeParts(readFileSync(`${ROOT}${path}`, "utf8"));
  const outputs = shownCommands(filled).map(({ command }) => shownPart(run(command)));
  const text = await format(withOutputs(filled, outputs), { parser: "markdown", printWidth: 120 });
  writeFileSync(`${ROOT}${path}`, text);
}
mkdirSync(new URL("../../docs/plots/", import.meta.url), { recursive: true });
for (const path of PLOTTED) {
  for (const { command } of shownPlots(readFileSync(`${ROOT}${path}`, "utf8"))) run(command);
}
process.stdout.write(`${SCENES.length} pictures, ${DOCUMENTS.length + TABLED.length} documents\n`);
