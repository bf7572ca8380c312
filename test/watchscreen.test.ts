// Goal: what stands on a terminal's screen is what was metered, at any size.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { compileLoaded, loadPolicyText, readerBeside } from "../src/policies.ts";
import { grouped, percent } from "../src/report/number.ts";
import { rendered, widthOf } from "../src/watch/terminal/cells.ts";
import { screenLines, SIZE_MIN } from "../src/watch/terminal/layout.ts";
import { ipFrame, MS, OFFICE, ROOT, Scratch } from "./support/cli.ts";
import { atItsEnd, cellsOf, expectTotals, KEYS } from "./support/dashboard.ts";
import { until } from "./support/watching.ts";

const scratch = new Scratch();
const BUCKET = { meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" } as const;

/** Without the marks of what is selected, which is shown without colors too. */
function withoutMarks(line: string): string {
  return line.replaceAll("\u001B[7m", "").replaceAll("\u001B[0m", "");
}

describe("the office at full speed", () => {
  test("totals, worst flows and their levels are those of the summary", async () => {
    const { screen, terminal, end, summary } = await atItsEnd(OFFICE, { policy: BUCKET });
    await until("all flows are seen", () => screen.text().includes("8,435 flows"));
    const lines = screen.lines();
    terminal.press("q");
    expect(await end).toMatchObject({ isInterrupted: false, isSignaled: false, readFailure: null });
    const whole = await summary();
    expectTotals(lines, whole, false);
    const head = lines.findIndex((line) => line.startsWith("worst flows by red bytes"));
    for (const [place, flow] of whole.topFlows.entries()) {
      const [name, ...cells] = cellsOf(lines[head + 1 + place]!);
      expect(flow.flow.startsWith(name!.replace("…", ""))).toBe(true);
      expect(cells.slice(0, 5)).toEqual([
        grouped(flow.packets),
        grouped(flow.bytes),
        grouped(flow.red.packets),
        grouped(flow.red.bytes),
        percent(flow.red.bytes, flow.bytes),
      ]);
      // The bar's part of its 16 cells is the level in percent behind it.
      const bar = /([█▏▎▍▌▋▊▉]*)(·*)\| *(\d+) %$/u.exec(lines[head + 1 + place]!)!;
      expect(bar[1]!.length + bar[2]!.length).toBe(16);
      expect(Math.abs((bar[1]!.length / 16) * 100 - Number(bar[3]))).toBeLessThan(100 / 16 + 1);
    }
  });

  test("of classes: every class and node, and no more than fits", async () => {
    const classes = [
      { name: "voice", match: { protocol: "udp" }, rate: "1 Mbit/s", burst: "8 kB", parent: "line" },
      { name: "block", match: { protocol: "icmp" }, action: "block" },
      { name: "rest", meter: "trtcm", cir: "1 Mbit/s", cbs: "16 kB", pir: "2 Mbit/s", pbs: "32 kB", parent: "line" },
    ];
    const nodes = [{ name: "line", by: "all", rate: "9 Mbit/s", burst: "64 kB" }];
    const { screen, terminal, end, summary } = await atItsEnd(OFFICE, { policy: { classes, nodes } });
    await until("all instances are seen", () => / +line +1 /u.test(` ${screen.line("line  ")}`));
    const lines = screen.lines();
    terminal.press("q");
    await end;
    const whole = await summary();
    expectTotals(lines, whole, true);
    expect(whole.classes.length).toBeGreaterThan(2);
    for (const { name, action, packets, bytes, red } of whole.classes) {
      const title = action === "meter" ? name : `${name} (${action})`;
      const line = lines.find((each) => each.startsWith(`${title} `))!;
      const counts = [packets, bytes, red.packets, red.bytes].map(grouped);
      expect(cellsOf(line).slice(0, 6)).toEqual([title, ...counts, percent(red.bytes, bytes)]);
    }
    const [node] = whole.nodes;
    const counts = [1, node!.packets, node!.bytes, node!.refused.packets, node!.refused.bytes].map(grouped);
    expect(cellsOf(lines.find((each) => each.startsWith("line "))!)).toEqual([
      "line",
      ...counts,
      percent(node!.refused.bytes, node!.bytes),
    ]);
  });

  test("by keys: order, selection and its details", async () => {
    const { screen, terminal, end } = await atItsEnd(OFFICE, { policy: BUCKET });
    const firstFlow = () =>
      cellsOf(screen.lines()[screen.lines().findIndex((line) => line.startsWith("worst flows")) + 1]!);
    expect(firstFlow()[0]).toBe("tcp 10.1.0.14:38366 > 10.2.0.5:5201");
    terminal.press(KEYS.down + KEYS.down);
    await until("the second is selected", () => /^ +green [\d,]+ packets, [\d,]+ bytes +red /mu.test(screen.text()));
    expect(screen.styleOf("udp 10.1.0.14:36955 > 10.2.0.5:5203  ")).toBe("7");
    expect(screen.line("  green 1,312 packets")).toBe(
      "  green 1,312 packets, 1,890,508 bytes  red 4,046 packets, 5,834,332 bytes  level 0 B of 16 kB",
    );
    terminal.press(`${KEYS.up}\u001B[15~`);
    await until("the first is selected", () => screen.text().includes("red 5,521 packets"));
    terminal.press("s");
    await until("by bytes", () => screen.text().includes("worst flows by bytes"));
    expect(screen.text()).toContain("s sort: bytes");
    terminal.press("s");
    await until("by level", () => screen.text().includes("worst flows by level"));
    terminal.press(KEYS.interrupt);
    expect(await end).toMatchObject({ isSignaled: true, isInterrupted: false });
    expect(screen.isClean).toBe(true);
  });
});

describe("size", () => {
  test("every size from the least on is filled and nothing is written beside it", async () => {
    const { screen, terminal, end } = await atItsEnd(OFFICE, { policy: BUCKET });
    // A screen throws at a line that is too long, and at a row that is not there.
    for (const [columns, rows] of [
      [SIZE_MIN.columns, SIZE_MIN.rows],
      [61, 19],
      [80, 24],
      [97, 25],
      [132, 50],
      [250, 90],
    ] as const) {
      terminal.resize(columns, rows);
      await until(`drawn for ${columns} x ${rows}`, () => screen.lines()[rows - 1]!.includes("quit"));
      expect(screen.text(), `${columns} x ${rows}`).toContain("91,662");
      expect(screen.text()).toContain("17,075");
      expect(screen.text()).toContain("worst flows");
      expect(screen.lines()).toHaveLength(rows);
    }
    terminal.press("q");
    await end;
    expect(screen.isClean).toBe(true);
  });

  const OFFICE_POLICY = join(ROOT, "examples/policies/office.yaml");
  test("whatever the size and the policy, the screen has its rows and no line is too long", async () => {
    const loaded = await loadPolicyText(
      readFileSync(OFFICE_POLICY, "utf8"),
      OFFICE_POLICY,
      readerBeside(OFFICE_POLICY),
    );
    const policies = [
      BUCKET,
      { meter: "trtcm", pir: "2 Mbit/s", pbs: "32 kB", cir: "1 Mbit/s", cbs: "16 kB" },
      { meter: "multi", buckets: ["1 Mbit/s,16 kB", "2 Mbit/s,8 kB", "900 packets/s,20 packets"] },
      compileLoaded(loaded, {}),
    ];
    for (const policy of policies) {
      const { session, terminal, end } = await atItsEnd(OFFICE, { policy });
      const snapshot = session.watch.snapshot("red bytes", 100);
      for (let columns = 1; columns < 200; columns += 13) {
        for (let rows = 1; rows < 80; rows += 6) {
          for (const selected of [undefined, snapshot.worst[40]?.index]) {
            const state = { order: "red bytes", selected, isHeld: false, hasKeys: true, url: undefined } as const;
            const drawn = screenLines(snapshot, state, { columns, rows });
            const lines = drawn.map((line) => withoutMarks(rendered(line, columns, false)));
            expect(lines.length).toBeLessThanOrEqual(rows);
            expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
            if (columns < SIZE_MIN.columns || rows < SIZE_MIN.rows) continue;
            expect(lines).toHaveLength(rows);
            if (selected !== undefined && rows > 24)
              expect(lines.join("\n")).toContain(snapshot.worst[40]!.flow.slice(0, 12));
          }
        }
      }
      terminal.press("q");
      await end;
    }
  });

  test("one that is too small says so, and the next larger one is drawn whole", async () => {
    const { screen, terminal, end } = await atItsEnd(OFFICE, { policy: BUCKET });
    for (const [columns, rows] of [
      [59, 40],
      [60, 13],
      [20, 5],
      [1, 1],
    ] as const) {
      terminal.resize(columns, rows);
      const text = `${columns} x ${rows} is too small`;
      await until("it says so", () => screen.lines()[0]!.startsWith(text.slice(0, Math.max(0, columns - 1))));
      expect(screen.text()).not.toContain("91,662");
    }
    terminal.resize(80, 24);
    await until("drawn again", () => screen.text().includes("91,662"));
    terminal.press("q");
    await end;
    expect(screen.isClean).toBe(true);
  });
});

describe("the chart", () => {
  /** One second in ten carries packets, one of them far more than the others. */
  const spiky = Array.from({ length: 50 }, (_, second) => second)
    .filter((second) => second % 10 === 0)
    .flatMap((second) =>
      Array.from({ length: second === 20 ? 100 : 1 }, (_, index) => ipFrame(BigInt(second * 1000 + index) * MS, 1000)),
    );

  test("every second with a packet has a dot, and the spike alone reaches the peak that is written", async () => {
    const path = scratch.pcap("spiky.pcap", [...spiky, ipFrame(50_000n * MS, 1000)]);
    const { screen, terminal, end } = await atItsEnd(path, { policy: { ...BUCKET, burst: "1 MB" } }, 120, 60);
    const rows = screen.lines();
    const top = rows.findIndex((line) => line.startsWith("green   ") && line.includes("▕"));
    const chart = rows.slice(top, top + 4).map((line) => line.slice(line.indexOf("▕") + 1, line.indexOf("▏")));
    // A cell a second, the newest at the right: second 50 is the 60th.
    expect(chart.map((row) => row.length)).toEqual([60, 60, 60, 60]);
    const heights = Array.from({ length: 60 }, (_, cell) => chart.filter((row) => row[cell] !== "\u2800").length);
    expect(heights.flatMap((height, cell) => (height > 0 ? [[cell - 9, height]] : []))).toEqual([
      [0, 1],
      [10, 1],
      [20, 4],
      [30, 1],
      [40, 1],
      [50, 1],
    ]);
    expect(chart[3]![49]).toBe("⣀");
    expect(chart[0]![29]).toBe("⣿");
    expect(rows[top + 1]).toContain("peak 800 kbit/s");
    expect(screen.styleOf("green  ")).toBe("32");
    terminal.press("q");
    await end;
  });

  test("a packet rate is told in packets", async () => {
    const path = scratch.pcap("packets.pcap", spiky);
    const policy = { meter: "token-bucket", rate: "5 packets/s", burst: "5 packets" } as const;
    const { screen, terminal, end } = await atItsEnd(path, { policy }, 120, 40);
    expect(screen.text()).toContain("peak 5 packets/s");
    expect(screen.line("level of 5 packets")).toContain("worst flows");
    terminal.press("q");
    await end;
  });
});

test("docs/watch.md shows the screen as it is drawn", async () => {
  const guide = readFileSync(join(ROOT, "docs/watch.md"), "utf8");
  const args = "--meter srtcm --cir 200kbit/s --cbs 128kB --ebs 256kB --by src --speed max";
  const policy = { meter: "srtcm", cir: "200kbit/s", cbs: "128kB", ebs: "256kB" } as const;
  const capture = relative(process.cwd(), OFFICE);
  const { screen, terminal, end } = await atItsEnd(capture, { policy, by: "src" }, 96, 26);
  await until("all flows are seen", () => screen.text().includes("  65 flows"));
  const shown = `\`\`\`console\n$ weir watch examples/office.pcap.gz ${args}\n\`\`\`\n\n\`\`\`text\n${screen.text()}\n\`\`\``;
  terminal.press("q");
  await end;
  expect(guide).toContain(shown);
});

describe("captures at the edge", () => {
  test("none, one and only refused packets", async () => {
    const none = await atItsEnd(scratch.pcap("none.pcap", []), { policy: BUCKET });
    expect(none.screen.text()).toContain("no packet yet");
    expect(cellsOf(none.screen.line("total "))).toEqual(["total", "0", "0", "-", "-", "-"]);
    none.terminal.press("q");
    await none.end;
    const one = await atItsEnd(scratch.pcap("one.pcap", [ipFrame(7n, 100)]), { policy: BUCKET });
    expect(cellsOf(one.screen.line("total "))).toEqual(["total", "1", "100", "800 bit/s", "800 bit/s", "800 bit/s"]);
    one.terminal.press("q");
    await one.end;
    const refused = Array.from({ length: 9 }, () => ipFrame(0n, 1500));
    const red = await atItsEnd(scratch.pcap("red.pcap", refused), { policy: { ...BUCKET, burst: "1 kB" } });
    expect(cellsOf(red.screen.line("red    denied")).slice(0, 5)).toEqual(["red", "denied", "9", "100.00 %", "13,500"]);
    red.terminal.press("q");
    await red.end;
  });
});
