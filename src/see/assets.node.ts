/** The script and the style of reports, as they were bundled when the package was built. */
import { readFileSync } from "node:fs";
import type { PageAssets } from "./report.ts";

function asset(name: string): string {
  return readFileSync(new URL(`../../build/assets/${name}`, import.meta.url), "utf8");
}

export function pageAssets(): PageAssets {
  return { script: asset("report.js"), style: asset("report-style.css"), license: asset("uplot-license.txt") };
}
