/** The textbook examples (algorithms.md, section 1), from capture to verdicts. */
import { describe, expect, test } from "vitest";
import { colorsOf, ipFrame, meterJson, meterRows, MS, Scratch } from "../support/cli.ts";

const scratch = new Scratch();

function captureAt(name: string, timesNs: readonly bigint[], wireBytes: number): string {
  return scratch.pcap(
    name,
    timesNs.map((timeNs) => ipFrame(timeNs, wireBytes)),
  );
}

describe("textbook examples", () => {
  const bucket = captureAt("bucket.pcap", [0n, 0n, 0n, 0n, 0n, 5000n * MS, 5000n * MS, 5000n * MS], 3000);
  const cells = captureAt(
    "cells.pcap",
    [0n, 1n, 2n, 3n, 14n, 15n, 16n, 30n, 31n].map((ms) => ms * MS),
    67,
  );
  const burst = captureAt("burst.pcap", [0n, 0n, 0n, 0n, 0n, 0n, 0n], 1514);

  test.for(["leaky-bucket", "token-bucket", "gcra"])("%s: 10 kB at 1250 B/s", (name) => {
    const rows = meterRows([bucket, "--meter", name, "--rate", "1250 B/s", "--burst", "10 kB"]);
    expect(colorsOf(rows)).toBe("GGGRRGGR");
    // 12000 B do not fit by 2000 B, which take 1.6 s; 11750 B by 1750 B, which take 1.4 s.
    expect(rows.map(({ delay }) => delay)).toStrictEqual(
      ["0", "0", "0", "1600000000", "1600000000", "0", "0", "1400000000"], // prettier-ignore
    );
    expect(rows.map(({ reason }) => reason)).toStrictEqual(["", "", "", "rate", "rate", "", "", "rate"]);
  });

  test("GCRA(10, 15) in ms", () => {
    const args = [cells, "--meter", "gcra", "--increment", "10ms", "--limit", "15ms", "--cost", "packets"];
    expect(colorsOf(meterRows(args))).toBe("GGRRGGRGR");
  });

  test("GCRA(10, 15) is the bucket of depth 25 with its own cost in the test", () => {
    const args = ["--rate", "100 packets/s", "--burst", "2.5 packets", "--cost", "packets"];
    expect(colorsOf(meterRows([cells, "--meter", "gcra", ...args]))).toBe("GGRRGGRGR");
    expect(colorsOf(meterRows([cells, "--meter", "leaky-bucket", ...args]))).toBe("GGRRGGRGR");
  });

  test.for(["leaky-bucket", "token-bucket", "gcra"])("%s: 10 packets/s with 5 at once", (name) => {
    const rows = meterRows([burst, "--meter", name, "--rate", "10 packets/s", "--burst", "5 packets"]);
    expect(colorsOf(rows)).toBe("GGGGGRR");
    expect(rows.map(({ delay }) => delay).slice(5)).toStrictEqual(["100000000", "100000000"]);
  });

  test("conformance is 15000 of 24000 bytes", () => {
    const { green, red } = meterJson([bucket, "--meter", "leaky-bucket", "--rate", "1250 B/s", "--burst", "10 kB"]);
    expect(green).toStrictEqual({ packets: 5, bytes: 15_000 });
    expect(red).toStrictEqual({ packets: 3, bytes: 9000 });
  });
});

describe("delays", () => {
  const pair = captureAt("pair.pcap", [0n, 0n], 100);

  test("are rounded up to a nanosecond", () => {
    const [, second] = meterRows([pair, "--meter", "gcra", "--rate", "3 packets/s", "--burst", "1 packet"]);
    expect(second).toMatchObject({ color: "red", delay: "333333334", reason: "rate" });
  });

  test("are exact at the edge: a packet that comes after its delay conforms, a nanosecond earlier it does not", () => {
    const late = captureAt("late.pcap", [0n, 333_333_334n], 100);
    const early = captureAt("early.pcap", [0n, 333_333_333n], 100);
    const args = ["--meter", "token-bucket", "--rate", "3 packets/s", "--burst", "1 packet"];
    expect(colorsOf(meterRows([late, ...args]))).toBe("GG");
    const rows = meterRows([early, ...args]);
    expect(colorsOf(rows)).toBe("GR");
    expect(rows[1]!.delay).toBe("1");
  });

  test("never, for what is larger than the bucket", () => {
    const rows = meterRows([pair, "--meter", "token-bucket", "--rate", "1 kB/s", "--burst", "99 B"]);
    expect(rows.map(({ delay, reason }) => [delay, reason])).toStrictEqual([
      ["never", "oversize"],
      ["never", "oversize"],
    ]);
  });

  test("never, when the bucket does not drain", () => {
    const rows = meterRows([pair, "--meter", "leaky-bucket", "--rate", "0 bit/s", "--burst", "100 B"]);
    expect(rows.map(({ color, delay, reason }) => [color, delay, reason])).toStrictEqual([
      ["green", "0", ""],
      ["red", "never", "rate"],
    ]);
  });
});
