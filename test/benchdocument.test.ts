// The benchmark's figures as a document: which run of a topic counts, what is said of bars, what the charts show.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chartSvg } from "../bench/document/chart.ts";
import { BLOCK_BEGIN, BLOCK_END, performanceDocument, readmeBlock, withBlock } from "../bench/document/markdown.ts";
import { newestRecords, readResults, type ResultFile, type TopicRecord } from "../bench/document/results.ts";
import { barText } from "../bench/report.ts";
import type { Bar, Chart, TopicResult } from "../bench/topic.ts";

const MACHINE = { cpu: "Z80", cores: 2, memoryGiB: 1, system: "CP/M", node: "20.0.0", v8: "11" };

function bar(value: number, over: Partial<Bar> = {}): Bar {
  return { claim: "core / C", value, kind: "at most", limit: 1.3, reach: 1.1, smokeLimit: null, ...over };
}

const CHART: Chart = {
  name: "cost",
  title: "Cost & flows",
  xTitle: "flows",
  yTitle: "ns",
  hasLogX: true,
  hasLogY: true,
  series: [
    {
      name: "core",
      points: [
        [1000, 10],
        [1_000_000, 40],
      ],
    },
    { name: "rival", points: [[1000, 100]] },
    { name: "absent", points: [] },
  ],
};

function result(over: Partial<TopicResult> = {}): TopicResult {
  const table = { title: "native: 1 k", head: ["", "ns"], rows: [["a | b", "<1"]], notes: ["a note"] };
  return { tables: [table], charts: [CHART], bars: [bar(1.2)], failures: [], data: null, ...over };
}

function file(date: string, results: ResultFile["results"]): ResultFile {
  return { date, machine: MACHINE, seed: 7, smoke: false, results };
}

function record(over: Partial<TopicResult> = {}): TopicRecord {
  return { topic: "native", date: "2026-01-02T03:04:05Z", machine: MACHINE, seed: 7, result: result(over) };
}

describe("results of several runs", () => {
  test("the newest run of each topic counts, whatever the order of the files", () => {
    const [old, young] = [result({ failures: ["old"] }), result({ failures: ["young"] })];
    const files = [file("2026-01-03", { native: young }), file("2026-01-01", { native: old, engines: old })];
    const records = newestRecords(files, ["engines", "native", "never measured"]);
    expect(records.map(({ topic, date }) => [topic, date])).toStrictEqual([
      ["engines", "2026-01-01"],
      ["native", "2026-01-03"],
    ]);
    expect(records[1]!.result.failures).toStrictEqual(["young"]);
  });

  test("smoke runs, damaged files and files of others are left out, the latter two with a word", () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-benchdocument-"));
    try {
      writeFileSync(join(folder, "a.json"), JSON.stringify(file("2026-01-01", { native: result() })));
      writeFileSync(join(folder, "b.json"), JSON.stringify({ ...file("2026-01-02", {}), smoke: true }));
      writeFileSync(join(folder, "c.json"), '{"date": "2026-');
      writeFileSync(join(folder, "d.json"), "{}");
      const said: string[] = [];
      expect(readResults(folder, (line) => said.push(line)).map(({ date }) => date)).toStrictEqual(["2026-01-01"]);
      expect(said.map((line) => line.slice(0, 7))).toStrictEqual(["c.json:", "d.json:"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the verdict on a bar", () => {
  test.each([
    [1.31, "MISSED"],
    [1.3, "met"],
    [1.11, "met"],
    [1.1, "reached"],
  ])("%f of at most 1.3, hoped for 1.1: %s", (value, word) => {
    expect(barText(bar(value), false)).toContain(`${word}: core / C = `);
  });

  test("a bar that hopes for nothing more is reached when it is met", () => {
    const { reach: _, ...plain } = bar(21, { kind: "at least", limit: 20 });
    expect(barText(plain, false)).toBe("reached: core / C = 21.00 (at least 20)");
    expect(barText({ ...plain, value: 19.9 }, false)).toContain("MISSED");
  });

  test("a smoke run judges the wide margin only", () => {
    expect(barText(bar(1.9, { smokeLimit: 2 }), true)).toContain("met: core / C = 1.90 (at most 2, smoke margin");
    expect(barText(bar(1.9), true)).toContain("not judged");
  });
});

function path({ name }: Chart): string {
  return `charts/${name}.svg`;
}

describe("docs/performance.md", () => {
  test("lists what was missed and what was hoped for, with the command, the machine and the seed", () => {
    const text = performanceDocument([record({ bars: [bar(1.5), bar(1.2, { claim: "core / floor" })] })], path);
    const [missed, hoped] = text.split("Met, but not what was hoped for:");
    expect(missed).toContain("- `native`: core / C is 1.50 (at most 1.3, hoped for 1.1)");
    expect(hoped).toContain("- `native`: core / floor is 1.20");
    expect(text).toContain("`npm run bench -- native --seed 7`, 2026-01-02, Z80, 2 cores, 1 GiB, Node 20.0.0");
    expect(text).toContain("| core / C | 1.50 | at most 1.3 | at most 1.1 | **missed** | native |");
    expect(text).toContain("(charts/cost.svg)");
  });

  test("says so when nothing was missed, and names failures", () => {
    const text = performanceDocument([record({ bars: [bar(1)], failures: ["2 verdicts differ"] })], path);
    expect(text).toContain("Every bar is met.");
    expect(text).not.toContain("hoped for:");
    expect(text).toContain("- `native`: 2 verdicts differ");
  });

  test("cells cannot break out of their table", () => {
    expect(performanceDocument([record()], path)).toContain("| a \\| b | &lt;1 |");
  });
});

describe("the README's block", () => {
  test("has a column for each number of flows, a dash where a row was not played, and what was missed", () => {
    const block = readmeBlock([record({ bars: [bar(1.5)] })]);
    expect(block).toContain("| ns a packet | 1,000 flows | 1,000,000 flows |");
    expect(block).toContain("| core | 10.0 | 40.0 |");
    expect(block).toContain("| rival | 100 | - |");
    expect(block).toContain("0 of 1 bars are met; the other 1: [slower than hoped]");
    expect(readmeBlock([])).toContain("No results");
  });

  test("goes between its markers and nowhere else", () => {
    const text = `before\n${BLOCK_BEGIN}\nold\n${BLOCK_END}\nafter`;
    const once = withBlock(text, "new")!;
    expect(once).toBe(`before\n${BLOCK_BEGIN}\n\nnew\n\n${BLOCK_END}\nafter`);
    expect(withBlock(once, "new")).toBe(once);
    expect(withBlock("no markers", "new")).toBeNull();
  });
});

describe("a chart", () => {
  test("draws every series that has points, with its name, inside the picture", () => {
    const svg = chartSvg(CHART);
    expect(svg).toContain("Cost &amp; flows");
    expect(svg.match(/<polyline/gu)).toHaveLength(2);
    expect(svg).toContain(">core<");
    expect(svg).not.toContain("absent");
    const ys = [...svg.matchAll(/c[y]="([\d.]+)"/gu)].map(([, y]) => Number(y));
    expect(Math.min(...ys)).toBeGreaterThan(40);
    expect(Math.max(...ys)).toBeLessThan(400);
  });

  test("a linear y axis begins at 0; one point alone is drawn", () => {
    const svg = chartSvg({ ...CHART, hasLogX: false, hasLogY: false, series: [{ name: "one", points: [[0.5, 30]] }] });
    expect(svg).toContain(">0<");
    expect(svg).not.toContain("NaN");
  });
});
