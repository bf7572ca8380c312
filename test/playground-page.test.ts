// Goal: the page itself, in Debian's Chromium: totals as the command has them, nothing asked of the network, sliders,
// keys, errors, links, and pixels that are where they should be.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { chromiumPath, openBrowser, openPage, type OpenPage, tellWithoutChromium } from "./support/browser.ts";
import { buildPlayground, changing, drawn, latencyMsOf, servePlayground } from "./support/playgroundpage.ts";
import { meterJson, OFFICE, ipFrame, ROOT, Scratch } from "./support/cli.ts";

const scratch = new Scratch();
const POLICY = "meter=token-bucket&rate=1+Mbit/s&burst=16+kB&by=5-tuple";
const VIEWPORT = { width: 1300, height: 1100 };
const PAGE_BYTES_MAX = 320 * 1024;

const html = await buildPlayground(scratch.path);
const text = readFileSync(html, "utf8");

describe("the built page", () => {
  test("is one small file that names no other", () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(PAGE_BYTES_MAX);
    process.stdout.write(`playground: ${Buffer.byteLength(text)} bytes\n`);
    expect([...text.matchAll(/\b(?:src|href)="([^"]*)"/gu)].map(([, to]) => to)).toEqual(["data:,"]);
    expect(text.match(/https?:\/\/(?!127\.0\.0\.1)[\w.-]+/gu) ?? []).toEqual([]);
  });

  test("is allowed nothing but its own script and style", () => {
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/u.exec(text)!;
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+' 'wasm-unsafe-eval'; style-src 'sha256-[^']+';/u,
    );
    expect(policy).toContain("connect-src 'none'");
    expect(policy).not.toMatch(/https?:|'unsafe-inline'|'unsafe-eval'|\*/u);
    expect(text.indexOf("Content-Security-Policy")).toBeLessThan(text.indexOf("<script>"));
  });

  test("is served to this machine only", async () => {
    const other = await servePlayground(html);
    expect(new URL(other.url).hostname).toBe("127.0.0.1");
    expect((other.server.address() as AddressInfo).address).toBe("127.0.0.1");
    const paths = ["/", "/index.html", "/../package.json", "/etc/passwd"];
    const answers = await Promise.all(paths.map((path) => fetch(new URL(path, other.url))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404]);
    await Promise.all(answers.map((answer) => answer.text()));
    other.server.close();
  });
});

/** The totals that stand on the page. */
async function totalsOn(page: Page): Promise<Record<string, number>> {
  return page.$$eval("[data-total]", (cells) =>
    Object.fromEntries(
      cells.map((cell) => [cell.getAttribute("data-total")!, Number(cell.getAttribute("data-value"))]),
    ),
  );
}

function jsonTotals(args: readonly string[]): Record<string, number> {
  const { green, yellow, red, packets, bytes } = meterJson(args);
  const colors = { green, ...(yellow.packets === 0 ? {} : { yellow }), red, all: { packets, bytes } };
  return Object.fromEntries(
    Object.entries(colors).flatMap(([name, count]) => [
      [`${name}.packets`, Number(count.packets)],
      [`${name}.bytes`, Number(count.bytes)],
    ]),
  );
}

/** In the page: asks an address from the page, from a worker as the page makes them, and by an image. */
async function tryToSend(target: string): Promise<string[]> {
  const source = `fetch("${target}").then(() => postMessage("sent"), () => postMessage("refused"))`;
  const worker = new Worker(URL.createObjectURL(new Blob([source])));
  const inWorker = new Promise<string>((resolve) => {
    worker.addEventListener("message", ({ data }) => resolve(String(data)));
  });
  const image = new Promise<string>((resolve) => {
    const made = new Image();
    made.addEventListener("load", () => resolve("sent"));
    made.addEventListener("error", () => resolve("refused"));
    made.src = target;
  });
  navigator.sendBeacon(target, "x");
  return Promise.all([
    fetch(target).then(
      () => "sent",
      () => "refused",
    ),
    inWorker,
    image,
  ]);
}

function isNear(places: readonly (readonly [number, number])[], x: number, y: number): boolean {
  return places.some(([px, py]) => Math.abs(px - x) <= 2 && Math.abs(py - y) <= 2);
}

/** In the page: where a canvas is more blue than red, as levels are, and more red than blue, as marks are. */
function drawnPlaces(element: Element) {
  const canvas = element as HTMLCanvasElement;
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
  const level: [number, number][] = [];
  const red: [number, number][] = [];
  for (let at = 0; at < data.length; at += 4) {
    const bluer = data[at + 2]! - data[at]!;
    if (data[at + 3]! < 64 || Math.abs(bluer) < 80) continue;
    (bluer > 0 ? level : red).push([(at / 4) % width, Math.floor(at / 4 / width)]);
  }
  return { width, height, level, red };
}

const chromium = chromiumPath();
const browser = chromium === undefined ? undefined : await openBrowser(chromium);
const { url, server } = await servePlayground(html);

afterAll(async () => {
  await browser?.close();
  server.close();
});

async function open(hash = POLICY, options: BrowserContextOptions = {}): Promise<OpenPage> {
  return openPage(browser!, `${url}#${hash}`, { viewport: VIEWPORT, ...options });
}

/** The page with a capture, drawn. */
async function loaded(file: string, hash = POLICY, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const opened = await open(hash, options);
  await opened.page.setInputFiles("#file", file);
  await drawn(opened.page);
  return opened;
}

if (browser === undefined) {
  tellWithoutChromium("the playground's page (its worker, its pictures and its exports are)");
} else {
  describe("in Chromium", () => {
    test("a dropped capture has the totals of the command, also after a slider's move", async () => {
      const { page, errors, requests } = await loaded(OFFICE);
      expect(await totalsOn(page)).toEqual(
        jsonTotals([OFFICE, "--meter", "token-bucket", "--rate", "1 Mbit/s", "--burst", "16 kB"]),
      );
      await changing(page, () => page.locator("[data-field=rate] input[type=range]").press("ArrowRight"));
      const rate = await page.inputValue("#field-rate");
      expect(rate).not.toBe("1 Mbit/s");
      expect(await totalsOn(page)).toEqual(
        jsonTotals([OFFICE, "--meter", "token-bucket", "--rate", rate, "--burst", "16 kB"]),
      );
      expect(await latencyMsOf(page)).toBeLessThan(5000);
      // The page, and its worker out of the page's own text: nothing else was asked for, and nothing was blocked.
      expect(requests.filter((address) => !address.startsWith("blob:"))).toEqual([url]);
      expect(errors).toEqual([]);
      const folder = join(ROOT, "demo-output");
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, "playground.png") });
      expect(existsSync(join(folder, "playground.png"))).toBe(true);
    });

    test("page and worker could not send anything if they tried", async () => {
      let arrived = 0;
      const listener = createServer((_, response) => {
        arrived += 1;
        response.writeHead(200, { "access-control-allow-origin": "*" }).end("x");
      });
      await new Promise<void>((listening) => {
        listener.listen(0, "127.0.0.1", listening);
      });
      const { page } = await open();
      const target = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
      const tries = await page.evaluate(tryToSend, target);
      expect(tries).toEqual(["refused", "refused", "refused"]);
      expect(arrived).toBe(0);
      // The listener does hear what is sent from elsewhere.
      await (await fetch(target)).text();
      expect(arrived).toBe(1);
      listener.close();
    });

    test("by keys alone: sample traffic, meter, rate, key, zoom, a flow's level", async () => {
      const { page, errors } = await open("");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("sample");
      await page.keyboard.press("Enter");
      await drawn(page);
      await page.focus("#field-meter");
      await changing(page, () => page.keyboard.press("s"));
      expect(await page.inputValue("#field-meter")).toBe("srtcm");
      await page.focus("#rates canvas");
      await page.keyboard.press("ArrowRight");
      expect(await page.textContent("#rates .readout")).toMatch(/^[\d.]+ s: offered [\d.]+/u);
      await changing(page, () => page.keyboard.press("+"));
      expect(await page.isVisible("#everything")).toBe(true);
      await changing(page, () => page.keyboard.press("0"));
      expect(await page.isVisible("#everything")).toBe(false);
      const second = page.locator("#flows tbody tr:nth-child(2) button");
      const name = await second.textContent();
      await second.focus();
      await changing(page, () => page.keyboard.press("Enter"));
      expect(await page.textContent("#level-title")).toBe(`Level: ${name}`);
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name);
      expect(errors).toEqual([]);
    });

    test("an error is one line beside its field; what is drawn stays, faded, until it is right", async () => {
      const { page } = await loaded(OFFICE);
      const before = await totalsOn(page);
      await page.fill("#field-burst", "16 kb");
      expect(await page.textContent("#error-burst")).toBe(
        'burst "16 kb": unknown unit "kb"; write 16 kB (powers of 1000) or 16 KiB (powers of 1024, what tc calls kb)',
      );
      expect(await page.getAttribute("#field-burst", "aria-invalid")).toBe("true");
      expect(await page.getAttribute("#result", "class")).toBe("stale");
      expect(await totalsOn(page)).toEqual(before);
      await changing(page, () => page.fill("#field-burst", "16 KiB"));
      expect(await page.textContent("#error-burst")).toBe("");
      expect((await totalsOn(page))["all.packets"]).toBe(before["all.packets"]);
    });

    test("a link brings the policy back, and holds no data", async () => {
      const { page } = await loaded(OFFICE, "meter=trtcm&cir=1+Mbit/s&cbs=16+kB&pir=2+Mbit/s&pbs=20+kB&by=src/24");
      expect(await page.textContent("#line")).toContain("trtcm  peak 2 Mbit/s 20 kB, committed 1 Mbit/s 16 kB");
      await page.fill("#field-pir", "3 Mbit/s");
      await page.waitForFunction(() => location.hash.includes("pir=3+Mbit"));
      expect(await page.textContent("#link")).toBe(
        "#meter=trtcm&cir=1+Mbit%2Fs&cbs=16+kB&pir=3+Mbit%2Fs&pbs=20+kB&by=src%2F24",
      );
      const again = await openPage(browser, page.url(), { viewport: VIEWPORT });
      expect(await again.page.inputValue("#field-pir")).toBe("3 Mbit/s");
      expect(await again.page.inputValue("#field-bits")).toBe("24");
      expect(await again.page.isVisible("#result")).toBe(false);
    });

    test("pixels: the refused packet's cross, the limit's line, and the level below it", async () => {
      // 10 kB at 0 s fill the bucket; the packet at 1 s is refused.
      const frames = [
        ipFrame(0n, 1500),
        ipFrame(500_000_000n, 1500),
        ipFrame(1_000_000_000n, 1500),
        ipFrame(2_000_000_000n, 60),
      ];
      const file = scratch.pcap("pixels.pcap", frames);
      const { page } = await loaded(file, "meter=token-bucket&rate=1+B/s&burst=3+kB&by=all");
      expect(await page.textContent("#level-note")).toBe("4 packets shown, 2 refused (\u00d7)");
      const seen = await page.$eval("#levels canvas", drawnPlaces);
      // Of 2 s, with 76 pixels to the left, 14 to the right, 12 above and 24 below; the highest thing is 4500 B * 1.08.
      const x = (sec: number) => 76 + (sec / 2) * (seen.width - 90);
      const y = (bytes: number) => 12 + (seen.height - 36) * (1 - bytes / (1.08 * 4499));
      expect(isNear(seen.red, x(1), y(4499))).toBe(true);
      expect(isNear(seen.red, x(0.5), y(3000))).toBe(false);
      // The steps at 0 s and 0.5 s are vertical: the level is there at every height between.
      for (const bytes of [100, 700, 1400]) expect(isNear(seen.level, x(0), y(bytes)), `${bytes}`).toBe(true);
      for (const bytes of [1600, 2200, 2900]) expect(isNear(seen.level, x(0.5), y(bytes)), `${bytes}`).toBe(true);
      expect(isNear(seen.level, x(0.25), y(2200))).toBe(false);
    });

    test("a window that is resized: the charts follow, and the totals stay", async () => {
      const { page, errors } = await loaded(OFFICE);
      const before = await totalsOn(page);
      for (const width of [420, 1600]) {
        await changing(page, () => page.setViewportSize({ width, height: 900 }));
        const widths = await page.$$eval("#rates canvas, #levels canvas", (canvases) =>
          canvases.map((canvas) => [canvas.clientWidth, canvas.parentElement!.clientWidth]),
        );
        for (const [canvas, host] of widths) expect(canvas).toBe(host);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
      expect(await totalsOn(page)).toEqual(before);
      expect(errors).toEqual([]);
    });

    test("one packet, and only refused ones, are drawn", async () => {
      const one = await loaded(
        scratch.pcap("one.pcap", [ipFrame(7n, 100)]),
        "meter=token-bucket&rate=1+kB/s&burst=1+kB",
      );
      expect((await totalsOn(one.page))["all.packets"]).toBe(1);
      expect(await one.page.textContent("#level-note")).toBe("1 packet shown, 0 refused (\u00d7)");
      const frames = Array.from({ length: 9 }, (_, index) => ipFrame(BigInt(index) * 1_000_000n, 1500));
      const red = await loaded(scratch.pcap("red.pcap", frames), "meter=token-bucket&rate=1+kB/s&burst=1+kB");
      expect((await totalsOn(red.page))["red.packets"]).toBe(9);
      expect(await red.page.textContent("#level-note")).toBe("9 packets shown, 9 refused (\u00d7)");
      expect([...one.errors, ...red.errors]).toEqual([]);
    });

    test("what cannot be read is told", async () => {
      const { page } = await open();
      await page.setInputFiles("#file", scratch.write("notes.txt", "no capture\n"));
      await page.waitForSelector("#status.error");
      expect(await page.textContent("#status")).toBe(
        "notes.txt: is not a pcap or pcapng capture (or of an unknown version); convert it to pcap or pcapng first",
      );
      expect(await page.isVisible("#result")).toBe(false);
      await page.setInputFiles("#file", OFFICE);
      await drawn(page);
      expect(await page.isVisible("#result")).toBe(true);
    });

    test("dark, narrow, and as a file", async () => {
      const dark = await loaded(OFFICE, POLICY, { colorScheme: "dark" });
      expect(await dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(13, 17, 23)");
      const narrow = await loaded(OFFICE, POLICY, { viewport: { width: 360, height: 740 } });
      expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      const file = await openPage(browser, `file://${html}#${POLICY}`);
      await file.page.setInputFiles("#file", OFFICE);
      await drawn(file.page);
      expect(await totalsOn(file.page)).toEqual(await totalsOn(narrow.page));
      expect([...dark.errors, ...narrow.errors, ...file.errors]).toEqual([]);
    });
  });
}
