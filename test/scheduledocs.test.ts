// Goal: docs/schedulers.md says what the code says, and its program prints what it shows.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "prettier";
import { expect, test } from "vitest";
import { TABLED, withMadeParts } from "../scripts/docs/document.ts";
import { ROOT } from "./support/cli.ts";

const [PATH] = TABLED;
const text = readFileSync(join(ROOT, PATH), "utf8");

test("its tables are those of the code; if not: npm run docs", async () => {
  expect(text.match(/<!-- made: keys [\w-]+ -->/gu)).toHaveLength(4);
  expect(await format(withMadeParts(text), { parser: "markdown", printWidth: 120 })).toBe(text);
});

test("its program prints what it shows", () => {
  const [, program, output] = /```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/u.exec(text)!;
  const run = spawnSync(process.execPath, ["--input-type=module", "--eval", program!], { cwd: ROOT, encoding: "utf8" });
  expect([run.stdout, run.stderr]).toEqual([output, ""]);
});

test("its links lead somewhere", () => {
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/gu)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(2);
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(PATH), link)))).toEqual([]);
});
