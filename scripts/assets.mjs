// Bundles what runs in browsers: a script and a style for each page, the chart library, which pages put before their
// scripts, and its license, which they carry.
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "build", "assets");

const common = {
  absWorkingDir: root,
  outdir: target,
  bundle: true,
  minify: true,
  target: "es2022",
  // Comments of licenses hold addresses, and a report names none; the license is in it as a text of its own.
  legalComments: "none",
};
rmSync(target, { recursive: true, force: true });
buildSync({
  ...common,
  entryPoints: { charts: "node_modules/uplot/dist/uPlot.esm.js" },
  format: "iife",
  globalName: "weirCharts",
});
buildSync({
  ...common,
  entryPoints: { report: "src/see/page/main.ts", watch: "src/watch/page/main.ts" },
  format: "iife",
  alias: { uplot: "./scripts/charts.mjs" },
});
buildSync({ ...common, entryPoints: { report: "src/see/page/report.css", watch: "src/watch/page/watch.css" } });
copyFileSync(join(root, "node_modules", "uplot", "LICENSE"), join(target, "uplot-license.txt"));
