// Bundles the command: one file for each of its parts instead of 150 modules, which Node takes 50 ms longer to find and
// read. Then removes the modules that nothing in the package imports any more: those that only the command has.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const outdir = join(root, "dist", "src", "cli");
const IMPORTED = /(?:\bfrom|\bimport\(|\bimport)\s*"(\.[^"?]+)"/gu;
/** What the library starts in threads of its own: its name is put together at run time. */
const LIBRARY_WORKERS = ["dist/src/threads/shardworker.js"];

/** Every file that a value of "exports" names, under whatever conditions. */
function targetsOf(value) {
  return typeof value === "string" ? [value] : Object.values(value).flatMap(targetsOf);
}

/** Adds the module and all that it imports to `reached`. */
function reachFrom(path, reached) {
  if (reached.has(path)) return;
  reached.add(path);
  for (const [, name] of readFileSync(path, "utf8").matchAll(IMPORTED)) reachFrom(join(dirname(path), name), reached);
}

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries = targetsOf(exports).filter((path) => path.startsWith("./dist/src/") && path.endsWith(".js"));
const library = new Set();
for (const path of [...entries, ...LIBRARY_WORKERS]) reachFrom(join(root, path), library);
for (const folder of ["src", "assembly"]) {
  for (const name of readdirSync(join(root, "dist", folder), { recursive: true })) {
    const path = join(root, "dist", folder, name);
    if (path.endsWith(".js") && !library.has(path)) rmSync(path);
  }
}

await build({
  absWorkingDir: root,
  // The thread that decodes captures is a file beside the others, where `new URL` in them looks for it.
  entryPoints: { main: "src/cli/main.ts", decoder: "src/threads/decoder.ts" },
  outdir,
  bundle: true,
  splitting: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20.19",
  // The library's modules, which it shares with the command, are in the package once more: as small as they get.
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
