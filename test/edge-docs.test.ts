// Goal: every example of docs/edge.md runs in the runtime that it is for, and prints what the page shows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMeter } from "../src/edge/entry.node.ts";
import type { EdgeMeter, PolicyInput } from "../src/edge/types.ts";
import { examplesOf, saidBy } from "./runtimes/examples.ts";
import { installPrograms } from "./runtimes/install.ts";
import { ROOT } from "./support/cli.ts";

const INSTALL_MS = 300_000;

const text = readFileSync(join(ROOT, "docs/edge.md"), "utf8");
const examples = examplesOf(text);
const notRun: string[] = [];
let installFailure: string | undefined;

beforeAll(() => {
  installFailure = installPrograms();
}, INSTALL_MS);

afterAll(() => {
  if (notRun.length > 0) process.stdout.write(`\nEdge examples NOT RUN, ${notRun.length}: ${notRun.join("; ")}\n\n`);
});

test("every fence of code is an example, and each runtime has one", () => {
  expect(examples.length).toBe([...text.matchAll(/^```js/gmu)].length);
  expect(new Set(examples.map(({ runtime }) => runtime))).toStrictEqual(
    new Set(["node", "deno", "bun", "worker", "page"]),
  );
});

function meterOf(policy: PolicyInput, maxFlows: number, batchRows = 4096): EdgeMeter {
  return createMeter({ policies: [policy], maxFlows, batchRows, key: "u32" });
}

function bytesOf(...args: Parameters<typeof meterOf>): number {
  return meterOf(...args).stats().memoryBytes;
}

function snapshotBytes(meter: EdgeMeter): number {
  return meter.snapshot().reduce((sum, { length }) => sum + length, 0);
}

describe("its figures of memory", () => {
  const usual: PolicyInput = { meter: "token-bucket", cost: "packets", rate: "100 packets/min", burst: "20 packets" };
  const other: PolicyInput = { meter: "token-bucket", rate: "12.3456789 B/s", burst: "61 B" };
  test.each([
    { policy: usual, row: "| one bucket" },
    { policy: other, row: "| any other meter" },
  ])("$row", ({ policy, row }) => {
    const [, , aKey, ofSnapshot] = text
      .split("\n")
      .find((line) => line.startsWith(row))!
      .split("|")
      .map((cell) => cell.trim());
    expect(((bytesOf(policy, 2_000_000) - bytesOf(policy, 1_000_000)) / 1e6).toFixed(1)).toBe(aKey);
    const meter = meterOf(policy, 10_000);
    const before = snapshotBytes(meter);
    for (let key = 0; key < 1000; key += 1) meter.decide(key, 0);
    expect(((snapshotBytes(meter) - before) / 1000).toFixed(0)).toBe(ofSnapshot);
  });

  test("what comes on top", () => {
    const aRow = (bytesOf(usual, 1000, 60_000) - bytesOf(usual, 1000, 0)) / 60_000;
    // Memory comes in pages of 64 kB: a byte more or less a row.
    expect(Math.abs(aRow - Number(/(\d+) bytes for each of `batchRows`/u.exec(text)![1]))).toBeLessThan(1.1);
    expect((bytesOf(usual, 100_000) / 1e6).toFixed(0)).toBe(/100,000 keys are (\d+) MB/u.exec(text)![1]);
    expect((bytesOf(usual, 1_000_000) / 1e6).toFixed(0)).toBe(/a million (\d+) MB/u.exec(text)![1]);
  });
});

describe("docs/edge.md", () => {
  test.each(examples)("$heading, in $runtime", async (example) => {
    const said = await saidBy(example, `edge-example-${examples.indexOf(example)}`);
    if (said === undefined) notRun.push(`${example.heading} (${installFailure ?? `no ${example.runtime} here`})`);
    else expect(said).toBe(example.output);
  });
});
