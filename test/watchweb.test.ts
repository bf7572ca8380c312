// Goal: the page is served to this machine alone, shows what was metered, and no viewer can hold it up.
import { existsSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, request as httpRequest } from "node:http";
import type { ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { pageAssets } from "../src/see/assets.node.ts";
import { Seconds } from "../src/watch/page/seconds.ts";
import type { Look } from "../src/watch/web/look.ts";
import { pageOf } from "../src/watch/web/page.ts";
import { WebPicture } from "../src/watch/web/picture.ts";
import { Viewers, VIEWERS_MAX, WAITING_BYTES_MAX } from "../src/watch/web/viewers.ts";
import { ipFrame, OFFICE, Scratch } from "./support/cli.ts";
import { GivenInput, startWatch, until, type WatchingOptions } from "./support/watching.ts";

const scratch = new Scratch();
const POLICY = { meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" } as const;
const PARTS = { script: "/* </script> */", style: "", license: "MIT" };

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

async function get(url: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Reply> {
  const request = httpRequest(url, { headers, method, agent: false });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode!, headers: response.headers, body: await text(response) };
}

/** One who reads the events on a socket of its own. */
class Viewer {
  readonly socket: Socket;
  received = "";
  isClosed = false;

  constructor(url: string) {
    const { port, host } = new URL(url);
    this.socket = connect(Number(port), "127.0.0.1");
    this.socket.setEncoding("utf8");
    this.socket.on("data", (data: string) => (this.received += data));
    this.socket.on("close", () => (this.isClosed = true));
    this.socket.on("error", () => (this.isClosed = true));
    this.socket.write(`GET /events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  }

  /** Events that have come whole: name and data. */
  get events(): [string, string][] {
    const body = this.received.slice(this.received.indexOf("\r\n\r\n") + 4).replace(/[\da-f]+\r\n|\r\n/gu, "");
    return [...body.matchAll(/event: (\w+)\ndata: (.*)\n\n/gu)].map(([, name, data]) => [name!, data!]);
  }

  get looks(): Look[] {
    return this.events.filter(([name]) => name === "look").map(([, data]) => JSON.parse(data) as Look);
  }

  get isEnded(): boolean {
    return this.events.at(-1)?.[0] === "end";
  }
}

async function served(source: string | GivenInput, options: Partial<WatchingOptions> = {}) {
  const picture = new WebPicture(0, pageOf("office", PARTS), () => undefined);
  const watching = await startWatch(source, [picture], { policy: POLICY, ...options });
  await until("the page is served", () => picture.url !== undefined);
  return { picture, url: picture.url!, ...watching };
}

describe("events", () => {
  test("a viewer from the start and one in between have the totals and the seconds of the whole", async () => {
    const { url, end, summary } = await served(OFFICE, { speed: 12 });
    const early = new Viewer(url);
    await until("the first look", () => early.looks.length > 2);
    const late = new Viewer(url);
    await end;
    const { stats, total, topFlows } = await summary();
    for (const viewer of [early, late]) {
      await until("the end", () => viewer.isEnded && viewer.isClosed);
      const { looks } = viewer;
      const last = looks.at(-1)!;
      expect(last.mode).toBe("ended");
      for (const color of ["green", "yellow", "red"] as const) {
        expect(BigInt(last.totals[color].packets)).toBe(stats[color].packets);
        expect(BigInt(last.totals[color].bytes)).toBe(stats[color].bytes);
      }
      expect(last.worst.slice(0, 10).map(({ flow }) => flow)).toEqual(topFlows.map(({ flow }) => flow));
      expect(last.flows).toBe(8435);
      // The page keeps the seconds of all looks.
      const seconds = new Seconds();
      for (const { bins } of looks) seconds.take(bins);
      expect(seconds.newest).toBe(25);
      const sums = Array.from({ length: 6 }, (_, number) =>
        seconds.column(number, 0, seconds.newest).reduce((sum, value) => sum + value, 0),
      );
      const { green, yellow, red } = last.totals;
      expect(sums).toEqual([
        ...[green, yellow, red].map(({ packets }) => packets),
        ...[green, yellow, red].map(({ bytes }) => bytes),
      ]);
      expect(sums.slice(0, 3).reduce((sum, value) => sum + value, 0)).toBe(Number(total.packets));
    }
    // Those that follow hold the seconds that may have changed, not all of them.
    expect(early.looks.slice(1).every(({ bins }) => bins.rows.length < 8)).toBe(true);
    expect(late.looks[0]!.bins.first).toBe(0);
  });

  test("at most about four looks a second", async () => {
    const input = new GivenInput();
    const { url, end } = await served(input, { mode: "live" });
    const viewer = new Viewer(url);
    await until("a look", () => viewer.looks.length > 0);
    const before = viewer.looks.length;
    await pause(1500);
    expect(viewer.looks.length - before).toBeLessThanOrEqual(7);
    expect(viewer.looks.length - before).toBeGreaterThanOrEqual(3);
    input.end();
    await end;
  });

  test("a viewer that reads nothing is dropped before much waits for it, and the others see on", async () => {
    const viewers = new Viewers();
    const responses: ServerResponse[] = [];
    const server = createHttpServer((_, response) => {
      responses.push(response);
      viewers.add(response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const stuck = new Viewer(url);
    await until("the first is there", () => viewers.count === 1);
    stuck.socket.pause();
    const reading = new Viewer(url);
    await until("both are there", () => viewers.count === 2);
    const look = `"${"x".repeat(100_000)}"`;
    let waiting = 0;
    // What the system itself buffers comes first: megabytes.
    for (let sent = 0; sent < 2000 && viewers.count === 2; sent += 1) {
      viewers.send(look, look);
      waiting = Math.max(waiting, responses[0]!.writableLength);
      await pause(1);
    }
    expect(viewers.count).toBe(1);
    expect(waiting).toBeLessThan(WAITING_BYTES_MAX + 2 * look.length);
    viewers.send(look, look);
    await pause(50);
    expect(reading.isClosed).toBe(false);
    viewers.end();
    await until("the end", () => reading.isEnded && reading.isClosed);
    stuck.socket.destroy();
    server.close();
  });

  test("of more classes than anybody reads the first are shown, and a note says so", async () => {
    const classes = Array.from({ length: 250 }, (_, index) => ({
      name: `class-${index}`,
      match: { protocol: "tcp", "dst-port": index },
      action: "pass",
    }));
    const options = { policy: { classes }, stays: true };
    const { url, end, session } = await served(scratch.pcap("some.pcap", [ipFrame(0n, 100)]), options);
    const viewer = new Viewer(url);
    await until("a look", () => viewer.looks.length > 0);
    expect(viewer.looks[0]!.classes).toHaveLength(200);
    expect(viewer.looks[0]!.notes).toContain("the first 200 of 251 classes are shown");
    session.quit();
    await end;
  });

  test("no more viewers than there is room for", async () => {
    const input = new GivenInput();
    const { url, end, picture } = await served(input, { mode: "live" });
    const viewers = Array.from({ length: VIEWERS_MAX }, () => new Viewer(url));
    await until("all are there", () => picture.viewers === VIEWERS_MAX);
    expect((await get(`${url}events`)).status).toBe(503);
    viewers[0]!.socket.destroy();
    await until("one has left", () => picture.viewers === VIEWERS_MAX - 1);
    input.end();
    await end;
    await until("all were told", () => viewers.slice(1).every(({ isEnded, isClosed }) => isEnded && isClosed));
  });
});

async function expectIpv6(port: number): Promise<void> {
  const probe = createServer();
  const hasIpv6 = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(0, "::1", () => resolve(true));
  });
  probe.close();
  if (hasIpv6) expect((await get(`http://[::1]:${port}/`)).status).toBe(200);
  else process.stdout.write("NOT TESTED, this machine has no IPv6: the page on ::1\n");
}

describe("who is served", () => {
  test("requests that name this machine, on both loopback addresses, and no other", async () => {
    const input = new GivenInput();
    const { url, end, picture } = await served(input, { mode: "live" });
    const { port } = new URL(url);
    expect(url).toBe(`http://127.0.0.1:${port}/`);
    expect((await get(url)).status).toBe(200);
    for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`, `127.0.0.1:${port}`]) {
      expect((await get(url, { host })).status, host).toBe(200);
    }
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1",
      "localhost:1",
      `127.0.0.1.evil.example:${port}`,
    ]) {
      for (const path of ["", "events"]) {
        const { status, body } = await get(`${url}${path}`, { host });
        expect([host, status, body]).toEqual([host, 403, `This is served as http://localhost:${port}/ only.\n`]);
      }
    }
    expect(picture.viewers).toBe(0);
    await expectIpv6(Number(port));
    input.end();
    await end;
  });

  test("paths and methods", async () => {
    const input = new GivenInput();
    const { url, end } = await served(input, { mode: "live" });
    expect((await get(`${url}else`)).status).toBe(404);
    expect(await get(url, {}, "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
    const head = await get(url, {}, "HEAD");
    expect([head.status, head.body]).toEqual([200, ""]);
    expect((await get(`${url}?query=1`)).status).toBe(200);
    input.end();
    await end;
  });

  test("a port that is in use is told; another free one is found where none is named", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const picture = new WebPicture(port, pageOf("office", PARTS), () => undefined);
    const { end } = await startWatch(new GivenInput(), [picture], { policy: POLICY, mode: "live" });
    const error = await end.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toBe(
      `web "${port}": the port is in use (EADDRINUSE); name another, or none for a free one`,
    );
    taken.close();
  });

  test("after the end nobody listens", async () => {
    const { url, end } = await served(scratch.pcap("one.pcap", [ipFrame(0n, 100)]));
    await end;
    await expect(get(url)).rejects.toThrow("ECONNREFUSED");
  });

  test("Ctrl-C ends it within a second, however many look", async () => {
    const input = new GivenInput();
    const { url, end, session } = await served(input, { mode: "live" });
    const viewers = [new Viewer(url), new Viewer(url)];
    viewers[1]!.socket.pause();
    await until("a look", () => viewers[0]!.looks.length > 0);
    const startMs = performance.now();
    session.interrupt();
    expect(await end).toMatchObject({ isSignaled: true });
    expect(performance.now() - startMs).toBeLessThan(1500);
    await until("told", () => viewers[0]!.isEnded);
    viewers[1]!.socket.destroy();
  });
});

describe("the page", () => {
  test("is one text whose browser loads nothing and runs nothing else", () => {
    const { html, headers } = pageOf('a <b> & "c"', PARTS);
    expect(html).toContain("<title>a &lt;b&gt; &amp; &quot;c&quot; - weir watch</title>");
    expect(html.match(/<\/script>/gu)).toHaveLength(1);
    const policy = headers["content-security-policy"]!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+';/u);
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  test("as it is built names no address, and holds the license of the chart library", () => {
    const { html } = pageOf("office", pageAssets("watch"));
    expect(html).toContain("Leon Sorokin");
    expect(html.replaceAll(/https?:\/\/www\.w3\.org\/\w+(?:\/\w+)*/gu, "")).not.toMatch(
      /https?:\/\/|\bimport\(|@import|url\(/u,
    );
    expect(html.length).toBeLessThan(120_000);
  });
});

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
if (CHROMIUM === undefined) {
  process.stdout.write("NOT TESTED, there is no Chromium here: the page of weir watch as a browser draws it\n");
} else {
  test("in a browser: totals, steps and bars are those of the summary, and nothing else is asked for", async () => {
    const { chromium } = await import("playwright-core");
    const { picture, end, session, summary } = await servedPage();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
    try {
      const page = await browser.newPage({ viewport: { width: 1200, height: 1400 } });
      const requests: string[] = [];
      const problems: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("console", (message) => problems.push(message.text()));
      await page.goto(picture.url!);
      await page.waitForFunction(
        () => window.weirWatch?.look?.mode === "ended" && window.weirWatch.look.flows === 8435,
      );
      const cells = await page.locator("table").first().locator("tbody tr").allInnerTexts();
      // Reading pixels, as follows, may make the browser warn of slow readings: none of the page's problems.
      const problemsDrawn = [...problems];
      const { red, pixels } = await page.evaluate(redStep);
      const bars = await page.evaluate(levelBars);
      session.quit();
      await page.waitForFunction(() => window.weirWatch!.isEnded);
      await end;
      const { stats, topFlows } = await summary();
      expect(problemsDrawn).toEqual([]);
      expect(requests).toEqual([picture.url, `${picture.url}events`]);
      for (const [row, color] of [stats.green, stats.red].entries()) {
        const numbers = cells[row]!.replaceAll(",", "").split("\t");
        expect(numbers).toEqual(expect.arrayContaining([`${color.packets}`, `${color.bytes}`]));
      }
      // Bits of all seconds; the last value ends the last step.
      expect(red.slice(0, -1).reduce((sum, value) => sum + value, 0)).toBe(Number(stats.red.bytes) * 8);
      // The line is dashed: some of the highest step is drawn, and nothing of its color above it.
      expect(pixels.on.some(isReddish)).toBe(true);
      expect(pixels.above.some(isReddish)).toBe(false);
      // Bars are as long as their levels, and the text stands above them.
      expect(bars.some(({ part }) => part > 0.1)).toBe(true);
      for (const { part, drawn, isTextOnTop } of bars) {
        expect(Math.abs(drawn - part)).toBeLessThan(0.1);
        expect(isTextOnTop).toBe(true);
      }
      const flows = await page.locator("table").last().locator("tbody tr td:first-child").allInnerTexts();
      expect(flows.slice(0, 10)).toEqual(topFlows.map(({ flow }) => flow));
    } finally {
      await browser.close();
    }
  });

  async function servedPage() {
    const picture = new WebPicture(0, pageOf("office", pageAssets("watch")), () => undefined);
    // Slow enough for levels above 0 at the end.
    const policy = { ...POLICY, rate: "100 kbit/s", burst: "64 kB" };
    const watching = await startWatch(OFFICE, [picture], { policy, stays: true });
    await until("the page is served", () => picture.url !== undefined);
    return { picture, ...watching };
  }
}

/** In the page: of each bar in sight the level that it stands for, as a part of the depth, and what is drawn. */
function levelBars() {
  const flows = window.weirWatch!.look!.worst;
  return [...document.querySelectorAll("td.level")].slice(0, 8).map((cell, row) => {
    const bar = cell.querySelector(".bar")!.getBoundingClientRect();
    const over = cell.querySelector(".over")!;
    const { left, top, width, height } = over.getBoundingClientRect();
    const { level, depth } = flows[row]!.levels[0]!;
    return {
      part: Math.min(1, level / depth),
      drawn: bar.width / cell.clientWidth,
      isTextOnTop: document.elementFromPoint(left + width / 2, top + height / 2) === over,
    };
  });
}

/** In the page: the values of red, and the pixels around the middle of its highest step and of a line above it. */
function redStep() {
  const { plot } = window.weirWatch!.chart!;
  const red = [...plot.data[2]!] as number[];
  const peak = red.indexOf(Math.max(...red));
  const x = Math.round(plot.valToPos(peak + 0.5, "x", true));
  const y = Math.round(plot.valToPos(red[peak]!, "y", true));
  const [columns, rows] = [12, 10];
  const { data } = plot.ctx.getImageData(x - columns / 2, y - 8, columns, rows);
  const pixels = Array.from({ length: columns * rows }, (_, pixel) =>
    Array.from(data.subarray(4 * pixel, 4 * pixel + 4)),
  );
  return { red, pixels: { above: pixels.slice(0, 2 * columns), on: pixels.slice(7 * columns) } };
}

function isReddish([red, , blue, alpha]: readonly number[]): boolean {
  return red! > blue! + 60 && alpha! > 100;
}
