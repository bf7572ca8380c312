/** The scripts and styles of pages, as scripts/assets.mjs bundled them when the package was built. */
import { readFileSync } from "node:fs";

/** What a page is made of besides its data. */
export interface PageAssets {
  /** The chart library, and after it what the page does. */
  readonly script: string;
  readonly style: string;
  /** Of the chart library. */
  readonly license: string;
}

function asset(name: string): string {
  return readFileSync(new URL(`../../build/assets/${name}`, import.meta.url), "utf8");
}

/** The page of `weir report`, or that of `weir watch --web`. */
export function pageAssets(page: "report" | "watch"): PageAssets {
  return {
    script: asset("charts.js") + asset(`${page}.js`),
    style: asset(`${page}.css`),
    license: asset("uplot-license.txt"),
  };
}
