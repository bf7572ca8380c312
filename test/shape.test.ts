// Goal: a shaped capture is the capture that was read, its departures as times, in order, and no other byte changed; what
// is measured is what the departures say; metered again under the same contract, nothing of it is refused.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUEUE_CUT_FRAMES } from "../assembly/abi/departures.ts";
import { Random } from "../bench/random.ts";
import { compilePolicy, compileShaper } from "../src/policies.ts";
import { rational } from "../src/rational.ts";
import type { Rational, ShaperPolicy } from "../src/types.ts";
import { runCapture } from "./support/capture.ts";
import { ipFrame, MS } from "./support/cli.ts";
import { disorderedFrames, pcapngOf } from "./support/disorder.ts";
import { readCapture } from "./support/readcapture.ts";
import { shapeInMemory, type Shaped, type ShapedPacket } from "./support/shaping.ts";
import { unpacked } from "./support/unpacked.ts";
import { SECOND_NS, writePcap } from "./support/writer.ts";

const OFFICE = new URL("../examples/office.pcap.gz", import.meta.url);
const FIXTURES = new URL("fixtures/", import.meta.url);
const CORPUS = new URL("../../shared/traces/open/", import.meta.url);

const SHAPERS: readonly ShaperPolicy[] = [
  compileShaper({ shaper: "leaky-bucket", rate: "500 kbit/s", burst: "64 kB" }),
  compileShaper({ shaper: "leaky-bucket", rate: "1234567 bit/s", burst: "70000 B", count: "bytes" }),
  compileShaper({ shaper: "leaky-bucket", rate: "2 Mbit/s", burst: "40 packets", count: "packets" }),
  compileShaper({ shaper: "leaky-bucket", rate: "1 Mbit/s", "max-delay": "50 ms" }),
  compileShaper({ shaper: "leaky-bucket", rate: "100 packets/s", burst: "10 packets" }),
  compileShaper({ shaper: "token-bucket", rate: "777777 bit/s", burst: "16 kB", limit: "32 kB" }),
  compileShaper({ shaper: "two-rate", cir: "500 kbit/s", cbs: "32 kB", pir: "3 Mbit/s", pbs: "3 kB", limit: "64 kB" }),
  compileShaper({ shaper: "tick-packets", tick: "7 ms", limit: "20 packets" }),
  compileShaper({ shaper: "tick-bytes", tick: "10 ms", quantum: "2000 B", limit: "64 kB", carry: true }),
];
const NAMES = SHAPERS.map((policy, index) => [`${index} ${policy.shaper}`, policy] as const);

function random(seed: number, packets: number): Uint8Array {
  const draw = new Random(seed);
  let timeNs = 1_700_000_000n * SECOND_NS;
  const frames = Array.from({ length: packets }, () => {
    // Bursts, pauses, and now and then a step back.
    timeNs += BigInt(draw.below(5) === 0 ? draw.below(4_000_000) : draw.below(200_000));
    const backNs = draw.below(50) === 0 ? 1n * MS : 0n;
    return ipFrame(timeNs - backNs, 60 + draw.below(1400), { sourcePort: 1000 + draw.below(3) });
  });
  return writePcap(frames, { clock: "nano" });
}

/** Frames of a capture as the test's own reader has them, with the departures that the shaper gave. */
function expectWritten(capture: Uint8Array, shaped: Shaped): void {
  const read = readCapture(capture).frames;
  const departing = shaped.packets.flatMap(({ departureNs }, index) =>
    departureNs === null ? [] : [{ timeNs: departureNs, index }],
  );
  departing.sort((a, b) => (a.timeNs === b.timeNs ? a.index - b.index : a.timeNs < b.timeNs ? -1 : 1));
  const wanted = departing.map(({ timeNs, index }) => Object.assign({}, read[index]!, { timeNs }));
  expect(readCapture(shaped.departed).frames).toStrictEqual(wanted);
  const lost = read.filter((_, index) => shaped.packets[index]!.departureNs === null);
  expect(readCapture(shaped.dropped).frames).toStrictEqual(lost);
}

/** What the measures have to be, from the departures alone. */
function measured(packets: readonly ShapedPacket[]) {
  const departed = packets.filter((packet) => packet.departureNs !== null) as (ShapedPacket & {
    departureNs: bigint;
  })[];
  const delays = departed
    .map(({ arrivalNs, departureNs }) => departureNs - arrivalNs)
    .toSorted((a, b) => Number(a - b));
  const last = new Map<number, bigint>();
  let [differences, pairs] = [0n, 0n];
  let [waitingNs, end] = [0n, 0n];
  for (const { arrivalNs, departureNs, flow } of departed) {
    const delayNs = departureNs - arrivalNs;
    const before = last.get(flow);
    last.set(flow, delayNs);
    if (departureNs > end) {
      waitingNs += departureNs - (arrivalNs > end ? arrivalNs : end);
      end = departureNs;
    }
    if (before === undefined) continue;
    differences += delayNs > before ? delayNs - before : before - delayNs;
    pairs += 1n;
  }
  return {
    packets: BigInt(departed.length),
    bytes: departed.reduce((sum, { lengthBytes }) => sum + BigInt(lengthBytes), 0n),
    leastNs: delays[0]!,
    medianNs: delays[Math.ceil(delays.length / 2) - 1]!,
    p99Ns: delays[Math.ceil((delays.length * 99) / 100) - 1]!,
    mostNs: delays.at(-1)!,
    jitterNs: pairs === 0n ? null : rational(differences, pairs),
    waitingNs,
  };
}

function expectMeasures(shaped: Shaped): void {
  const wanted = measured(shaped.packets);
  const { departed, delay, waitingNs } = shaped.measures;
  expect(departed).toStrictEqual({ packets: wanted.packets, bytes: wanted.bytes });
  expect(waitingNs).toBe(wanted.waitingNs);
  const { leastNs, mostNs, jitterNs, medianNs, p99Ns } = delay!;
  expect({ leastNs, mostNs, jitterNs }).toStrictEqual({
    leastNs: wanted.leastNs,
    mostNs: wanted.mostNs,
    jitterNs: wanted.jitterNs,
  });
  for (const [seen, exact] of [
    [medianNs, wanted.medianNs],
    [p99Ns, wanted.p99Ns],
  ] as const) {
    expect(seen >= exact && (seen - exact) * 128n <= exact).toBe(true);
  }
}

/** The least burst that no packet of the output is refused with, by trying: `units` is not refused, less is. */
function refusedWith(shaped: Shaped, ratePerSec: Rational, units: bigint): number {
  const policy = compilePolicy({ meter: "token-bucket", rate: rateText(ratePerSec), burst: `${units} B` });
  return runCapture(shaped.departed, { policy, build: "release" }).colors.filter((color) => color === 2).length;
}

/** Bits each second are whole in every policy here. */
function rateText({ num, den }: Rational): string {
  return `${(num * 8n) / den} bit/s`;
}

describe.each(NAMES)("%s", (_name, policy) => {
  test("writes the frames that were read, at their departures, in order, and measures what they say", () => {
    for (const seed of [1, 2]) {
      const capture = random(seed, 2000);
      const shaped = shapeInMemory([capture], policy, { build: "debug" });
      expect(shaped.packets.some(({ departureNs }) => departureNs === null)).toBe(true);
      expectWritten(capture, shaped);
      expectMeasures(shaped);
    }
  });
});

describe("the burst that goes out", () => {
  const byBytes = NAMES.filter(
    ([, { definition }]) => definition.kind !== "ticks" && definition.costRule.cost === "bytes",
  );
  test.each(byBytes)("%s: is the least bucket of the rate that a meter refuses nothing with", (_name, policy) => {
    const shaped = shapeInMemory([random(7, 4000)], policy);
    const { num, den } = shaped.measures.burst!.units;
    const { definition } = policy;
    const rate =
      definition.kind === "leaky-bucket"
        ? definition.ratePerSec
        : definition.kind === "token-bucket"
          ? definition.bucket.ratePerSec
          : definition.kind === "two-rate"
            ? definition.committed.ratePerSec
            : expect.unreachable();
    const least = (num + den - 1n) / den;
    expect(refusedWith(shaped, rate, least)).toBe(0);
    expect(refusedWith(shaped, rate, least - 1n)).toBeGreaterThan(0);
  });
});

type Contract = readonly [rate: string, burst: string];

const CONTRACTS: readonly Contract[] = [
  ["1 Mbit/s", "64 kB"],
  ["64 kbit/s", "70000 B"],
  ["10 Gbit/s", "1 MB"],
  ["999999 bit/s", "12345 B"],
];

/** Metered again, the output refuses nothing. Answers how many packets were dropped on the way. */
function expectKept(name: string, capture: Uint8Array, contracts: readonly Contract[] = CONTRACTS): number {
  let dropped = 0;
  for (const [rate, burst] of contracts) {
    for (const shaper of ["leaky-bucket", "token-bucket"] as const) {
      const limit = shaper === "token-bucket" ? { limit: "1 MB" } : {};
      const policy = compileShaper({ shaper, rate, burst, ...limit });
      const { departed, packets, counts } = shapeInMemory([capture], policy, { format: "pcapng" });
      const meter = compilePolicy({ meter: "token-bucket", rate, burst });
      const again = runCapture(departed, { policy: meter, build: "release" });
      const refused = again.colors.filter((color) => color === 2).length;
      dropped += packets.filter(({ departureNs }) => departureNs === null).length;
      const kept = packets.filter(({ departureNs }) => departureNs !== null).length;
      expect({ name, rate, shaper, refused, frames: again.rows.length, cut: counts[QUEUE_CUT_FRAMES] }).toStrictEqual({
        name,
        rate,
        shaper,
        refused: 0,
        frames: kept,
        cut: 0n,
      });
    }
  }
  return dropped;
}

describe("metered again under the same contract, the output refuses nothing", () => {
  test("office", () => {
    expect(expectKept("office", unpacked(readFileSync(OFFICE)))).toBeGreaterThan(10_000);
  });

  test("captures whose times go back and forth, or are missing: departures are in order whatever carried the clock", () => {
    const captures = fc.sample(disorderedFrames(800), { numRuns: 8, seed: 5 }).map(pcapngOf);
    const dropped = captures.map((capture, index) => expectKept(`disordered ${index}`, capture));
    expect(dropped.filter((count) => count > 0)).toHaveLength(captures.length);
  });

  test("the fixtures", () => {
    for (const name of readdirSync(FIXTURES).filter((file) => /\.(pcap|pcapng)$/u.test(file))) {
      expectKept(name, readFileSync(new URL(name, FIXTURES)));
    }
  });

  test("public captures, when they are there", () => {
    if (!existsSync(CORPUS)) {
      process.stdout.write("no public captures here: only the fixtures were shaped and metered again\n");
      return;
    }
    const names = readdirSync(CORPUS).filter((file) => /\.(pcap|pcapng|cap|ntar|dmp)(\.gz)?$/u.test(file));
    let seen = 0;
    for (const name of names) {
      const capture = unpacked(readFileSync(new URL(encodeURIComponent(name), CORPUS)));
      if (capture.length > MOST_BYTES) continue;
      expectKept(basename(name), capture, [CONTRACTS[seen % CONTRACTS.length]!]);
      seen += 1;
    }
    process.stdout.write(`${seen} public captures shaped and metered again\n`);
    expect(seen).toBeGreaterThan(300);
  });
});

/** Larger captures take seconds each and add nothing: office is of that kind. */
const MOST_BYTES = 2_000_000;
