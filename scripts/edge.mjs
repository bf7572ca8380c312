// Bundles the entries of the edge library for runtimes other than Node: what the package's exports name. What entries
// have in common is in chunks beside them, so that no code is in the package twice and classes are the same in all.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { inlineConstants } from "./constants.mjs";
import { coreText } from "./coretext.mjs";
import { OWN_NAMES } from "./edgenames.mjs";
import { sourceModule } from "./source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outdir = join(root, "dist", "edge");

// The one file of the core that the package has; whoever bundles the package reads it there.
const besideBuild = {
  name: "core",
  setup({ onResolve }) {
    onResolve({ filter: /edge\.wasm(?:\?module)?$/ }, ({ path }) => ({
      path: `../build/${path.slice(2)}`,
      external: true,
    }));
  },
};

const { COMPILED_NAMES } = await sourceModule("edge/compilednames.ts");
const { CORE_NAMES } = await sourceModule("edge/corenames.ts");
// In bundles settings have the names of compiled meters, and the core's functions those of its exports.
const NAMES = { ...COMPILED_NAMES, ...CORE_NAMES };
const RENAMED = { compilednames: ["asCompiled", "fromCompiled"], corenames: ["functionsOf"] };
const withoutRenaming = {
  name: "names",
  setup({ onLoad }) {
    for (const [file, functions] of Object.entries(RENAMED)) {
      // Functions that answer what they are given: no calls of them are left.
      const contents = functions.map((name) => `export function ${name}(value) { return value; }`).join("");
      onLoad({ filter: new RegExp(`[/\\\\]${file}\\.ts$`) }, () => ({ contents }));
    }
  },
};

const core = readFileSync(join(root, "build", "edge.wasm"));
rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    index: "src/edge/entry.inline.ts",
    "index.workerd": "src/edge/entry.workerd.ts",
    "index.edge-light": "src/edge/entry.edge-light.ts",
    module: "src/edge/entry.module.ts",
    js: "src/edge/entry.js.ts",
    compiled: "src/edge/entry.compiled.ts",
    "compiled.workerd": "src/edge/entry.compiled.workerd.ts",
    "compiled.edge-light": "src/edge/entry.compiled.edge-light.ts",
    http: "src/http/index.ts",
    hono: "src/http/hono.ts",
  },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  mangleProps: new RegExp(`^(?:${[...OWN_NAMES, ...Object.keys(NAMES)].join("|")})$`),
  mangleCache: { ...NAMES },
  legalComments: "none",
  target: "es2022",
  // Fields without a value are not declared: each is given one in its constructor.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  platform: "neutral",
  plugins: [besideBuild, withoutRenaming, inlineConstants],
  define: { EDGE_CORE_TEXT: JSON.stringify(coreText(core)), EDGE_CORE_BYTES: String(core.length) },
  logLevel: "warning",
});
// Entries that only a bundler can put together: what tsc has made of them does not run.
for (const name of ["inline", "workerd", "edge-light", "compiled", "compiled.workerd", "compiled.edge-light"]) {
  rmSync(join(root, "dist", "src", "edge", `entry.${name}.js`), { force: true });
}
