// Bundles the entries of the edge library: what the package's exports name. Everything but the core is one file an entry,
// so that no runtime has to resolve anything.
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const from = (name) => join(root, "src", "edge", name);
const to = (name) => join(root, "dist", "edge", name);
mkdirSync(join(root, "dist", "edge"), { recursive: true });
copyFileSync(join(root, "build", "edge.wasm"), to("edge.wasm"));

// The policies' table holds the texts of the command's help, which no library call shows.
const withoutHelp = {
  name: "without-help",
  setup({ onLoad }) {
    onLoad({ filter: /src.policy.(?:params|table|forms|colorforms)\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      return {
        loader: "ts",
        contents: text.replaceAll(/\b(help|summary|spec|defaultText):\s*"(?:[^"\\]|\\.)*"/gu, '$1: ""'),
      };
    });
  },
};
const hex = readFileSync(join(root, "build", "edge.wasm")).toString("hex");
const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  platform: "neutral",
  external: ["*.wasm", "*.wasm?module"],
  plugins: [withoutHelp],
  define: { EDGE_CORE_HEX: JSON.stringify(hex) },
  logLevel: "warning",
};
const ENTRIES = {
  "entry.inline.ts": "index.js",
  "entry.workerd.ts": "index.workerd.js",
  "entry.edge-light.ts": "index.edge-light.js",
  "entry.module.ts": "module.js",
  "entry.js.ts": "js.js",
};
for (const [entry, file] of Object.entries(ENTRIES)) {
  await build({ ...common, entryPoints: [from(entry)], outfile: to(file), format: "esm" });
}
for (const [entry, file] of [
  ["entry.inline.ts", "index.cjs"],
  ["entry.module.ts", "module.cjs"],
  ["entry.js.ts", "js.cjs"],
]) {
  await build({ ...common, entryPoints: [from(entry)], outfile: to(file), format: "cjs" });
}
