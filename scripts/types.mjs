// Writes the declarations that users of the package can reach, with their comments: those that package.json exports, and
// what these import. The others, three quarters of them, would only make the package larger.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

const tsc = join("node_modules", "typescript", "bin", "tsc");
const options = ["--declaration", "--emitDeclarationOnly", "--removeComments", "false"];
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", ...options], {
  cwd: root,
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const reached = new Set();
for (const { types } of Object.values(exports)) if (types !== undefined) reachFrom(join(root, types), reached);
for (const name of readdirSync(join(root, "dist"), { recursive: true })) {
  const path = join(root, "dist", name);
  if (path.endsWith(".d.ts") && !reached.has(path)) rmSync(path);
}
