// Goal: a file that two threads share in stretches gives what one thread makes of it, whoever takes which stretch, and
// whatever the file is.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { SOURCE_FRAMES, WINDOW_BYTES } from "../assembly/abi.ts";
import { Stretches } from "../src/threads/stretches.ts";
import { compileClasses, compilePolicy } from "../src/policies.ts";
import { runCapture } from "./support/capture.ts";
import { arpFrame, ipFrame, MS, OFFICE, Scratch } from "./support/cli.ts";
import { Dice, mutantOf } from "./support/mutate.ts";
import { runStretched, type StretchedRun, type StretchOptions } from "./support/stretched.ts";
import { concat, pcapHeader, type PcapOptions, pcapRecord, type WrittenFrame, writePcap } from "./support/writer.ts";

const scratch = new Scratch();
const FIXTURES = fileURLToPath(new URL("fixtures", import.meta.url));
const SEEDS = [1, 2, 3, 4, 5, 6];
const STRETCHES = [512, 3000, 20_000, 1 << 16];
const MUTANTS = 400;

interface Split extends Omit<StretchOptions, "dice" | "eagerness"> {
  readonly seed: number;
}

async function stretched(bytes: Uint8Array, { seed, ...options }: Split): Promise<StretchedRun> {
  const path = scratch.at("capture.pcap");
  writeFileSync(path, bytes);
  return runStretched(path, { ...options, dice: new Dice(seed), eagerness: seed % 5 });
}

/** Runs the capture both ways. Answers the frames that the other side has handed over. */
async function expectSame(bytes: Uint8Array, split: Split): Promise<number> {
  const alone = runCapture(bytes, split);
  const { readFailures, handedOver, fedBytes: _, ...shared } = await stretched(bytes, split);
  const { fedBytes: __, ...want } = alone;
  // Vitest's own comparison takes seconds for what this does in milliseconds.
  for (const part of ["counters", "stats", "colors", "rows"] as const) {
    const [one, two] = [want, shared].map((run) => JSON.stringify(run[part], (_key, value: unknown) => shownOf(value)));
    if (one !== two) expect(shared[part], `${part}, ${split.stretchBytes}, seed ${split.seed}`).toEqual(want[part]);
  }
  expect(readFailures).toStrictEqual([null]);
  return handedOver;
}

function shownOf(value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}

/** Frames of all sizes, times that go back, frames without IP. */
function traffic(seed: number, count: number): WrittenFrame[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, index) => {
    const timeNs = BigInt(1_000_000 + index) * MS - BigInt(dice.below(3) === 0 ? dice.below(2000) : 0) * MS;
    if (dice.below(20) === 0) return arpFrame(timeNs);
    const source = dice.below(4) === 0 ? `2001:db8::${dice.below(300)}` : `10.0.0.${dice.below(250)}`;
    const destination = source.includes(":") ? "2001:db8:1::1" : `10.1.0.${dice.below(20)}`;
    return ipFrame(timeNs, 64 + dice.below(1400), { source, destination, sourcePort: dice.below(9) });
  });
}

const frames = traffic(1, 900);
const BIG: PcapOptions = { order: "big", clock: "nano" };
const LONG = { timeNs: 5000n * MS, bytes: new Uint8Array(3 * WINDOW_BYTES).fill(0x45) };
const whole = writePcap(frames);
/** A capture within the payload of a frame of a capture: what looks like its records is none. */
const NESTED = { timeNs: 2000n * MS, bytes: concat(new Uint8Array(20), whole.subarray(24, 60_000)) };
const EMPTY = { timeNs: 0n, bytes: new Uint8Array(0) };

function spliced(at: number, ...inserted: WrittenFrame[]): Uint8Array {
  return writePcap([...frames.slice(0, at), ...inserted, ...frames.slice(at)]);
}

/** Bytes of the record `index` of `whole` set to `value`, from its captured length on. */
function damaged(index: number): Uint8Array {
  const bytes = whole.slice();
  const at = writePcap(frames.slice(0, index)).length;
  bytes.fill(0xff, at + 8, at + 16);
  return bytes;
}

const CAPTURES: Readonly<Record<string, Uint8Array>> = {
  "as usual": whole,
  "big endian, nanoseconds": writePcap(frames, BIG),
  "cooked, link type unknown": writePcap(frames, { link: 999 }),
  "short snap length": writePcap(
    frames.map(({ timeNs, bytes }) => ({ timeNs, bytes: bytes.subarray(0, 30), originalBytes: bytes.length })),
    { snapBytes: 30 },
  ),
  "records of 24 bytes, by their magic number": writePcap(frames, { clock: "modified" }),
  "records of 24 bytes, by what they are": writePcap(frames, { recordHeaderBytes: 24 }),
  "lengths swapped": writePcap(frames, { version: [2, 1], swapsLengths: true }),
  "a long pause": writePcap([...frames, ...frames.map((frame) => ({ ...frame, timeNs: frame.timeNs + 10n ** 14n }))]),
  "a record longer than the window": spliced(450, LONG),
  "records within a record": spliced(300, NESTED),
  "captures within records, again and again": spliced(10, ...Array.from({ length: 9 }, () => NESTED)),
  "empty frames": spliced(200, ...Array.from({ length: 90 }, () => EMPTY)),
  "zeros at the end": concat(whole, new Uint8Array(200_000)),
  "zeros before the end": concat(whole, new Uint8Array(4000), pcapRecord(frames[0]!), whole.subarray(24)),
  "cut within a record": whole.subarray(0, whole.length - 7),
  "cut within a header": concat(whole, pcapRecord(frames[0]!).subarray(0, 9)),
  "damaged at first": damaged(0),
  "damaged later": damaged(500),
  "a header alone": pcapHeader(),
  "less than a header": pcapHeader().subarray(0, 20),
  "another capture behind": concat(whole, whole),
  "no capture": Buffer.from("Nothing that anyone has captured. ".repeat(2000)),
};

describe("what one thread makes of it", () => {
  test.each(Object.entries(CAPTURES))("%s", async (_, bytes) => {
    for (const stretchBytes of STRETCHES) {
      for (const seed of SEEDS) await expectSame(bytes, { stretchBytes, seed });
    }
  });

  test("under a policy of classes, and with colors of arrival", async () => {
    const policies = [
      compileClasses({
        nodes: [{ name: "site", by: "dst", rate: "40 kB/s", burst: "20 kB" }],
        classes: [{ name: "all", by: "src", rate: "20 kB/s", burst: "4 kB", parent: "site" }],
      }),
      compilePolicy({ meter: "srtcm", cir: "20 kB/s", cbs: "3 kB", ebs: "9 kB", "color-aware": true }),
    ];
    for (const policy of policies) {
      for (const seed of SEEDS) await expectSame(whole, { stretchBytes: 9000, seed, policy });
    }
  });

  test("of every capture of the fixtures", async () => {
    for (const name of readdirSync(FIXTURES).filter((entry) => /\.pcap(?:ng)?$/u.test(entry))) {
      const bytes = readFileSync(`${FIXTURES}/${name}`);
      for (const seed of SEEDS) await expectSame(bytes, { stretchBytes: 700, seed });
    }
  });

  test(`of ${MUTANTS} mutants`, async () => {
    const bases = Object.values(CAPTURES).filter(({ length }) => length < 2_000_000);
    for (let seed = 1; seed <= MUTANTS; seed += 1) {
      await expectSame(mutantOf(bases, seed), { stretchBytes: STRETCHES[seed % STRETCHES.length]!, seed });
    }
  });

  test("of a real capture, most of which the other side hands over", async () => {
    const office = gunzipSync(readFileSync(OFFICE));
    const handedOver = await expectSame(office, { stretchBytes: 1 << 20, seed: 4, build: "release" });
    expect(handedOver).toBeGreaterThan(50_000);
  });
});

describe("who does what", () => {
  test.each([
    ["as usual", 900],
    ["big endian, nanoseconds", 900],
    ["records of 24 bytes, by their magic number", 900],
    ["cooked, link type unknown", 900],
    ["short snap length", 900],
    ["zeros at the end", 900],
    ["cut within a record", 900],
    ["damaged later", 500],
    ["a record longer than the window", 450],
  ])("%s: shared until its end, or what ends it", async (name, frameCount) => {
    for (const seed of SEEDS.filter((each) => each % 5 > 0)) {
      const handedOver = await expectSame(CAPTURES[name]!, { stretchBytes: 1500, seed });
      expect(handedOver / frameCount, `seed ${seed}`).toBeGreaterThan(0.2);
      expect(handedOver / frameCount, `seed ${seed}`).toBeLessThan(0.999);
    }
  });

  test("what a thread that dies has taken and not handed over, the other one does", async () => {
    const want = runCapture(whole);
    for (const diesAfter of [0, 1, 2, 7]) {
      for (const seed of SEEDS) {
        const run = await stretched(whole, { stretchBytes: 1500, seed, diesAfter });
        for (const part of ["counters", "stats", "colors"] as const) expect(run[part]).toStrictEqual(want[part]);
      }
    }
  });

  test("a thread that never comes leaves all to the other", async () => {
    const { counters, handedOver } = await stretched(whole, { stretchBytes: 1500, seed: 5 });
    expect(counters[0]![SOURCE_FRAMES]).toBe(900n);
    expect(handedOver).toBe(0);
  });
});

describe("reading fails", () => {
  const half = whole.length >> 1;
  const splits = SEEDS.map((seed) => ({ stretchBytes: 1500, seed }));

  test("for the other side: this one reads what is left", async () => {
    const want = runCapture(whole);
    for (const split of splits) {
      const run = await stretched(whole, { ...split, readableBytes: [Infinity, half] });
      expect(run.counters).toStrictEqual(want.counters);
      expect(run.colors).toStrictEqual(want.colors);
      expect(run.readFailures).toStrictEqual([null]);
    }
  });

  test("for both: what is before counts, and the failure is told", async () => {
    const want = runCapture(whole.subarray(0, half));
    for (const split of splits) {
      const run = await stretched(whole, { ...split, readableBytes: [half, half] });
      expect(run.counters).toStrictEqual(want.counters);
      expect(run.colors).toStrictEqual(want.colors);
      expect(run.readFailures).toStrictEqual([expect.stringContaining("reading fails (EIO)")]);
    }
  });
});

test("stretches are all of the file, each once", () => {
  for (const [fileBytes, stretchBytes, count] of [
    [10, 20, 1],
    [100, 20, 5],
    [119, 20, 5],
    [0, 20, 1],
  ] as const) {
    const first = Stretches.of(fileBytes, stretchBytes);
    const second = new Stretches(first.task);
    const taken = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? first : second).take()!);
    expect(taken.map(({ start }) => start)).toStrictEqual(taken.map((_, index) => index * stretchBytes));
    expect(taken.map(({ limit }) => limit)).toStrictEqual([...taken.slice(1).map(({ start }) => start), Infinity]);
    expect(first.take()).toBeUndefined();
    expect(second.take()).toBeUndefined();
  }
});
