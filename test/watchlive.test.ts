// Goal: a dashboard follows what comes, never holds it up, and leaves the terminal as it was found, however it ends.
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { CaptureError } from "../src/errors.ts";
import type { Picture } from "../src/watch/picture.ts";
import { ipFrame, MS, OFFICE, Scratch } from "./support/cli.ts";
import { atItsEnd, dashboard, expectTotals, KEYS, totalOn } from "./support/dashboard.ts";
import { GivenInput, startWatch, until } from "./support/watching.ts";
import { pcapHeader, pcapRecord } from "./support/writer.ts";

const scratch = new Scratch();
const BUCKET = { meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" } as const;

describe("a live input", () => {
  const frames = Array.from({ length: 300 }, (_, index) => ipFrame(BigInt(index) * MS, 1000));

  test("is shown as it comes; its end leaves the screen", async () => {
    const input = new GivenInput();
    const { screen, picture } = dashboard();
    const { end, summary } = await startWatch(input, [picture], { policy: BUCKET, mode: "live" });
    await until("nothing yet", () => screen.text().includes("no packet yet"));
    input.give(pcapHeader());
    for (const frame of frames.slice(0, 100)) input.give(pcapRecord(frame));
    await until("100 packets", () => totalOn(screen) === 100);
    for (const frame of frames.slice(100)) input.give(pcapRecord(frame));
    await until("300 packets", () => totalOn(screen) === 300);
    const lines = screen.lines();
    input.end();
    expect(await end).toMatchObject({ isInterrupted: false, isSignaled: false });
    expectTotals(lines, await summary(), false);
    expect(screen.isClean).toBe(true);
  });

  test("held by p, it is metered on; quitting in its midst is told", async () => {
    const input = new GivenInput();
    const { screen, terminal, picture } = dashboard();
    const { end, session } = await startWatch(input, [picture], { policy: BUCKET, mode: "live" });
    input.give(pcapHeader());
    // A pcap's dialect is told by its first three records.
    for (const frame of frames.slice(0, 3)) input.give(pcapRecord(frame));
    await until("the first packets", () => totalOn(screen) === 3);
    terminal.press("p");
    await until("held", () => screen.text().includes("live, picture held"));
    for (const frame of frames) input.give(pcapRecord(frame));
    await until(
      "metered",
      () => session.watch.view.totals.green.packets + session.watch.view.totals.red.packets === 303,
    );
    expect(totalOn(screen)).toBe(3);
    terminal.press("p");
    await until("shown", () => totalOn(screen) === 303);
    terminal.press("q");
    expect(await end).toMatchObject({ isInterrupted: true, isSignaled: false });
    expect(screen.isClean).toBe(true);
  });

  test("levels drain and seconds pass while nothing comes", async () => {
    const input = new GivenInput();
    const { screen, terminal, picture } = dashboard();
    const { end } = await startWatch(input, [picture], { policy: { ...BUCKET, rate: "100 kbit/s" }, mode: "live" });
    input.give(pcapHeader());
    for (const frame of frames.slice(0, 12)) input.give(pcapRecord(frame));
    const percentNow = () => Number(/(\d+) %$/u.exec(screen.line("udp 10.0.0.1:1111"))![1]);
    await until("drawn", () => screen.text().includes("udp 10.0.0.1:1111"));
    const early = percentNow();
    expect(early).toBeGreaterThan(40);
    await until("drained", () => percentNow() === 0);
    expect(screen.line("given  live")).toMatch(/live {2}[01]\.\d{3} s/u);
    terminal.press("q");
    await end;
  });

  test.each([
    ["a read that fails", new CaptureError("UNREADABLE", "given", "reading fails (EIO)"), "given: reading fails (EIO)"],
  ])("%s ends it, with what came before", async (_, error, message) => {
    const input = new GivenInput();
    const { screen, picture } = dashboard();
    const { end, summary } = await startWatch(input, [picture], { policy: BUCKET, mode: "live" });
    input.give(pcapHeader());
    for (const frame of frames) input.give(pcapRecord(frame));
    input.give(error);
    expect(await end).toMatchObject({ readFailure: message, isInterrupted: false });
    expect((await summary()).total.packets).toBe(300n);
    expect(screen.isClean).toBe(true);
  });

  test("a bug anywhere leaves the screen, and is thrown", async () => {
    const input = new GivenInput();
    const { screen, picture } = dashboard();
    const broken: Picture = {
      draw() {
        throw new TypeError("a bug");
      },
      close: () => undefined,
    };
    const { end } = await startWatch(input, [picture, broken], { policy: BUCKET, mode: "live" });
    await expect(end).rejects.toThrow("a bug");
    expect(screen.isClean).toBe(true);
  });
});

describe("a replay", () => {
  /** A packet each 100 ms for 100 s. */
  const path = scratch.pcap(
    "slow.pcap",
    Array.from({ length: 1000 }, (_, index) => ipFrame(BigInt(index) * 100n * MS, 500)),
  );

  test("at its own pace, paused, faster, and at full speed", async () => {
    const { screen, terminal, picture } = dashboard();
    const { end, session } = await startWatch(path, [picture], { policy: BUCKET, speed: 1, stays: true });
    const startMs = performance.now();
    const packets = () => session.watch.view.totals.green.packets;
    await until("11 packets", () => packets() >= 11);
    // Ten of 100 ms.
    expect(performance.now() - startMs).toBeGreaterThan(950);
    expect(packets()).toBeLessThan(20);
    expect(screen.line("slow.pcap")).toContain("replay, x1");
    terminal.press(" ");
    await until("paused", () => screen.text().includes("replay, paused"));
    const held = packets();
    await pause(400);
    expect(packets()).toBe(held);
    terminal.press("p+++++");
    await until("x32", () => screen.text().includes("replay, x32"));
    const fastMs = performance.now();
    const from = packets();
    await until("200 more", () => packets() >= from + 200);
    expect(performance.now() - fastMs).toBeLessThan(2000);
    terminal.press("+".repeat(10));
    await until("the end", () => screen.text().includes("  ended  "));
    expect(packets()).toBe(1000);
    terminal.press("q");
    expect(await end).toMatchObject({ isInterrupted: false });
  });

  test("quit in its midst: what was metered is the summary, and it says so", async () => {
    const { screen, terminal, picture } = dashboard();
    const { end, summary } = await startWatch(path, [picture], { policy: BUCKET, speed: 1, stays: true });
    await until("drawn", () => screen.text().includes("replay, x1"));
    terminal.press("q");
    expect(await end).toMatchObject({ isInterrupted: true });
    expect((await summary()).total.packets).toBeLessThan(50n);
    expect(screen.isClean).toBe(true);
  });

  test("after a pause of minutes in the capture nothing is shown early", async () => {
    const gap = [
      ...Array.from({ length: 50 }, (_, index) => ipFrame(BigInt(index) * MS, 500)),
      ipFrame(600_000n * MS, 500),
    ];
    const { terminal, picture } = dashboard();
    const { end, session } = await startWatch(scratch.pcap("gap.pcap", gap), [picture], { policy: BUCKET, speed: 1 });
    await until("those before it", () => session.watch.view.totals.green.packets >= 50 - 18);
    await pause(300);
    const { green, red } = session.watch.view.totals;
    expect(green.packets + red.packets).toBe(50);
    terminal.press("q");
    expect(await end).toMatchObject({ isInterrupted: true });
  });
});

describe("drawing", () => {
  test("ten times a second at most, and only lines that have changed", async () => {
    const input = new GivenInput();
    const { screen, terminal, picture } = dashboard();
    const { end } = await startWatch(input, [picture], { policy: BUCKET, mode: "live" });
    input.give(pcapHeader());
    const startMs = performance.now();
    for (let index = 0; index < 300; index += 1) {
      input.give(pcapRecord(ipFrame(BigInt(index) * MS, 100)));
      terminal.resize(119 + (index % 2), 40);
      terminal.press("s");
      await pause(3);
    }
    const elapsedMs = performance.now() - startMs;
    expect(screen.frames).toBeGreaterThan(2);
    expect(screen.frames).toBeLessThanOrEqual(elapsedMs / 100 + 1);
    await pause(300);
    const before = terminal.written.length;
    await pause(300);
    // The time in the title, a rate perhaps; not the whole screen of 4800 cells.
    expect(terminal.written.length - before).toBeLessThan(4000);
    input.end();
    await end;
  });

  test("a terminal that takes nothing holds up no packet", async () => {
    const { screen, terminal, picture } = dashboard();
    terminal.isTaking = false;
    const { end, summary } = await startWatch(OFFICE, [picture], { policy: BUCKET });
    await end;
    expect((await summary()).total.packets).toBe(108_737n);
    expect(screen.frames).toBe(0);
    expect(screen.isClean).toBe(true);
  });

  test("suspended and resumed, all is drawn anew", async () => {
    const { screen, terminal, end } = await atItsEnd(OFFICE, { policy: BUCKET });
    terminal.press(KEYS.suspend);
    expect(screen.text().trim()).toBe("");
    await until("drawn again", () => screen.text().includes("91,662"));
    expect(terminal.suspensions).toBe(1);
    terminal.press("q");
    await end;
  });

  test("names of files cannot drive the terminal, and wide letters take two cells", async () => {
    const frame = [ipFrame(0n, 100)];
    const path = scratch.pcap("evil\u001B[31m\u202Ename.pcap", frame);
    const classes = [{ name: "日本語のクラスの名前", rate: "1 MB/s", burst: "1 kB" }];
    const { screen, terminal, end } = await atItsEnd(path, { policy: { classes } }, 80, 24);
    expect(screen.text()).toContain("evil·[31m·name.pcap");
    expect(screen.line("日本語のクラスの名前  ")).toMatch(/ 1 +100 +/u);
    terminal.press("q");
    await end;
  });

  test("no keys: the last line says how it ends", async () => {
    const { screen, terminal, picture } = dashboard();
    terminal.hasKeys = false;
    const { end, session } = await startWatch(OFFICE, [picture], { policy: BUCKET, stays: true });
    await until("drawn", () => screen.text().includes("Ctrl-C ends the watch"));
    session.interrupt();
    expect(await end).toMatchObject({ isSignaled: true });
  });
});
