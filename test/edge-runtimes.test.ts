// Goal: the conformance trace gives the same digests in every runtime, on the core and on the engine without WebAssembly.
// A runtime that cannot be had here is told of and counted: it is never a silent pass.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMeter, restoreMeter } from "../src/edge/entry.node.ts";
import { chromiumReport } from "./runtimes/chromium.ts";
import { CASES } from "./runtimes/cases.ts";
import { chromiumPath } from "./support/browser.ts";
import type { Report } from "./runtimes/driver.ts";
import { installPrograms } from "./runtimes/install.ts";
import { programOf, PROGRAMS, reportOf } from "./runtimes/programs.ts";
import { conformance, type Section } from "./runtimes/trace.ts";
import { CEILING_BYTES, confinedReport, miniflareReport } from "./runtimes/workerd.ts";

/** Installing programs for the first time takes a while. */
const INSTALL_MS = 300_000;
const ran: string[] = [];
const notRun: string[] = [];
let installFailure: string | undefined;
let expected: readonly Section[] = [];

beforeAll(async () => {
  installFailure = installPrograms();
  expected = await conformance({ createMeter, restoreMeter }, "js");
}, INSTALL_MS);

afterAll(() => {
  process.stdout.write(`\nEdge runtimes with equal digests, ${ran.length}: ${ran.join("; ")}\n`);
  if (notRun.length > 0) process.stdout.write(`Edge runtimes NOT RUN, ${notRun.length}: ${notRun.join("; ")}\n`);
  process.stdout.write("\n");
});

function check(runtime: string, { core, js, engine }: Report): void {
  expect(engine).toBe("wasm");
  expect(core).toStrictEqual(expected);
  expect(js).toStrictEqual(expected);
  ran.push(runtime);
}

describe("the sources, in this process", () => {
  test("the trace has a digest for every meter, and no two are equal", () => {
    expect(expected.map(({ name }) => name)).toStrictEqual(CASES.map(({ name }) => name));
    expect(new Set(expected.map(({ digest }) => digest)).size).toBe(CASES.length);
  });

  test("the core answers as the engine without WebAssembly", async () => {
    expect(await conformance({ createMeter, restoreMeter }, "wasm")).toStrictEqual(expected);
  });
});

describe("the package", () => {
  test.each(PROGRAMS)("in $name", async (runtime) => {
    const program = programOf(runtime);
    if (program === undefined) {
      notRun.push(`${runtime.name} (${installFailure ?? "no package for this platform"})`);
      return;
    }
    check(runtime.name, await reportOf(runtime, program));
  });

  test("in workerd, by miniflare", async () => {
    check("workerd by miniflare", await miniflareReport());
  });

  test("in workerd where the clock never advances and an isolate has 128 MB", async () => {
    const { report, grownBytes } = await confinedReport();
    check("workerd, confined", report);
    expect(report.looks).toStrictEqual({ clock: 0, timers: 0, randoms: 0 });
    expect(report.large.flows).toBe(1_000_000);
    expect(report.large.chunkBytesMax).toBeLessThan(2_000_001);
    expect(report.large.memoryBytes).toBeLessThan(CEILING_BYTES / 2);
    if (grownBytes === undefined)
      notRun.push("the ceiling of workerd's resident memory (this system does not tell it)");
    else expect(grownBytes).toBeLessThan(CEILING_BYTES);
  });

  test("in Chromium", async () => {
    const path = chromiumPath();
    if (path === undefined) {
      notRun.push("Chromium (apt-get install chromium)");
      return;
    }
    check("Chromium", await chromiumReport(path));
  });
});
