// Goal: the page reads captures as the command does, keys flows as the core does, and says clearly what it cannot read.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { coreModule } from "../src/core/module.node.ts";
import { compilePolicy } from "../src/policies.ts";
import { keyFlows } from "../src/playground/capture/keying.ts";
import { keyingOf } from "../src/policy/keying.ts";
import { loadCapture, type LoadedCapture } from "../src/playground/capture/load.ts";
import { FlowNames } from "../src/playground/capture/names.ts";
import { recordsOf, totalsOf } from "../src/report/records.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import { arpFrame, ipFrame, MS, OFFICE, ROOT } from "./support/cli.ts";
import { fileSource, PlaygroundRun, sourceOf, stateOf } from "./support/playground.ts";
import { type WrittenFrame, writePcap } from "./support/writer.ts";

const FIXTURES = join(ROOT, "test/fixtures");
const captures = readdirSync(FIXTURES).filter((name) => /\.pcap(?:ng)?$/u.test(name));
const TOKEN_BUCKET = stateOf("token-bucket", { rate: "1 Mbit/s", burst: "16 kB" });
const KEYS = ["5-tuple", "src", "dst", "pair", "all", "src/0", "src/12", "dst/24", "src/64", "dst/128"];

function pcapSource(name: string, frames: readonly WrittenFrame[]) {
  return sourceOf(name, writePcap(frames, { clock: "nano" }));
}

/** Frames of a few flows, with one out of order and one without IP. */
function someFrames(count = 40): WrittenFrame[] {
  return Array.from({ length: count }, (_, index) => {
    const timeNs = 1_000_000_000n + BigInt(index) * MS - (index % 7 === 3 ? 5n * MS : 0n);
    if (index % 11 === 5) return arpFrame(timeNs);
    return ipFrame(timeNs, 100 + index, { source: `10.0.0.${index % 5}`, dscp: 10 + 2 * (index % 3) });
  });
}

function failingStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ pull: (controller) => controller.error(new Error("the file was changed")) });
}

/** Flows and their totals as the core itself keys them while it decodes. */
function coreFlows(bytes: Uint8Array, by: string) {
  const meter = new CaptureMeter(coreModule(), {
    policy: compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" }),
    keying: keyingOf(by),
    captureCount: 1,
    maxFlows: 1 << 20,
    secret: [1, 2, 3, 4],
    records: true,
    delays: false,
    skipOther: false,
  });
  let rest = bytes;
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind !== "needs") continue;
    const space = meter.space(0);
    const part = rest.subarray(0, space.length);
    space.set(part);
    meter.feed(0, part.length);
    rest = rest.subarray(part.length);
  }
  return [...recordsOf(meter)].map((index) => {
    const { flow, packets, bytes: all } = totalsOf(meter, index);
    return [flow, Number(packets), Number(all)];
  });
}

function pageFlows(capture: LoadedCapture, by: string) {
  const names = new FlowNames(coreModule());
  const { keys, packets, frameBytes } = keyFlows(capture, keyingOf(by));
  return Array.from(packets, (count, flow) => [names.nameOf(keys, flow), count, frameBytes[flow]]);
}

describe("keys made from 5-tuples are the core's keys", () => {
  test.for(captures)("%s", async (name) => {
    const bytes = readFileSync(join(FIXTURES, name));
    const capture = (await loadCapture(coreModule(), sourceOf(name, bytes)))!;
    for (const by of KEYS) expect(pageFlows(capture, by), by).toEqual(coreFlows(bytes, by));
  });

  test("a key that is none is told", () => {
    expect(() => keyingOf("source")).toThrow(
      'by "source": is one of 5-tuple, src, dst, pair, src/N, dst/N or all, such as src/24',
    );
    expect(() => keyingOf("src/129")).toThrow(
      'by "src/129": a prefix has 0 to 128 bits (IPv4 addresses take at most 32 of them)',
    );
  });
});

describe("columns", () => {
  test("hold both lengths, colors by DSCP, and a clock that does not fall", async () => {
    const { columns } = (await loadCapture(coreModule(), pcapSource("some", someFrames())))!;
    expect(columns.packets).toBe(40);
    expect(columns.frameBytes[1]! - columns.ipBytes[1]!).toBe(14);
    // Without IP the frame's length is metered, as the command does.
    expect([columns.frameBytes[5], columns.ipBytes[5]]).toEqual([60, 60]);
    expect([...columns.colorIn.subarray(0, 4)]).toEqual([0, 1, 2, 0]);
    expect(columns.originNs).toBe(1_000_000_000n);
    expect([...columns.clockNs]).toEqual([...columns.clockNs].toSorted((left, right) => left - right));
    expect(columns.clockNs[3]).toBe(columns.clockNs[2]);
  });

  test("do not depend on how the bytes come", async () => {
    const bytes = writePcap(someFrames(9000), { clock: "nano" });
    const whole = (await loadCapture(coreModule(), sourceOf("whole", bytes)))!;
    for (const size of [1000, 4097, 300_001]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        Uint8Array.from(bytes.subarray(index * size, (index + 1) * size)),
      );
      const stream = () =>
        new ReadableStream<Uint8Array<ArrayBuffer>>({
          start: (controller) => {
            for (const piece of pieces) controller.enqueue(piece);
            controller.close();
          },
        });
      const parts = (await loadCapture(coreModule(), { name: "parts", sizeBytes: bytes.length, stream }))!;
      expect(parts.columns, `${size}`).toEqual(whole.columns);
    }
  });
});

describe("what cannot be read is told in one line", () => {
  const whole = writePcap(someFrames(), { clock: "nano" });

  test.for([
    ["an empty file", new Uint8Array(0), "x: is empty; give a pcap or pcapng capture"],
    ["no packets", whole.subarray(0, 24), "x: holds no packets"],
    [
      "not a capture",
      new TextEncoder().encode("# Weir\n\nWeir meters traffic\n"),
      "x: is not a pcap or pcapng capture (or of an unknown version); convert it to pcap or pcapng first",
    ],
    [
      "xz",
      Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
      "x: is compressed with xz, which this browser does not undo; unpack it first",
    ],
  ] as const)("%s", async ([, bytes, line]) => {
    expect(await new PlaygroundRun().load(sourceOf("x", bytes))).toEqual({ kind: "failed", line });
  });

  test("a cut capture: all before it is metered", async () => {
    const run = new PlaygroundRun();
    const loaded = await run.load(sourceOf("cut.pcap", whole.subarray(0, whole.length - 10)));
    expect(loaded).toMatchObject({ kind: "loaded", packets: 39 });
    expect((loaded as { failure: string }).failure).toMatch(
      /^cut\.pcap: ends inside a record at byte [\d,]+; the 39 packets before it are reported$/u,
    );
    expect((await run.picture(TOKEN_BUCKET)).totals.green.packets).toBe(39);
  });

  test("gzip, and gzip that is cut", async () => {
    const run = new PlaygroundRun();
    expect(await run.load(sourceOf("a.gz", gzipSync(whole)))).toMatchObject({ packets: 40, failure: null });
    const cut = gzipSync(whole);
    const loaded = await run.load(sourceOf("cut.gz", cut.subarray(0, cut.length - 20)));
    expect(JSON.stringify(loaded)).toContain("its gzip data is cut short, damaged, or followed by other data");
  });

  test("a file that fails under the reading", async () => {
    const failed = await new PlaygroundRun().load({ name: "gone.pcap", sizeBytes: 1, stream: failingStream });
    expect(failed).toEqual({ kind: "failed", line: "gone.pcap: cannot be read: the file was changed" });
  });

  test("more packets than fit: the first of them are metered", async () => {
    const capture = (await loadCapture(coreModule(), sourceOf("long", whole), { packetsMax: 12 }))!;
    expect(capture.columns.packets).toBe(12);
    expect(capture.failure).toBe(
      "long: more packets than this page holds; the first 12 are metered, weir meter takes all of them",
    );
    expect(keyFlows(capture, keyingOf("5-tuple")).packets.reduce((sum, count) => sum + count, 0)).toBe(12);
  });

  test("more flows than fit", async () => {
    const loading = loadCapture(coreModule(), fileSource(OFFICE), { flowsMax: 64 });
    await expect(loading).rejects.toThrow("has more than 64 flows, which is more than this page holds; use weir meter");
  });
});

describe("small captures", () => {
  test("one packet", async () => {
    const run = new PlaygroundRun();
    expect(await run.load(pcapSource("one", someFrames(1)))).toMatchObject({ packets: 1, spanNs: 1000 });
    const { totals, levels, rates } = await run.picture(TOKEN_BUCKET);
    expect(totals.green).toEqual({ packets: 1, bytes: 100 });
    expect([...levels!.buckets[0]!.line.y.subarray(0, 2)]).toEqual([0, 100]);
    expect(rates.largest).toBe(100 * 8 * 1e6);
  });

  test("only refused packets: each has a mark above the limit", async () => {
    const run = new PlaygroundRun();
    await run.load(pcapSource("red", someFrames()));
    const picture = await run.picture(stateOf("token-bucket", { rate: "1 B/s", burst: "20 B" }, "all"));
    expect(picture.totals.green.packets).toBe(0);
    expect(picture.totals.oversize).toEqual(picture.totals.red);
    const [bucket] = picture.levels!.buckets;
    expect(Math.max(...bucket!.line.y)).toBe(0);
    expect(Math.min(...bucket!.marks.y)).toBeGreaterThan(20);
    expect(bucket!.marks.packets.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(picture.flows.rows[0]!.redPackets).toBe(40);
  });
});

test("another capture while one is read: the one before is given up", async () => {
  const run = new PlaygroundRun();
  const first = run.session.load(fileSource(OFFICE));
  const second = run.session.load(pcapSource("second", someFrames()));
  await Promise.all([first, second]);
  expect(run.said.filter(({ kind }) => kind === "loaded")).toMatchObject([{ name: "second" }]);
});
