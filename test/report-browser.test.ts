// Goal: what a browser shows of a report is its data: pixels, texts and tables; by mouse and by keys; off the network.
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { compilePolicy, compileShaper } from "../src/policies.ts";
import type { DelayDrawing } from "../src/see/page/delaydrawing.ts";
import type { LevelDrawing } from "../src/see/page/leveldrawing.ts";
import type { RateDrawing } from "../src/see/page/ratedrawing.ts";
import { grouped } from "../src/report/number.ts";
import { unpackDelays, unpackSteps } from "../src/see/packing.ts";
import type { Policy } from "../src/types.ts";
import { chromiumPath, openBrowser, openPage, type OpenPage, tellWithoutChromium } from "./support/browser.ts";
import { meterJson, OFFICE, optionsOf, Scratch } from "./support/cli.ts";
import { MILLION, SPIKE, spikedCapture, STEP_NS } from "./support/million.ts";
import { reportOf, type SeenOptions, type SeenReport } from "./support/seen.ts";

const scratch = new Scratch();
const OFFICE_POLICY = { meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" } as const;
const MARKER_POLICY = { meter: "srtcm", cir: "1 Mbit/s", cbs: "16 kB", ebs: "32 kB" } as const;
/** A color on the canvas may be mixed with what is beside it. */
const CHANNELS_OFF_MAX = 90;

interface Rgb {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** Colors of pixels of one chart, at places given by value: in the page. */
async function colorsAt(
  page: Page,
  chart: number,
  places: readonly { readonly timeNs: number; readonly value: number }[],
): Promise<Rgb[][]> {
  return page.evaluate(
    ({ index, wanted }) => {
      const { plot } = window.weirReport!.charts[index]!;
      return wanted.map(({ timeNs, value }) => {
        const x = Math.round(plot.valToPos(timeNs, "x", true));
        const y = Math.round(plot.valToPos(value, "y", true));
        const { data } = plot.ctx.getImageData(x - 1, y - 1, 3, 3);
        return Array.from({ length: 9 }, (_, pixel) => ({
          red: data[4 * pixel]!,
          green: data[4 * pixel + 1]!,
          blue: data[4 * pixel + 2]!,
        }));
      });
    },
    { index: chart, wanted: [...places] },
  );
}

async function themeColor(page: Page, name: string): Promise<Rgb> {
  const text = await page.evaluate(
    (variable) => getComputedStyle(document.documentElement).getPropertyValue(`--${variable}`).trim(),
    name,
  );
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
  return { red: red!, green: green!, blue: blue! };
}

/** Cells of the first rows of the table. */
function texts(values: readonly number[]): string[] {
  return values.slice(0, 50).map((value) => grouped(value));
}

function isNear(a: Rgb, b: Rgb): boolean {
  return Math.abs(a.red - b.red) + Math.abs(a.green - b.green) + Math.abs(a.blue - b.blue) <= CHANNELS_OFF_MAX;
}

async function expectDrawn(
  page: Page,
  chart: number,
  color: string,
  places: readonly { readonly timeNs: number; readonly value: number }[],
): Promise<void> {
  const expected = await themeColor(page, color);
  const seen = await colorsAt(page, chart, places);
  const missed = places.filter((_, index) => !seen[index]!.some((pixel) => isNear(pixel, expected)));
  expect(missed).toStrictEqual([]);
}

const path = chromiumPath();
if (path === undefined) {
  tellWithoutChromium("reports in a browser: pixels, tables, keys, requests");
  test("reports are not looked at without Chromium", () => {
    expect(path).toBeUndefined();
  });
} else {
  const opened: Promise<Browser> = openBrowser(path);
  afterAll(async () => (await opened).close());

  const shown = async (
    name: string,
    captures: readonly string[],
    policy: Policy,
    options: SeenOptions = {},
    context = {},
  ): Promise<OpenPage & SeenReport> => {
    const report = await reportOf(captures, policy, options);
    const file = scratch.write(`${name}.html`, report.html);
    return { ...report, ...(await openPage(await opened, pathToFileURL(file).href, context)) };
  };

  describe("the office", () => {
    test("asks the network for nothing, and no error is told", async () => {
      const { page, errors, requests } = await shown("quiet", [OFFICE], compilePolicy(OFFICE_POLICY));
      await page.waitForTimeout(200);
      expect(requests).toStrictEqual([page.url()]);
      expect(errors).toStrictEqual([]);
      // Nor could it: the page's own policy refuses.
      const reached = await page.evaluate(async () =>
        fetch("http://127.0.0.1:9/").then(
          () => "reached",
          () => "refused",
        ),
      );
      expect(reached).toBe("refused");
      await page.context().close();
    });

    test("cards say the totals of weir meter --json", async () => {
      const { page } = await shown("cards", [OFFICE], compilePolicy(MARKER_POLICY));
      const { packets, green, yellow, red } = meterJson([OFFICE, ...optionsOf(MARKER_POLICY)]);
      const cards = await page.locator(".card b").allTextContents();
      const counts = [packets, green.packets, yellow.packets, red.packets].map((count) => grouped(BigInt(count)));
      expect(cards).toStrictEqual([...counts.map((count) => `${count} packets`), "8,435"]);
      await page.context().close();
    });

    test("rates are drawn where the data has them", async () => {
      const { page } = await shown("rates", [OFFICE], compilePolicy(MARKER_POLICY));
      const views = await page.evaluate(() => {
        const { view, lines } = window.weirReport!.charts[0]!.drawing as RateDrawing;
        const { timesNs, stepNs, offered, colors } = view;
        return {
          names: lines.map(({ name }) => name),
          stepNs,
          timesNs: [...timesNs],
          rows: { offered: [...offered], green: [...colors[0]!] },
        };
      });
      expect(views.names).toStrictEqual(["offered", "green", "yellow", "red"]);
      const places = (values: readonly number[]) =>
        values
          .map((value, step) => ({ timeNs: views.timesNs[step]! + views.stepNs / 2, value, step }))
          // Where a later line does not lie on it.
          .filter(({ value, step }) => step % 7 === 0 && value > 2e6);
      const apart = places(views.rows.offered).filter(
        ({ value, step }) => value - views.rows.green[step]! > 5e6 && views.rows.green[step]! > 0,
      );
      expect(apart.length).toBeGreaterThan(5);
      await expectDrawn(page, 0, "ink", apart);
      await page.context().close();
    });

    test("levels are drawn as vertical steps and straight falls, and each refused packet has a tick", async () => {
      const { page } = await shown("levels", [OFFICE], compilePolicy(OFFICE_POLICY));
      // Few enough steps that each is some pixels wide.
      await page.evaluate(() => window.weirReport!.view.show(0.43e9, 0.53e9));
      const seen = await page.evaluate(() => {
        const { plot, drawing } = window.weirReport!.charts[3]!;
        const [times, levels] = plot.data as [number[], number[]];
        const level = drawing as LevelDrawing;
        const { bbox } = plot;
        const [row] = level.rows;
        const inView = [...row!.timesNs].filter((timeNs) => timeNs > 0.43e9 && timeNs < 0.53e9);
        const ticks = inView.map((timeNs) => {
          const x = Math.round(plot.valToPos(timeNs, "x", true));
          const { data } = plot.ctx.getImageData(x - 1, bbox.top - 14, 3, 1);
          return Math.max(...[0, 1, 2].map((pixel) => data[4 * pixel]! - data[4 * pixel + 2]!));
        });
        return { times, levels, ticks };
      });
      expect(seen.ticks.length).toBeGreaterThan(10);
      // Vermilion: much more red than blue.
      for (const tick of seen.ticks) expect(tick).toBeGreaterThan(100);
      const inside = seen.times
        .map((timeNs, index) => ({ timeNs, value: seen.levels[index]!, index }))
        .filter(({ timeNs, value }) => timeNs > 0.432e9 && timeNs < 0.528e9 && value > 100);
      await expectDrawn(page, 3, "level", inside);
      const steps = inside.filter(({ timeNs, index }) => seen.times[index - 1] === timeNs);
      expect(steps.length).toBeGreaterThan(5);
      const middles = steps.map(({ timeNs, value, index }) => ({
        timeNs,
        value: (value + seen.levels[index - 1]!) / 2,
      }));
      await expectDrawn(page, 3, "level", middles);
      await page.context().close();
    });

    test("both buckets of a marker are drawn against their depths", async () => {
      const { page, data } = await shown("marker", [OFFICE], compilePolicy(MARKER_POLICY), { charts: 2 });
      const labels = await page
        .locator("#levels .chart")
        .evaluateAll((charts) => charts.map((chart) => chart.ariaLabel!));
      expect(labels.length).toBe(4);
      for (const [index, label] of labels.entries()) {
        const { name } = data.buckets[index % 2]!;
        expect(label).toContain(`Level of the ${name} bucket of ${data.watched[Math.floor(index / 2)]!.flow};`);
        const { depth } = data.buckets[index % 2]!;
        const spread = Array.from({ length: 40 }, (_, place) => ({ timeNs: 2.3e10 + place * 1e7, value: depth! }));
        const colors = await colorsAt(page, 2 + index, spread);
        const limit = await themeColor(page, "limit");
        const dashes = colors.filter((pixels) => pixels.some((pixel) => isNear(pixel, limit))).length;
        expect(dashes).toBeGreaterThan(10);
        expect(dashes).toBeLessThan(40);
      }
      await page.context().close();
    });
  });

  test("a shaper: the longest delay and the highest backlog stand at their pixels", async () => {
    const policy = compileShaper({ shaper: "token-bucket", rate: "1 Mbit/s", burst: "4 kB", limit: "16 kB" });
    const { page, data, errors } = await shown("shaped", [OFFICE], policy, { charts: 1 });
    const { timesNs, mostNs } = await page.evaluate(() => {
      const { view } = window.weirReport!.charts[2]!.drawing as DelayDrawing;
      return { timesNs: [...view.timesNs], mostNs: [...view.mostNs] };
    });
    expect(errors).toStrictEqual([]);
    expect(Math.max(...mostNs.map((most) => most ?? 0))).toBe(Math.max(...unpackDelays(data.delays!).mostNs));
    const steps = mostNs.flatMap((value, step) =>
      value === null ? [] : [{ timeNs: (timesNs[step]! + timesNs[step + 1]!) / 2, value }],
    );
    // The last step may end behind the capture.
    const inSight = steps.filter(({ timeNs }) => timeNs < data.spanNs);
    await expectDrawn(page, 2, "ink", inSight);
    const { timesNs: at, after } = unpackSteps(data.watched[0]!.steps[0]!);
    const top = after.indexOf(Math.max(...after));
    await expectDrawn(page, 3, "level", [{ timeNs: at[top]!, value: after[top]! }]);
    await page.context().close();
  });

  describe("by hand", () => {
    test("drag zooms all charts, a double click shows all again, the read-out follows the mouse", async () => {
      const { page } = await shown("mouse", [OFFICE], compilePolicy(OFFICE_POLICY));
      const over = page.locator(".u-over").first();
      await over.scrollIntoViewIfNeeded();
      const box = (await over.boundingBox())!;
      const range = async () => page.evaluate(() => [window.weirReport!.view.fromNs, window.weirReport!.view.toNs]);
      const [, wholeNs] = await range();
      await page.mouse.move(box.x + box.width * 0.25, box.y + 30);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
      await page.mouse.up();
      const [fromNs, toNs] = await range();
      expect(fromNs! / wholeNs!).toBeCloseTo(0.25, 2);
      expect(toNs! / wholeNs!).toBeCloseTo(0.5, 2);
      const scales = await page.evaluate(() => window.weirReport!.charts.map(({ plot }) => plot.scales["x"]!.min));
      expect(new Set(scales)).toStrictEqual(new Set([fromNs]));
      await page.mouse.dblclick(box.x + box.width * 0.75, box.y + 30);
      expect(await range()).toStrictEqual([0, wholeNs]);
      await page.mouse.move(box.x + box.width / 2, box.y + 30);
      const readouts = await page.locator(".readout").allTextContents();
      expect(readouts[0]).toMatch(
        /^from 12\.\d+ s, for [\d.]+ ms: offered [\d.]+ \wbit\/s, green .*, \d+ packets? refused$/u,
      );
      expect(readouts[2]).toMatch(/^at 12\.\d+ s: level [\d.]+ k?B of 16 kB/u);
      await page.context().close();
    });

    test("keys: Tab reaches a chart, Page Down goes from one refused packet to the next, plus and 0 zoom", async () => {
      const { page, data } = await shown("keys", [OFFICE], compilePolicy(OFFICE_POLICY));
      const chart = page.locator("#levels .chart").first();
      for (let tabs = 0; tabs < 20; tabs += 1) {
        await page.keyboard.press("Tab");
        if (await chart.evaluate((node) => node === document.activeElement)) break;
      }
      expect(await chart.evaluate((node) => node === document.activeElement)).toBe(true);
      const redNs = await page.evaluate(() => [
        ...(window.weirReport!.charts[2]!.drawing as LevelDrawing).rows[0]!.timesNs,
      ]);
      for (const timeNs of redNs.slice(0, 5)) {
        await page.keyboard.press("PageDown");
        expect(await page.evaluate(() => window.weirReport!.view.momentNs)).toBe(timeNs);
      }
      expect(await chart.getAttribute("aria-valuetext")).toMatch(/^at [\d.]+ ms: level .* refused here/u);
      await page.keyboard.press("+");
      await page.keyboard.press("+");
      const spanNs = await page.evaluate(() => window.weirReport!.view.toNs - window.weirReport!.view.fromNs);
      expect(spanNs).toBeCloseTo(data.spanNs / 4, -3);
      await page.keyboard.press("ArrowRight");
      expect(await page.evaluate(() => window.weirReport!.view.momentNs)).toBeGreaterThan(redNs[4]!);
      await page.keyboard.press("0");
      expect(await page.evaluate(() => window.weirReport!.view.isWhole)).toBe(true);
      await page.context().close();
    });

    test("the table sorts by any column, with keys too, and finds by words", async () => {
      const { page, data } = await shown("table", [OFFICE], compilePolicy(OFFICE_POLICY));
      const column = async (index: number) =>
        page.locator(`#flow-table tbody td:nth-child(${index})`).allTextContents();
      expect(await column(1)).toStrictEqual(data.flows.slice(0, 50).map(([flow]) => flow));
      const packets = page.locator("#flow-table th button", { hasText: /^packets$/u });
      await packets.focus();
      await page.keyboard.press("Enter");
      const byPackets = data.flows.map((row) => Number(row[1])).toSorted((a, b) => b - a);
      expect(await column(2)).toStrictEqual(texts(byPackets));
      await page.keyboard.press("Enter");
      expect(await column(2)).toStrictEqual(texts(byPackets.toReversed()));
      expect(await page.locator("#flow-table th[aria-sort]").allTextContents()).toStrictEqual(["packets"]);
      await page.locator("#flow-search").fill("UDP :5203");
      const found = data.flows.filter(([flow]) => flow.startsWith("udp") && flow.includes(":5203"));
      expect(await page.locator("#flow-table [role=status]").textContent()).toBe(
        `${found.length} of ${found.length} rows shown`,
      );
      expect((await column(1)).toSorted()).toStrictEqual(found.map(([flow]) => flow).toSorted());
      await page.locator("#flow-search").fill("");
      await page.getByText("Show more").click();
      expect((await column(1)).length).toBe(250);
      await page.context().close();
    });

    test("a line can be switched off, and rates can count packets", async () => {
      const { page, data } = await shown("switches", [OFFICE], compilePolicy(OFFICE_POLICY));
      await page.getByRole("button", { name: "offered" }).click();
      expect(await page.evaluate(() => window.weirReport!.charts[0]!.plot.series[1]!.show)).toBe(false);
      await page.getByLabel("packets/s").check();
      const total = await page.evaluate(() => {
        const { view } = window.weirReport!.charts[0]!.drawing as RateDrawing;
        return view.offered.reduce((sum, rate) => sum + (rate * view.stepNs) / 1e9, 0);
      });
      expect(Math.round(total)).toBe((data.summary as { packets: number }).packets);
      await page.context().close();
    });
  });

  describe("everywhere", () => {
    test("dark: the charts take the dark colors, and change when the system does", async () => {
      const { page } = await shown("dark", [OFFICE], compilePolicy(OFFICE_POLICY), {}, { colorScheme: "dark" });
      const grounds = async () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(await grounds()).toBe("rgb(13, 17, 23)");
      const top = await page.evaluate(() => {
        const { plot } = window.weirReport!.charts[2]!;
        return { timeNs: (plot.data[0] as number[])[5]!, value: (plot.data[1] as number[])[5]! };
      });
      await expectDrawn(page, 2, "level", [top]);
      await page.emulateMedia({ colorScheme: "light" });
      await page.waitForTimeout(100);
      expect(await grounds()).toBe("rgb(255, 255, 255)");
      await expectDrawn(page, 2, "level", [top]);
      await page.context().close();
    });

    test.each([320, 800, 1600])("%i pixels wide: nothing sticks out, and charts fill the width", async (width) => {
      const { page } = await shown(`wide${width}`, [OFFICE], compilePolicy(MARKER_POLICY), { charts: 1 });
      await page.setViewportSize({ width, height: 800 });
      await page.waitForTimeout(200);
      const { inner, scroll, charts } = await page.evaluate(() => ({
        inner: document.documentElement.clientWidth,
        scroll: document.documentElement.scrollWidth,
        charts: [...document.querySelectorAll(".chart")].map((chart) => [
          chart.clientWidth,
          chart.querySelector(".uplot")!.getBoundingClientRect().width,
        ]),
      }));
      expect(scroll).toBe(inner);
      for (const [host, plot] of charts) expect(plot).toBe(host);
      await page.context().close();
    });
  });

  test("a spike of one packet in a million is on the screen, in the level and in the peaks", async () => {
    const policy = compilePolicy({ meter: "token-bucket", rate: "100 MB/s", burst: "64 kB" });
    const file = scratch.write("million.pcap", spikedCapture());
    const { page, data, html } = await shown("million", [file], policy, { by: "all" });
    expect((data.summary as { packets: number }).packets).toBe(MILLION);
    expect(html.length).toBeLessThan(1_000_000);
    const spikeNs = SPIKE.packet * STEP_NS;
    await expectDrawn(page, 2, "level", [
      { timeNs: spikeNs, value: SPIKE.bytes },
      { timeNs: spikeNs, value: SPIKE.bytes / 2 },
    ]);
    const peaks = await page.evaluate(() => {
      const { view } = window.weirReport!.charts[1]!.drawing as RateDrawing;
      const highest = Math.max(...view.offeredPeak);
      const step = view.offeredPeak.indexOf(highest);
      return { fromNs: view.timesNs[step]!, toNs: view.timesNs[step + 1]!, highest };
    });
    expect(peaks.fromNs <= spikeNs && spikeNs < peaks.toNs).toBe(true);
    await expectDrawn(page, 1, "ink", [{ timeNs: (peaks.fromNs + peaks.toNs) / 2, value: peaks.highest }]);
    await page.context().close();
  });

  describe("captures that hold little", () => {
    const policy = compilePolicy({ meter: "token-bucket", rate: "1 kB/s", burst: "500 B" });

    test("no packet: the page says so, without an error", async () => {
      const { page, errors } = await shown("empty", [scratch.pcap("empty.pcap", [])], policy);
      expect(await page.locator("#totals .empty").textContent()).toBe("No packets were metered.");
      expect(await page.locator(".chart").count()).toBe(0);
      expect(errors).toStrictEqual([]);
      await page.context().close();
    });
  });
}
