// Bundles what runs in browsers, each page's script and style into one file, and keeps the license of the chart
// library beside them: pages carry it.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "build", "assets");

buildSync({
  absWorkingDir: root,
  entryPoints: {
    report: "src/see/page/main.ts",
    "report-style": "src/see/page/report.css",
    watch: "src/watch/page/main.ts",
    "watch-style": "src/watch/page/watch.css",
  },
  outdir: target,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  // Comments of licenses hold addresses, and a report names none; the license is in it as a text of its own.
  legalComments: "none",
});
copyFileSync(join(root, "node_modules", "uplot", "LICENSE"), join(target, "uplot-license.txt"));
