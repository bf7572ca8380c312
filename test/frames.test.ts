// Goal: with positions asked for, each row points at its frame's bytes, at the outermost IP header in them and at the
// outermost VLAN tag, from the time it is metered until the next step; what is metered is the same as without.
import { describe, expect, test } from "vitest";
import { WINDOW_BYTES } from "../assembly/abi.ts";
import { coreModule } from "../src/core/module.node.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import { Input, POLICY, runCapture, runCaptures } from "./support/capture.ts";
import { FORMATS, framesOf, START_NS, STEP_NS } from "./support/casewriter.ts";
import { arp, LINK_CASES, type LinkCase } from "./support/linkwriter.ts";
import { NgWriter } from "./support/ngwriter.ts";
import { concat, writePcap, type WrittenFrame } from "./support/writer.ts";

interface Pointed {
  /** The captured bytes that the row points at, as many as are there. */
  readonly bytes: Buffer;
  /** Offsets in the frame; -1 where there is none. */
  readonly network: number;
  readonly tag: number;
  readonly color: number;
}

interface PointOptions {
  readonly chunkBytes?: number;
  readonly skipOther?: boolean;
}

function pointedOf(captures: readonly Uint8Array[], { chunkBytes = Infinity, skipOther = false }: PointOptions = {}) {
  const meter = new CaptureMeter(coreModule("debug"), {
    policy: POLICY,
    keying: { by: "5-tuple" },
    captureCount: captures.length,
    maxFlows: 1 << 16,
    secret: [1, 2, 3, 4],
    records: false,
    delays: false,
    skipOther,
    frames: true,
  });
  const inputs = captures.map((bytes) => new Input(bytes, chunkBytes));
  const rows: Pointed[] = [];
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "needs") {
      inputs[step.capture]!.feed(meter, step.capture);
      continue;
    }
    const { bytes, frameAt, captured, networkAt, tagAt, color } = meter.views;
    for (let row = 0; row < step.packets; row += 1) {
      const at = frameAt[row]!;
      const offset = (address: number) => (address === 0 ? -1 : address - at);
      rows.push({
        bytes: Buffer.from(bytes.slice(at, at + captured[row]!)),
        network: offset(networkAt[row]!),
        tag: offset(tagAt[row]!),
        color: color[row]!,
      });
    }
  }
  return rows;
}

/** Where the control word of the outermost tag stands in frames of this case. */
function tagOffset({ name }: LinkCase): number {
  if (name === "Linux cooked, VLAN") return 16;
  return /VLAN|QinQ|five tags/u.test(name) ? 14 : -1;
}

/** Frames whose bytes, header or tag are not where they were written. */
function misplaced(rows: readonly Pointed[], want: readonly Omit<Pointed, "color">[]): unknown[] {
  const wrong = want.flatMap((wanted, index) => {
    const row = rows[index];
    const fits = row?.bytes.equals(wanted.bytes) && row.network === wanted.network && row.tag === wanted.tag;
    return fits ? [] : [{ index, row, wanted }];
  });
  return rows.length === want.length ? wrong.slice(0, 2) : [`${rows.length} rows instead of ${want.length}`];
}

const WITH_TAG = LINK_CASES.filter((link) => tagOffset(link) >= 0);

test("the cases hold tags to be found", () => {
  expect(WITH_TAG.length).toBe(9);
});

describe.each(FORMATS)("$name", (format) => {
  test.each(LINK_CASES)("$name", (link) => {
    const { frames, cases } = framesOf(link, 6, FORMATS.indexOf(format));
    const want = frames.map(({ bytes }, index) => ({
      bytes: Buffer.from(bytes),
      network: link.header(cases[index]!.version).length,
      tag: tagOffset(link),
    }));
    expect(misplaced(pointedOf([format.write(link.link, frames)]), want)).toEqual([]);
  });
});

const ETHERNET = LINK_CASES[0]!;
const { frames: FRAMES } = framesOf(ETHERNET);

/** Frames of Ethernet, each of a content of its own, of as many bytes as `lengths` says. */
function numbered(lengths: readonly number[]): WrittenFrame[] {
  return lengths.map((length, index) => {
    const base = FRAMES[index % FRAMES.length]!.bytes;
    const bytes = concat(base, new Uint8Array(Math.max(0, length - base.length)).fill(index));
    return { timeNs: START_NS + BigInt(index) * STEP_NS, bytes };
  });
}

function wholeOf({ bytes }: WrittenFrame, most = Infinity): Omit<Pointed, "color"> {
  return { bytes: Buffer.from(bytes.subarray(0, most)), network: 14, tag: -1 };
}

test.each([1, 7, 61, 4096, Infinity])("many windows, fed %d bytes at a time, stay apart", (chunkBytes) => {
  const frames = numbered(Array.from({ length: 900 }, (_, index) => 60 + ((index * 797) % 1400)));
  const capture = writePcap(frames);
  expect(capture.length).toBeGreaterThan(2 * WINDOW_BYTES);
  const rows = pointedOf([capture], { chunkBytes });
  expect(
    misplaced(
      rows,
      frames.map((frame) => wholeOf(frame)),
    ),
  ).toEqual([]);
  expect(rows.map(({ color }) => color)).toEqual(runCapture(capture).colors);
});

test("rows of merged captures point into their own windows", () => {
  const frames = numbered(Array.from({ length: 3000 }, (_, index) => 100 + ((index * 331) % 900)));
  const parts = [0, 1, 2].map((part) => frames.filter((_, index) => (index * 7 + (index >> 5)) % 3 === part));
  const captures = parts.map((part, index) =>
    index === 1
      ? part.reduce((writer, frame) => writer.packet(frame).others(), new NgWriter().interface()).done()
      : writePcap(part),
  );
  const want = frames.map((frame) => wholeOf(frame));
  for (const chunkBytes of [1000, 50_000, Infinity]) {
    const rows = pointedOf(captures, { chunkBytes });
    expect(misplaced(rows, want)).toEqual([]);
    expect(rows.map(({ color }) => color)).toEqual(runCaptures(captures).colors);
  }
});

describe("frames longer than the window", () => {
  const frames = numbered([100, 700_000, 80, WINDOW_BYTES - 16, WINDOW_BYTES - 15, 300_000, 90]);
  const captures = {
    pcap: writePcap(frames, { snapBytes: 1 << 20 }),
    pcapng: frames.reduce((writer, frame) => writer.packet(frame), new NgWriter().interface()).done(),
  };
  /** Of the record, header included, a window full is there. */
  const headerBytes = { pcap: 16, pcapng: 28 };
  test.each(["pcap", "pcapng"] as const)("%s: a window full of each is there", (format) => {
    const room = WINDOW_BYTES - headerBytes[format];
    for (const chunkBytes of [4096, 100_000, Infinity]) {
      const rows = pointedOf([captures[format]], { chunkBytes });
      expect(
        misplaced(
          rows,
          frames.map((frame) => wholeOf(frame, room)),
        ),
      ).toEqual([]);
      const merged = pointedOf([captures[format], captures.pcap], { chunkBytes });
      const twice = frames.flatMap((frame) => [wholeOf(frame, room), wholeOf(frame, WINDOW_BYTES - headerBytes.pcap)]);
      expect(misplaced(merged, twice)).toEqual([]);
    }
  });
});

test("frames without an IP header have none, and leaving them out moves no other", () => {
  const [first, second, third] = numbered([60, 60, 60]) as [WrittenFrame, WrittenFrame, WrittenFrame];
  const others = [first, { ...second, bytes: arp() }, third];
  const capture = writePcap(others);
  const want = others.map((frame) => wholeOf(frame));
  expect(misplaced(pointedOf([capture]), want.with(1, { ...want[1]!, network: -1 }))).toEqual([]);
  expect(misplaced(pointedOf([capture], { skipOther: true }), want.toSpliced(1, 1))).toEqual([]);
});
