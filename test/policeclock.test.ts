// Goal: the two ways in which a dropped packet used to carry the clock for packets behind it, in their smallest form.
import { describe, expect, test } from "vitest";
import { COLOR_GREEN, COLOR_RED } from "../assembly/abi.ts";
import { compilePolicy } from "../src/policies.ts";
import { runCapture } from "./support/capture.ts";
import { ipFrame, MS } from "./support/cli.ts";
import { NgWriter } from "./support/ngwriter.ts";
import { policed } from "./support/policed.ts";
import { writePcap } from "./support/writer.ts";

/** 1000 B a second, 1000 B at once. */
const policy = compilePolicy({ meter: "token-bucket", rate: "1 kB/s", burst: "1000 B" });
const frameAt = (ms: bigint, bytes: number) => ipFrame(ms * MS, bytes);

async function clockOf(capture: Uint8Array) {
  const { bytes, colors, timesNs, earlier } = await policed(capture, { policy });
  const metered = runCapture(capture, { policy }).colors;
  return { metered, colors, times: timesNs.map((time) => time / MS), earlier, again: runCapture(bytes, { policy }) };
}

describe("a dropped packet", () => {
  const first = frameAt(0n, 1000);
  const dropped = frameAt(500n, 1000);

  test("does not carry the clock for one that is older", async () => {
    // At 500 ms there is room for 500 B, at 400 ms for 400.
    const older = frameAt(400n, 450);
    const { metered, colors, earlier, again } = await clockOf(writePcap([first, dropped, older, frameAt(450n, 450)]));
    expect(metered).toEqual([COLOR_GREEN, COLOR_RED, COLOR_GREEN, COLOR_RED]);
    expect(colors).toEqual([COLOR_GREEN, COLOR_RED, COLOR_RED, COLOR_GREEN]);
    expect(earlier).toBe(2n);
    expect(again.colors).toEqual([COLOR_GREEN, COLOR_GREEN]);
  });

  test("does not give its time to frames that have none", async () => {
    const timeless = frameAt(0n, 450);
    const writer = new NgWriter().interface({}).packet(first).packet(dropped);
    writer.simplePacket(timeless.bytes, timeless.originalBytes).packet(frameAt(450n, 450));
    const { metered, colors, times, earlier, again } = await clockOf(writer.done());
    expect(metered).toEqual([COLOR_GREEN, COLOR_RED, COLOR_GREEN, COLOR_RED]);
    expect(colors).toEqual([COLOR_GREEN, COLOR_RED, COLOR_RED, COLOR_GREEN]);
    expect(times).toEqual([0n, 500n, 0n, 450n]);
    expect(earlier).toBe(2n);
    expect(again.colors).toEqual([COLOR_GREEN, COLOR_GREEN]);
  });

  test("leaves the clock to the newest packet that passes, however old that is", async () => {
    // The third is metered at 0 ms, as if there were no second; the fourth at its own time, which the fifth takes.
    const frames = [first, dropped, frameAt(0n, 60), frameAt(100n, 60), frameAt(50n, 60)];
    const { colors, earlier } = await clockOf(writePcap(frames));
    expect(colors).toEqual([COLOR_GREEN, COLOR_RED, COLOR_RED, COLOR_GREEN, COLOR_RED]);
    expect(earlier).toBe(3n);
  });
});

test("where times go on nothing is different", async () => {
  const frames = Array.from({ length: 50 }, (_, index) => frameAt(BigInt(index) * 40n, 100 + 13 * (index % 7)));
  const { metered, colors, earlier } = await clockOf(writePcap(frames));
  expect(colors).toEqual(metered);
  expect(colors).toContain(COLOR_RED);
  expect(earlier).toBe(0n);
});
