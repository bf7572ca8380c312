// Goal: every example of docs/http.md runs in the runtime that it is for and prints what the page shows, and the page
// names every option, reason and status that there is.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROBLEMS } from "../src/http/response.ts";
import { examplesOf, saidBy } from "./runtimes/examples.ts";
import { installPrograms } from "./runtimes/install.ts";
import { ROOT } from "./support/cli.ts";

const INSTALL_MS = 300_000;

const text = readFileSync(join(ROOT, "docs/http.md"), "utf8");
const examples = examplesOf(text);
const notRun: string[] = [];
let installFailure: string | undefined;

beforeAll(() => {
  installFailure = installPrograms();
}, INSTALL_MS);

afterAll(() => {
  if (notRun.length > 0) process.stdout.write(`\nHTTP examples NOT RUN, ${notRun.length}: ${notRun.join("; ")}\n\n`);
});

test("every fence of code is an example", () => {
  expect(examples.length).toBeGreaterThan(5);
  expect(examples.length).toBe([...text.matchAll(/^```js/gmu)].length);
});

test("the table of reasons is that of the code", () => {
  const rows = [...text.matchAll(/^\| `"(\w+)"` +\| (\d+) +\| (?:`([\w-]+)`|none) +\|/gmu)];
  const written = Object.fromEntries(
    rows.map(([, reason, status, type]) => [reason, { status: Number(status), type }]),
  );
  const known = Object.entries(PROBLEMS).map(([reason, { status, type }]) => [reason, { status, type }]);
  expect(written).toStrictEqual(Object.fromEntries(known));
});

test("it names every option", () => {
  const types = readFileSync(join(ROOT, "src/http/types.ts"), "utf8");
  const [, options] = /interface LimiterOptions<[^>]*> \{([^]*?)\n\}/u.exec(types)!;
  const names = [...options!.matchAll(/readonly (\w+)\??:/gu)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(7);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`, "u").test(text))).toStrictEqual([]);
});

describe("docs/http.md", () => {
  test.each(examples)("$heading, in $runtime", async (example) => {
    const said = await saidBy(example, `http-example-${examples.indexOf(example)}`);
    if (said === undefined) notRun.push(`${example.heading} (${installFailure ?? `no ${example.runtime} here`})`);
    else expect(said).toBe(example.output);
  });
});
