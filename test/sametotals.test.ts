// Goal: whatever shows a run shows the totals of `weir meter --json`: report, watch, plot and playground.
import { expect, test } from "vitest";
import type { FormState } from "../src/playground/form/fields.ts";
import type { Totals } from "../src/playground/protocol.ts";
import { grouped } from "../src/report/number.ts";
import { unpackBins } from "../src/see/packing.ts";
import type { MeterName } from "../src/types.ts";
import { type CountJson, meterJson, OFFICE, Scratch, type SummaryJson, weir } from "./support/cli.ts";
import { fileSource, PlaygroundRun, stateOf } from "./support/playground.ts";
import { dataOf, sumOf } from "./support/seen.ts";

const scratch = new Scratch();
const COLORS = ["green", "yellow", "red"] as const;
type ColorCounts = Readonly<Record<(typeof COLORS)[number], CountJson>>;

const MADE = scratch.at("bursty.pcapng");
weir(["synth", "--preset", "bursty", "--seed", "7", "-o", MADE]);

/** A meter's parameters by name; a flag is "true". */
type Values = Readonly<Record<string, string>>;
type Case = readonly [title: string, file: string, meter: MeterName, values: Values, by: string];
const MARKER = { cir: "1 Mbit/s", cbs: "16 kB", pir: "2 Mbit/s", pbs: "32 kB" } as const;
const CASES: readonly Case[] = [
  ["a bucket for each flow", OFFICE, "token-bucket", { rate: "1 Mbit/s", burst: "16 kB" }, "5-tuple"],
  ["a marker for each network", OFFICE, "trtcm", MARKER, "src/24"],
  ["marks that come with packets", MADE, "trtcm", { ...MARKER, "color-aware": "true" }, "5-tuple"],
  ["packets, all as one", MADE, "leaky-bucket", { rate: "2000 packets/s", burst: "50 packets" }, "all"],
  ["IP lengths", MADE, "token-bucket", { rate: "300 kbit/s", burst: "9 kB", length: "ip", overhead: "24" }, "pair"],
];

function optionsOf(values: Values): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === "true" ? [`--${name}`] : [`--${name}`, value]));
}

function numbersOf({ packets, bytes }: CountJson): CountJson {
  return { packets: Number(packets), bytes: Number(bytes) };
}

function colorsOf({ green, yellow, red }: ColorCounts): ColorCounts {
  return { green: numbersOf(green), yellow: numbersOf(yellow), red: numbersOf(red) };
}

/** A command's answer, which comes without a word on stderr. */
function said(args: readonly string[]): string {
  const { code, stdout, stderr } = weir(args);
  expect([code, stderr]).toStrictEqual([0, ""]);
  return stdout;
}

/** The summary without how much memory the run took. */
function comparable(summary: object): object {
  return { ...summary, kind: null, memory: null };
}

function expectReport(args: readonly string[], expected: SummaryJson): void {
  const data = dataOf(said(["report", ...args, "-o", "-"]));
  expect(comparable(data.summary as object)).toStrictEqual(comparable({ ...expected, topFlows: [] }));
  const { packets, bytes } = unpackBins(data.rates);
  const drawn = COLORS.map((color, index) => [color, { packets: sumOf(packets[index]!), bytes: sumOf(bytes[index]!) }]);
  expect(Object.fromEntries(drawn)).toStrictEqual(colorsOf(expected));
}

function expectWatch(args: readonly string[], expected: SummaryJson): void {
  const lines = said(["watch", ...args, "--speed", "max", "--json"])
    .trimEnd()
    .split("\n");
  const documents = lines.map((line) => JSON.parse(line) as SummaryJson & { readonly since: ColorCounts });
  expect(comparable(documents.at(-1)!)).toStrictEqual(comparable(expected));
  const seconds = documents.slice(0, -1);
  const last = seconds.at(-1)!;
  expect(colorsOf(last)).toStrictEqual(colorsOf(expected));
}

function expectPlot(args: readonly string[], { packets, red }: SummaryJson): void {
  const svg = said(["plot", ...args, "--all", "-o", "-"]);
  expect(svg).toContain(`>all packets: ${grouped(BigInt(packets))} packets, ${grouped(BigInt(red.packets))} refused<`);
}

async function expectPlayground(file: string, state: FormState, expected: SummaryJson): Promise<void> {
  const run = new PlaygroundRun();
  await run.load(fileSource(file));
  const { totals, flows, packets } = await run.picture(state);
  const { regressions, oversize, ...colors }: Totals = totals;
  expect(colors).toStrictEqual(colorsOf(expected));
  expect([packets, flows.flows, regressions]).toStrictEqual([
    expected.packets,
    expected.flows,
    expected.time.regressions,
  ]);
  expect(oversize).toStrictEqual(expected.oversize);
}

test.each(CASES)("%s: report, watch, plot and playground", async (_, file, meter, values, by) => {
  const args = [file, "--meter", meter, ...optionsOf(values), "--by", by];
  const expected = meterJson(args);
  expect(Number(expected.red.packets)).toBeGreaterThan(0);
  expectReport(args, expected);
  expectWatch(args, expected);
  expectPlot(args, expected);
  await expectPlayground(file, stateOf(meter, values, by), expected);
});

test("of classes, where the page has no policy: report, watch and plot", () => {
  const args = [OFFICE, "--policy", "docs/office.yaml"];
  const expected = meterJson(args);
  expectWatch(args, expected);
  expectPlot(args, expected);
  const { classes, ...totals } = dataOf(said(["report", ...args, "-o", "-"])).summary as SummaryJson;
  expect(colorsOf(totals)).toStrictEqual(colorsOf(expected));
  expect(classes).toStrictEqual(expected.classes);
});
