/** `npm run bench -- --report`: docs/performance.md, its charts and the README's table from kept results. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { chartSvg } from "./chart.ts";
import { performanceDocument, readmeBlock, withBlock } from "./markdown.ts";
import { newestRecords, readResults } from "./results.ts";

const ROOT = new URL("../../", import.meta.url);
const CHARTS = "performance";
/** Of .prettierrc, which the rest of the documents are checked against. */
const STYLE = { parser: "markdown", printWidth: 120 } as const;

/** Writes all three. Answers a line about each file, and about results that were left out. */
export async function writeDocument(resultsFolder: string, topics: readonly string[]): Promise<string[]> {
  const said: string[] = [];
  const records = newestRecords(
    readResults(resultsFolder, (line) => said.push(line)),
    topics,
  );
  if (records.length === 0) throw new Error(`${resultsFolder}: no results of a full run; run npm run bench first`);
  const charts = new URL(`docs/${CHARTS}/`, ROOT);
  // Charts of topics that are gone would stay for ever.
  rmSync(charts, { recursive: true, force: true });
  mkdirSync(charts, { recursive: true });
  for (const chart of records.flatMap(({ result }) => result.charts ?? [])) {
    writeFileSync(new URL(`${chart.name}.svg`, charts), chartSvg(chart));
    said.push(`docs/${CHARTS}/${chart.name}.svg`);
  }
  const text = performanceDocument(records, ({ name }) => `${CHARTS}/${name}.svg`);
  writeFileSync(new URL("docs/performance.md", ROOT), await format(text, STYLE));
  const readme = new URL("README.md", ROOT);
  const replaced = withBlock(readFileSync(readme, "utf8"), readmeBlock(records));
  if (replaced !== null) writeFileSync(readme, await format(replaced, STYLE));
  return [...said, "docs/performance.md", replaced === null ? `${fileURLToPath(readme)} has no markers` : "README.md"];
}
