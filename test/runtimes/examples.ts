/** Examples of a document: each is a fence of code for one runtime, and a fence of what it prints. */
import { Miniflare } from "miniflare";
import { bundleOf } from "./bundle.ts";
import { pageSays } from "./chromium.ts";
import { programOf, type ProgramRuntime, PROGRAMS, runFile, writeProgram } from "./programs.ts";
import { COMPATIBILITY_DATE, miniflareModules } from "./workerd.ts";
import { chromiumPath, tellWithoutChromium } from "../support/browser.ts";

export interface Example {
  /** As the fence says: node, deno, bun, worker or page. */
  readonly runtime: string;
  readonly heading: string;
  readonly code: string;
  readonly output: string;
}

export function examplesOf(markdown: string): Example[] {
  let heading = "";
  const examples: Example[] = [];
  const parts = /^#+ (?<title>.+)$|^```js (?<runtime>\w+)\n(?<code>[^]*?)^```\n\n```text\n(?<output>[^]*?)^```$/gmu;
  for (const { groups } of markdown.matchAll(parts)) {
    const { title, runtime, code, output } = groups!;
    if (title !== undefined) heading = title;
    else examples.push({ heading, runtime: runtime!, code: code!, output: output! });
  }
  return examples;
}

/** The runtime of a fence: "node" is the one that runs the tests. */
function programRuntime(name: string): ProgramRuntime {
  return PROGRAMS.find((row) => row.name.toLowerCase().startsWith(name))!;
}

async function workerSays(code: string, requests: number): Promise<string> {
  const modules = miniflareModules(await bundleOf(code, "worker"));
  const miniflare = new Miniflare({ modules, modulesRoot: "/", compatibilityDate: COMPATIBILITY_DATE });
  try {
    let said = "";
    for (let request = 0; request < requests; request += 1) {
      said += `${await (await miniflare.dispatchFetch("http://localhost/")).text()}\n`;
    }
    return said;
  } finally {
    await miniflare.dispose();
  }
}

/** What an example prints; undefined where its runtime cannot be had. `name`: of the file that programs run. */
export async function saidBy({ runtime, code, output }: Example, name: string): Promise<string | undefined> {
  if (runtime === "worker") return workerSays(code, output.trimEnd().split("\n").length);
  if (runtime === "page") {
    const path = chromiumPath();
    if (path === undefined) tellWithoutChromium(`the page of ${name}`);
    return path === undefined ? undefined : pageSays(path, (await bundleOf(code, "page")).code);
  }
  const row = programRuntime(runtime);
  const program = programOf(row);
  // What a program prints depends on its terminal only in colors, which are off.
  return program === undefined ? undefined : runFile(row, program, writeProgram(`${name}.mjs`, code));
}
