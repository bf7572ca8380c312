// Goal: the second reading of a file, which follows levels, can be interrupted and can fail, and totals stay whole.
import { truncateSync, writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { lookAt, type LookOptions } from "../src/cli/looked.ts";
import { compilePolicy } from "../src/policies.ts";
import { packFlows } from "../src/see/packing.ts";
import { pageAssets } from "../src/see/assets.node.ts";
import { reportHtml } from "../src/see/report.ts";
import { Scratch } from "./support/cli.ts";
import { MILLION, SPIKE, spikedCapture, STEP_NS } from "./support/million.ts";

const scratch = new Scratch();
const CAPTURE = scratch.write("million.pcap", spikedCapture());
const LOOK = {
  policy: compilePolicy({ meter: "token-bucket", rate: "100 MB/s", burst: "64 kB" }),
  top: 1,
  worstMax: 1,
} as const;
/** Merged by time: a reading takes long enough to be interrupted. */
const MANY = [CAPTURE, CAPTURE, CAPTURE, CAPTURE, CAPTURE, CAPTURE];
const PACKETS = MANY.length * MILLION;
const OPTIONS = { quiet: true, by: "all" } as const;

let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** Chooses the worst flow, as a report does, when the first reading has ended; something happens in the second one. */
function afterFirst(happens: () => void): LookOptions["choose"] {
  return (_, worst) => {
    happens();
    return worst;
  };
}

/** Presses Ctrl-C as soon as a reading waits for it. */
function interruptNext(): void {
  const before = process.listenerCount("SIGINT");
  const timer = setInterval(() => {
    if (process.listenerCount("SIGINT") > before) process.emit("SIGINT");
  }, 1);
  stop = () => clearInterval(timer);
}

test("Ctrl-C in the second reading: totals of all, levels up to there, and a note", async () => {
  const looked = await lookAt(MANY, OPTIONS, { ...LOOK, choose: afterFirst(interruptNext) });
  expect(looked.isInterrupted).toBe(true);
  expect(looked.summary.total.packets).toBe(BigInt(PACKETS));
  expect(looked.summary.isInterrupted).toBe(false);
  expect(looked.levelNotes).toStrictEqual(["Interrupted in the second reading: the levels are drawn up to there."]);
  const [{ series }] = looked.flows as [(typeof looked.flows)[number]];
  expect(series.packets).toBeGreaterThan(0);
  expect(series.packets).toBeLessThan(PACKETS);
  const { timesNs } = series.lines[0]!.steps();
  expect(timesNs.at(-1)).toBeLessThan(MILLION * STEP_NS);
  const html = reportHtml({ ...looked, watched: packFlows(looked.flows) }, pageAssets("report"));
  expect(html).toContain("Interrupted in the second reading: the levels are drawn up to there.");
});

test("Ctrl-C in the first reading: no second one", async () => {
  interruptNext();
  const looked = await lookAt(MANY, OPTIONS, { ...LOOK, choose: (_, worst) => worst });
  expect(looked.isInterrupted).toBe(true);
  expect(looked.summary.total.packets).toBeLessThan(BigInt(PACKETS));
  expect(looked.flows).toStrictEqual([]);
  expect(looked.levelNotes).toStrictEqual(["Interrupted before the second reading, which draws the levels."]);
});

test("a file that is cut between the readings: totals of all, levels of what is left", async () => {
  const path = scratch.write("cut.pcap", spikedCapture());
  const choose = afterFirst(() => truncateSync(path, 1000));
  const looked = await lookAt([path], OPTIONS, { ...LOOK, choose });
  expect([looked.isInterrupted, looked.summary.total.packets]).toStrictEqual([false, BigInt(MILLION)]);
  const [{ series }] = looked.flows as [(typeof looked.flows)[number]];
  expect(series.packets).toBeLessThan(20);
  const missing = (MILLION - series.packets).toLocaleString("en-US");
  expect(looked.levelNotes).toStrictEqual([
    `The second reading, which draws the levels, found ${missing} packets less: a capture has changed.`,
  ]);
});

test("a file that becomes another one: totals of the first, why there are no levels", async () => {
  const path = scratch.write("other.pcap", spikedCapture());
  const choose = afterFirst(() => writeFileSync(path, "no capture\n"));
  const looked = await lookAt([path], OPTIONS, { ...LOOK, choose });
  expect([looked.summary.total.packets, looked.flows]).toStrictEqual([BigInt(MILLION), []]);
  expect(looked.levelNotes).toStrictEqual([
    "The second reading, which draws the levels, found 1,000,000 packets less: a capture has changed.",
  ]);
});

test("a file that grows between the readings: no packet more than were counted", async () => {
  const path = scratch.write("grown.pcap", spikedCapture().subarray(0, 24 + 700_000 * 58));
  const choose = afterFirst(() => writeFileSync(path, spikedCapture()));
  const looked = await lookAt([path], OPTIONS, { ...LOOK, choose });
  const [{ series }] = looked.flows as [(typeof looked.flows)[number]];
  expect([BigInt(series.packets), 700_000n]).toStrictEqual([
    looked.summary.total.packets,
    looked.summary.total.packets,
  ]);
  expect(Math.max(...series.lines[0]!.steps().after)).toBe(SPIKE.bytes);
});
