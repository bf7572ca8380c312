// Goal: whatever the departures, frames come out in the order of (departure, arrival), each with its bytes, its length
// on the wire and its interface; and nothing is lost, under any split of the input and in any order of the format.
import { describe, expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { type DepartingOptions, depart, type Fate } from "./support/departing.ts";

import { readCapture, type ReadFrame } from "./support/readcapture.ts";
import { SECOND_NS, writePcap, type WrittenFrame } from "./support/writer.ts";

const START_NS = 1_700_000_000n * SECOND_NS;
const BUILDS = ["debug", "release", "scalar"] as const;

interface TrafficOptions {
  readonly frames: number;
  readonly seed: number;
  /** Greatest gap between arrivals. */
  readonly gapNs: number;
  readonly bytesMax?: number;
}

function traffic({ frames, seed, gapNs, bytesMax = 300 }: TrafficOptions): WrittenFrame[] {
  const random = new Random(seed);
  let timeNs = START_NS;
  return Array.from({ length: frames }, (_, index) => {
    timeNs += BigInt(random.below(gapNs + 1));
    const bytes = new Uint8Array(random.below(bytesMax + 1)).map((_byte, at) => (index + at * 7) & 0xff);
    return { timeNs, bytes, originalBytes: bytes.length + random.below(1000) };
  });
}

/** Departures drawn from delays of every order of magnitude, with many ties, and one in 16 dropped. */
function drawnFates(seed: number, count: number, most: number): (bigint | null)[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    if (random.below(16) === 0) return null;
    const wide = BigInt(random.below(2 ** 30)) * BigInt(random.below(2 ** 30));
    return random.below(4) === 0 ? BigInt(random.below(3)) : wide >> BigInt(random.below(most));
  });
}

interface Expected {
  readonly timeNs: bigint;
  readonly frame: WrittenFrame;
}

/** By sorting all of it at once. */
function expected(frames: readonly WrittenFrame[], clocks: readonly bigint[], fate: Fate) {
  const departed: Expected[] = [];
  const dropped: Expected[] = [];
  for (const [index, frame] of frames.entries()) {
    const waits = fate(index);
    if (waits === null) dropped.push({ timeNs: frame.timeNs, frame });
    else departed.push({ timeNs: clocks[index]! + waits, frame });
  }
  // Stable: equal departures keep the order of arrival.
  return { departed: departed.toSorted((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0)), dropped };
}

function check(frames: readonly WrittenFrame[], fates: readonly (bigint | null)[], options: DepartingOptions): void {
  const fate: Fate = (index) => fates[index]!;
  const capture = writePcap(frames, { clock: "nano" });
  const out = depart([capture], fate, options);
  const wanted = expected(frames, out.clocks, fate);
  expectFrames(readCapture(out.departed).frames, wanted.departed);
  expectFrames(readCapture(out.dropped).frames, wanted.dropped);
}

function expectFrames(read: readonly ReadFrame[], wanted: readonly Expected[]): void {
  expect(read.length).toBe(wanted.length);
  for (const [index, { timeNs, frame }] of wanted.entries()) {
    const got = read[index]!;
    if (got.timeNs !== timeNs) expect(`frame ${index} at ${got.timeNs}`).toBe(`frame ${index} at ${timeNs}`);
    if (!got.bytes.equals(frame.bytes) || got.originalBytes !== (frame.originalBytes ?? frame.bytes.length)) {
      expect({ index, bytes: got.bytes, originalBytes: got.originalBytes }).toStrictEqual({ index, ...frame });
    }
  }
}

describe("order", () => {
  test.each(BUILDS)("delays of every size, ties and drops: %s", (build) => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const frames = traffic({ frames: 3000, seed, gapNs: [0, 10, 5000, 10_000_000][seed % 4]! });
      const format = seed % 3 === 0 ? "pcapng" : "pcap";
      check(frames, drawnFates(seed, frames.length, 60), { build, format, chunkBytes: [777, 65_536][seed % 2]! });
    }
  });

  test("a hundred thousand frames that all depart at one instant keep the order of arrival", () => {
    const frames = traffic({ frames: 100_000, seed: 5, gapNs: 0, bytesMax: 20 });
    check(
      frames,
      frames.map(() => 5n),
      { build: "release" },
    );
  });

  test("a hundred thousand frames that wait, and depart last come first", () => {
    const frames = traffic({ frames: 100_000, seed: 6, gapNs: 3, bytesMax: 150 });
    check(
      frames,
      frames.map((_, index) => BigInt(3 * (frames.length - index))),
      { build: "release" },
    );
  });

  test("the longest frame that a window holds, cells of every number of bytes", () => {
    const lengths = [0, 1, 111, 112, 113, 231, 232, 233, 352, 65_535, 262_128, 7, 262_128];
    const frames = lengths.map((length, index) => ({
      timeNs: START_NS + BigInt(index),
      bytes: new Uint8Array(length).map((_, at) => (at * 31 + index) & 0xff),
    }));
    for (const format of ["pcap", "pcapng"] as const) {
      check(
        frames,
        frames.map((_, index) => BigInt((index * 5) % 13)),
        { format },
      );
    }
  });

  test("times that go back wait from the newest time on, and are dropped with their own", () => {
    const frames = [50n, 40n, 45n, 60n].map((at) => ({ timeNs: START_NS + at, bytes: new Uint8Array(60) }));
    check(frames, [10n, 10n, null, 0n], {});
    check(frames, [0n, 0n, 0n, 0n], {});
  });
});
