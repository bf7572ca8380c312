// Writes the declarations that users of the package can reach, with their comments: those that package.json exports, and
// what these import. The others, three quarters of them, would only make the package larger. For require() it writes
// what both Node and TypeScript need: modules and declarations of the other format, which hand on the ES modules.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const IMPORTED = /(?:\bfrom|\bimport\()\s*"(\.[^"]+)\.[jt]s"/gu;

/** Adds the file and all that it imports to `reached`. */
function reachFrom(path, reached) {
  if (reached.has(path)) return;
  reached.add(path);
  for (const [, name] of readFileSync(path, "utf8").matchAll(IMPORTED)) {
    reachFrom(join(dirname(path), `${name}.d.ts`), reached);
  }
}

/** Every file that a value of "exports" names, under whatever conditions. */
function targetsOf(value) {
  return typeof value === "string" ? [value] : Object.values(value).flatMap(targetsOf);
}

/** Writes `name.cjs` and `name.d.cts` beside the ES module `name.js`. Node requires those from 20.19 on. */
async function writeRequired(path) {
  const name = basename(path, ".cjs");
  const folder = dirname(path);
  writeFileSync(path, `module.exports = require("./${name}.js");\n`);
  const module = `"./${name}.js" with { "resolution-mode": "import" }`;
  const lines = [`import type * as library from ${module};`, `export type * from ${module};`];
  const library = await import(pathToFileURL(join(folder, `${name}.js`)).href);
  for (const [key, value] of Object.entries(library)) {
    lines.push(`export declare const ${key}: typeof library.${key};`);
    // A constant hides the class of its name, which is a type too.
    if (/^class\b/u.test(String(value))) lines.push(`export type ${key} = library.${key};`);
  }
  writeFileSync(join(folder, `${name}.d.cts`), `${lines.join("\n")}\n`);
}

const tsc = join("node_modules", "typescript", "bin", "tsc");
const options = ["--declaration", "--emitDeclarationOnly", "--removeComments", "false"];
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", ...options], {
  cwd: root,
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const targets = [...new Set(targetsOf(exports))].map((target) => join(root, target));
const reached = new Set();
for (const path of targets) if (path.endsWith(".d.ts")) reachFrom(path, reached);
for (const name of readdirSync(join(root, "dist"), { recursive: true })) {
  const path = join(root, "dist", name);
  if (path.endsWith(".d.ts") && !reached.has(path)) rmSync(path);
}
for (const path of targets) if (path.endsWith(".cjs")) await writeRequired(path);
