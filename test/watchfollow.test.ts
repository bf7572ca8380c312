// Goal: a capture that grows is read to wherever it ends, and lines of text and JSON add up to its totals.
import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { PipeClosed } from "../src/trace/output.ts";
import { COLOR_NAMES } from "../src/watch/counts.ts";
import { type LineOutput, LinesPicture } from "../src/watch/lines.ts";
import { ipFrame, MS, OFFICE, Scratch } from "./support/cli.ts";
import { GivenInput, startWatch, until } from "./support/watching.ts";
import { pcapHeader, pcapRecord, writePcap } from "./support/writer.ts";

const scratch = new Scratch();
const POLICY = { meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" } as const;
/** Of a pcap: its header, and the headers of the packet. */
const RECORD_BYTES = 16 + 42;
const frames = Array.from({ length: 90 }, (_, index) => ipFrame(BigInt(index) * MS, 1000));

/** Keeps what is written; `wait` makes each write wait. */
class Lines implements LineOutput {
  text = "";
  isHurried = false;
  wait: Promise<void> | undefined;
  failure: Error | undefined;

  write(text: string): void | Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.text += text;
    return this.wait;
  }

  hurry(): void {
    this.isHurried = true;
  }

  get documents(): JsonLine[] {
    return this.text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as JsonLine);
  }
}

type Counts = Readonly<Record<(typeof COLOR_NAMES)[number], { readonly packets: number; readonly bytes: number }>>;
interface JsonLine extends Counts {
  readonly kind: string;
  readonly mode: string;
  readonly timeNs: string | null;
  readonly packets: number;
  readonly bytes: number;
  readonly since: Counts;
  readonly perSec: Counts;
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  const wakes: (() => void)[] = [];
  const promise = new Promise<void>((resolve) => {
    wakes.push(resolve);
  });
  return { promise, resolve: () => wakes[0]!() };
}

describe("a file that grows", () => {
  test("in three pieces, cut anywhere: every packet, once, and the totals of the whole", async () => {
    const bytes = writePcap(frames);
    // In the midst of a header, and of a packet's bytes.
    const cuts = [0, 24 + 30 * RECORD_BYTES + 7, 24 + 60 * RECORD_BYTES + 30, bytes.length];
    const path = scratch.write("growing.pcap", bytes.subarray(0, cuts[1]));
    const { session, end, summary } = await startWatch(path, [], {
      policy: POLICY,
      mode: "catching up",
      follows: true,
    });
    const packets = () => session.watch.view.totals.green.packets + session.watch.view.totals.red.packets;
    await until("the first piece", () => packets() === 30);
    expect(session.watch.mode).toBe("live");
    appendFileSync(path, bytes.subarray(cuts[1], cuts[2]));
    await until("the second piece", () => packets() === 60);
    appendFileSync(path, bytes.subarray(cuts[2]));
    await until("the third piece", () => packets() === 90);
    session.quit();
    // At the end of what there is nothing is interrupted.
    expect(await end).toMatchObject({ isInterrupted: false, readFailure: null });
    const whole = await startWatch(scratch.write("whole.pcap", bytes), [], { policy: POLICY });
    expect((await summary()).digest).toBe((await whole.summary()).digest);
    expect((await summary()).stats).toEqual((await whole.summary()).stats);
  });

  test("that is empty at first", async () => {
    const path = scratch.write("empty.pcap", new Uint8Array(0));
    const { session, end } = await startWatch(path, [], { policy: POLICY, mode: "catching up", follows: true });
    await pause(250);
    writeFileSync(path, writePcap(frames));
    await until("all packets", () => session.watch.view.totals.green.packets > 0);
    session.quit();
    expect(await end).toMatchObject({ isInterrupted: false });
  });

  test("that is begun anew: what came before is reported, with the reason", async () => {
    const path = scratch.write("shrinking.pcap", writePcap(frames));
    const { end, session, summary } = await startWatch(path, [], {
      policy: POLICY,
      mode: "catching up",
      follows: true,
    });
    await until("live", () => session.watch.mode === "live");
    truncateSync(path, 100);
    const { readFailure, isInterrupted } = await end;
    expect(readFailure).toMatch(/shrinking\.pcap: has become shorter \(100 bytes, 5244 were read\).*; watch it again/u);
    expect(isInterrupted).toBe(false);
    expect((await summary()).total.packets).toBe(90n);
  });

  test("replayed first at its own pace, then live", async () => {
    const path = scratch.write(
      "paced.pcap",
      writePcap(frames.map((frame) => ({ ...frame, timeNs: frame.timeNs * 5n }))),
    );
    const { end, session } = await startWatch(path, [], { policy: POLICY, speed: 1, follows: true });
    await pause(150);
    expect(session.watch.mode).toBe("replay");
    await until("live", () => session.watch.mode === "live");
    appendFileSync(path, pcapRecord(ipFrame(60_000n * MS, 500)));
    // A minute later in the capture, and shown at once.
    await until("the late one", () => session.watch.view.clockNs === 60_000 * 1e6);
    session.quit();
    await end;
  });
});

describe("lines of JSON", () => {
  test("each has what came since the one before: they add up, and the last has the totals", async () => {
    const lines = new Lines();
    const { end, summary } = await startWatch(OFFICE, [new LinesPicture(lines, true)], { policy: POLICY, speed: 10 });
    await end;
    const { stats, total } = await summary();
    const documents = lines.documents;
    // 25.4 s, ten times as fast, a line a second, and one at the end.
    expect(documents.length).toBeGreaterThanOrEqual(3);
    expect(documents.length).toBeLessThanOrEqual(5);
    for (const color of COLOR_NAMES) {
      for (const unit of ["packets", "bytes"] as const) {
        const sum = documents.reduce((some, { since }) => some + since[color][unit], 0);
        expect(BigInt(sum), `${color} ${unit}`).toBe(stats[color][unit]);
        expect(documents.at(-1)![color][unit]).toBe(sum);
      }
    }
    expect(BigInt(documents.at(-1)!.packets)).toBe(total.packets);
    expect(documents.map(({ kind }) => kind)).toEqual(documents.map(() => "second"));
    expect(documents.map(({ mode }) => mode)).toEqual([...documents.slice(1).map(() => "replay"), "ended"]);
    const times = documents.map(({ timeNs }) => BigInt(timeNs!));
    expect(times.every((time, index) => index === 0 || time > times[index - 1]!)).toBe(true);
    expect(documents.some(({ perSec }) => perSec.red.bytes > 1e6)).toBe(true);
  });

  test("a capture without packets", async () => {
    const lines = new Lines();
    const { end } = await startWatch(scratch.pcap("none.pcap", []), [new LinesPicture(lines, true)], {
      policy: POLICY,
    });
    await end;
    expect(lines.documents).toMatchObject([{ kind: "second", timeNs: null, packets: 0, bytes: 0 }]);
  });

  test("a reader that takes nothing holds up no packet, gets one line, and is told of the rest later", async () => {
    const lines = new Lines();
    const input = new GivenInput();
    const { end, session } = await startWatch(input, [new LinesPicture(lines, true)], { policy: POLICY, mode: "live" });
    const { promise, resolve: take } = withResolvers();
    lines.wait = promise;
    input.give(pcapHeader());
    for (const frame of frames.slice(0, 40)) input.give(pcapRecord(frame));
    await until("a line", () => lines.documents.length === 1);
    for (const frame of frames.slice(40)) input.give(pcapRecord(frame));
    await until(
      "metered",
      () => session.watch.view.totals.green.packets + session.watch.view.totals.red.packets === 90,
    );
    await pause(1300);
    expect(lines.documents).toHaveLength(1);
    lines.wait = undefined;
    take();
    input.end();
    await end;
    const sum = lines.documents.reduce((some, { since }) => some + since.green.packets + since.red.packets, 0);
    expect(sum).toBe(90);
  });

  test("a reader that has gone ends the watch", async () => {
    const lines = new Lines();
    lines.failure = new PipeClosed("stdout");
    const { end } = await startWatch(new GivenInput(), [new LinesPicture(lines, true)], {
      policy: POLICY,
      mode: "live",
    });
    await expect(end).rejects.toThrow(PipeClosed);
  });

  test("after Ctrl-C such a reader is not waited for", async () => {
    const lines = new Lines();
    const { end, session } = await startWatch(new GivenInput(), [new LinesPicture(lines, true)], {
      policy: POLICY,
      mode: "live",
    });
    lines.failure = new PipeClosed("stdout");
    session.interrupt();
    expect(await end).toMatchObject({ isSignaled: true });
    expect(lines.isHurried).toBe(true);
  });
});

test("lines of text say the same", async () => {
  const lines = new Lines();
  const { end } = await startWatch(OFFICE, [new LinesPicture(lines, false)], { policy: POLICY });
  await end;
  expect(lines.text).toMatch(
    /^25\.444 s {2}108,737 packets {2}green 91,662 \(84\.30 %, [\d.]+ k?bit\/s\) {2}red 17,075 \(15\.70 %, 0 bit\/s\) {2}8,435 flows\n$/u,
  );
});
