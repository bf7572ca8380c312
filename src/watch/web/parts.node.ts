/** How the page's script and style arrive in Node: bundled by scripts/assets.mjs beside the core. */
import { readFileSync } from "node:fs";
import type { PageParts } from "./page.ts";

function asset(name: string): string {
  return readFileSync(new URL(`../../../build/assets/${name}`, import.meta.url), "utf8");
}

export function pageParts(): PageParts {
  return { script: asset("watch.js"), style: asset("watch-style.css"), license: asset("uplot-license.txt") };
}
