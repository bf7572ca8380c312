// Installs and builds whatever is missing or older than its sources. Plain JavaScript: it runs before anything is
// installed, so that `npm test` and `npm run demo` work as the first command in a fresh clone.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const OLDEST_NODE = [20, 19];

/** Runs a program in the project's folder; on failure shows what it printed and ends with its exit code. */
function run(title, command, args) {
  process.stderr.write(`${title} ...\n`);
  // npm is a script on Windows, which needs a shell; the arguments here are fixed words.
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}${result.error ?? ""}\n`);
  process.stderr.write(`${title} failed: ${command} ${args.join(" ")}\n`);
  process.exit(result.status ?? 1);
}

function newest(path) {
  const full = join(root, path);
  if (!existsSync(full)) return 0;
  const stat = statSync(full);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(full).map((name) => newest(join(path, name))));
}

function isStale(target, sources) {
  const full = join(root, target);
  return !existsSync(full) || sources.some((source) => newest(source) > statSync(full).mtimeMs);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(`Node ${process.versions.node} is too old: Weir needs ${OLDEST_NODE.join(".")} or newer\n`);
  process.exit(1);
}

if (isStale("node_modules/.package-lock.json", ["package-lock.json"])) {
  run("Installing dependencies", "npm", ["ci", "--no-audit", "--no-fund"]);
}
const asc = join("node_modules", "assemblyscript", "bin", "asc.js");
const builds = { release: "core.wasm", scalar: "core.scalar.wasm", debug: "core.debug.wasm" };
for (const [target, file] of Object.entries(builds)) {
  if (isStale(`build/${file}`, ["assembly", "asconfig.json", "scripts/unroll.mjs"])) {
    // Not in asconfig.json: asc takes the "./" off paths there, and finds no module of that name.
    const unrolls = ["--transform", "./scripts/unroll.mjs"];
    run(`Compiling the core (${target})`, process.execPath, [asc, "--target", target, ...unrolls]);
  }
}
for (const [target, file] of Object.entries({ release: "edge.wasm", debug: "edge.debug.wasm" })) {
  // A file of its own: asc adds the entries of asconfig.json to those it is told.
  if (isStale(`build/${file}`, ["assembly", "asconfig.edge.json"])) {
    const config = ["--config", "asconfig.edge.json"];
    run(`Compiling the edge core (${target})`, process.execPath, [asc, ...config, "--target", target]);
  }
}
if (isStale("build/assets/report.js", ["src", "scripts/assets.mjs", "scripts/charts.mjs", "package-lock.json"])) {
  run("Bundling what runs in browsers", process.execPath, [join("scripts", "assets.mjs")]);
}
const typescriptSources = [
  "src",
  "assembly/abi.ts",
  "assembly/abi",
  "assembly/edge/abi.ts",
  "tsconfig.json",
  "tsconfig.build.json",
  "scripts/types.mjs",
  "scripts/command.mjs",
  "package.json",
];
if (isStale("dist/src/cli/main.js", typescriptSources)) {
  // A source that was renamed or removed must not live on in the package.
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const tsc = join("node_modules", "typescript", "bin", "tsc");
  run("Compiling the package", process.execPath, [tsc, "-p", "tsconfig.build.json"]);
  run("Declaring its types", process.execPath, [join("scripts", "types.mjs")]);
  run("Bundling the command", process.execPath, [join("scripts", "command.mjs")]);
}
for (const file of ["core.wasm", "edge.wasm"]) {
  if (!isStale(`dist/build/${file}`, [`build/${file}`])) continue;
  mkdirSync(join(root, "dist", "build"), { recursive: true });
  cpSync(join(root, "build", file), join(root, "dist", "build", file));
}
const edgeSources = [
  "src/edge",
  "src/http",
  "src/policy",
  "src/errors.ts",
  "src/rational.ts",
  "src/units.ts",
  "scripts/edge.mjs",
  "scripts/edgenames.mjs",
  "scripts/constants.mjs",
  "scripts/source.mjs",
  "scripts/coretext.mjs",
  "build/edge.wasm",
  "package-lock.json",
];
if (isStale("dist/edge/index.js", edgeSources)) {
  run("Bundling the edge library", process.execPath, [join("scripts", "edge.mjs")]);
}
if (isStale("dist/build/assets/report.js", ["build/assets/report.js"])) {
  cpSync(join(root, "build", "assets"), join(root, "dist", "build", "assets"), { recursive: true });
}
if (isStale("dist/policy.schema.json", ["dist/src/cli/main.js", "scripts/policyschema.ts"])) {
  const tsx = join("node_modules", "tsx", "dist", "cli.mjs");
  run("Writing the schema of policy files", process.execPath, [tsx, join("scripts", "schema.ts")]);
}
if (isStale("dist/playground/index.html", ["src", "scripts/playground.ts", "build/core.wasm", "package-lock.json"])) {
  const tsx = join("node_modules", "tsx", "dist", "cli.mjs");
  run("Bundling the playground", process.execPath, [tsx, join("scripts", "playground.ts"), "--build"]);
}
