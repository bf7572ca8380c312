// Goal: a policed capture is the input with exactly the records left out and the bits changed that the actions say, in
// every format and link type, whatever the pieces fed; and it is read again as what was kept.
import { describe, expect, test } from "vitest";
import { CAPTURE_ENDED, COLOR_GREEN, COLOR_RED, COLOR_YELLOW, SOURCE_STATUS, WINDOW_BYTES } from "../assembly/abi.ts";
import { compilePolicy } from "../src/policies.ts";
import type { CompiledPolicy } from "../src/types.ts";
import { type FrameRow, runCapture } from "./support/capture.ts";
import { type Format, FORMATS, framesOf, rowOf, START_NS, STEP_NS } from "./support/casewriter.ts";
import { arp, LINK_CASES } from "./support/linkwriter.ts";
import { NgWriter } from "./support/ngwriter.ts";
import { actedOn, actionFor, actionsOf, policed, type PoliceCase, withBytes } from "./support/policed.ts";
import { concat, writePcap, type WrittenFrame } from "./support/writer.ts";

const CHUNKS = [1, 7, 61, 4096, Infinity];
/** Three packets of 2 kB, then two that are yellow, then red ones: all colors among the first frames of a case. */
const MARKER: CompiledPolicy = compilePolicy({
  meter: "srtcm",
  cir: "8 bit/s",
  cbs: "6100 B",
  ebs: "4100 B",
});
const BY_ALL = { keying: { by: "all" }, policy: MARKER } as const;

/** Hex, for one comparison that shows where it fails. */
function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function isNg({ name }: Format): boolean {
  return name.startsWith("pcapng");
}

/** A capture in the order of its bytes: what stands before the frames, then each frame's record and what follows it. */
function partsOf(format: Format, link: number, frames: readonly WrittenFrame[]): Uint8Array[] {
  const ends = [0, ...frames.map((_, index) => index + 1)].map(
    (count) => format.write(link, frames.slice(0, count)).length,
  );
  const whole = format.write(link, frames);
  return ends.map((end, index) => whole.subarray(index === 0 ? 0 : ends[index - 1], end));
}

/** The part without its record; in pcapng other blocks stand behind it. */
function behindRecord(format: Format, part: Uint8Array): Uint8Array {
  if (!isNg(format)) return part.subarray(part.length);
  const view = new DataView(part.buffer, part.byteOffset);
  return part.subarray(view.getUint32(4, format.name.includes("little")));
}

/** A row without its place in its capture. */
function unnumbered(row: FrameRow): Omit<FrameRow, "frame"> {
  const { frame: _, ...rest } = row;
  return rest;
}

describe("drop: records are left out, all else is byte for byte what it was", () => {
  test.each(FORMATS)("$name", async (format) => {
    for (const link of [LINK_CASES[0]!, LINK_CASES.find(({ link: type }) => type === 113)!]) {
      const { frames, cases } = framesOf(link);
      const parts = partsOf(format, link.link, frames);
      const capture = concat(...parts);
      for (const chunkBytes of CHUNKS) {
        const { bytes, colors } = await policed(capture, { ...BY_ALL, chunkBytes, yellow: "drop" });
        expect(new Set(colors)).toEqual(new Set([COLOR_GREEN, COLOR_YELLOW, COLOR_RED]));
        const kept = parts.map((part, index) =>
          index === 0 || colors[index - 1] === COLOR_GREEN ? part : behindRecord(format, part),
        );
        expect(hex(bytes)).toBe(hex(concat(...kept)));
      }
      const { bytes, colors } = await policed(capture, { ...BY_ALL, red: "pass", green: "drop" });
      const again = runCapture(bytes);
      const rows = frames.map((frame, index) => rowOf(frame, cases[index]!, index));
      const left = rows.filter((_, index) => colors[index] !== COLOR_GREEN);
      expect(again.rows.map(unnumbered)).toEqual(left.map(unnumbered));
      expect(again.counters[0]![SOURCE_STATUS]).toBe(BigInt(CAPTURE_ENDED));
    }
  });

  test("nothing, everything, and a capture without frames", async () => {
    const { frames } = framesOf(LINK_CASES[0]!);
    for (const format of FORMATS) {
      const capture = format.write(1, frames);
      expect(hex((await policed(capture, { red: "pass" })).bytes)).toBe(hex(capture));
      const all = { green: "drop", yellow: "drop" };
      const none = (await policed(capture, all)).bytes;
      expect(hex(none)).toBe(
        hex(
          concat(...partsOf(format, 1, frames).map((part, index) => (index === 0 ? part : behindRecord(format, part)))),
        ),
      );
      const empty = format.write(1, []);
      expect(hex((await policed(empty, all)).bytes)).toBe(hex(empty));
    }
    expect((await policed(new Uint8Array(0))).bytes.length).toBe(0);
    expect((await policed(new Uint8Array(5000).fill(0x20))).bytes.length).toBe(0);
  });
});

describe("marks: in every link type, the bits of the outermost headers and nothing else", () => {
  const marks: readonly PoliceCase[] = [
    { green: "dscp:cs3", yellow: "dscp:af12", red: "dscp:63" },
    { green: "af", yellow: "af", red: "af" },
    { green: "ecn", yellow: "af,ecn", red: "dscp:0,ecn,pcp:2" },
    { green: "pcp:1,dei", yellow: "dei", red: "pcp:7" },
    { green: "dscp:le,pcp:0,dei", yellow: "drop", red: "pass" },
  ];
  test.each(LINK_CASES)("$name", async (link) => {
    const format = FORMATS[LINK_CASES.indexOf(link) % FORMATS.length]!;
    const { frames, cases } = framesOf(link, 2);
    // Every class, precedence and congestion mark in turn.
    const varied = frames.map((frame, index) => {
      const bytes = frame.bytes.slice();
      const at = link.header(cases[index]!.version).length;
      const field = (37 * index + 40) & 0xff;
      if (cases[index]!.version === 4) bytes[at + 1] = field;
      else {
        bytes[at] = 0x60 | (field >> 4);
        bytes[at + 1] = (field & 15) << 4;
      }
      return withBytes(frame, bytes);
    });
    const capture = format.write(link.link, varied);
    for (const [index, actions] of marks.entries()) {
      const chunkBytes = CHUNKS[(LINK_CASES.indexOf(link) + index) % CHUNKS.length]!;
      const { bytes, colors } = await policed(capture, { ...BY_ALL, ...actions, chunkBytes });
      const parts = partsOf(format, link.link, varied);
      const acted = varied.map((frame, at) => {
        const layout = { network: link.header(cases[at]!.version).length, tag: tagOf(link.name) };
        const action = actionFor(actionsOf(actions), colors[at]!);
        const left = actedOn(frame.bytes, layout, action, colors[at]!);
        return left === undefined ? undefined : withBytes(frame, left);
      });
      const kept = acted.filter((frame) => frame !== undefined);
      const keptParts = partsOf(format, link.link, kept).slice(1);
      const want = acted.map((frame, at) =>
        frame === undefined ? behindRecord(format, parts[at + 1]!) : keptParts.shift()!,
      );
      expect(hex(bytes)).toBe(hex(concat(parts[0]!, ...want)));
    }
  });
});

/** Where the control word of the outermost tag stands in frames of a case; -1: there is none. */
function tagOf(name: string): number {
  if (name === "Linux cooked, VLAN") return 16;
  return /VLAN|QinQ|five tags/u.test(name) ? 14 : -1;
}

const { frames: FRAMES } = framesOf(LINK_CASES[0]!);

function frameOf(index: number, bytes = FRAMES[index % FRAMES.length]!.bytes.length): WrittenFrame {
  const base = FRAMES[index % FRAMES.length]!.bytes;
  const padding = new Uint8Array(Math.max(0, bytes - base.length)).fill(index + 1);
  return { timeNs: START_NS + BigInt(index) * STEP_NS, bytes: concat(base, padding) };
}

function isRed({ bytes }: WrittenFrame): boolean {
  return bytes.length > 100_000;
}

describe("records and blocks longer than the window wait for their verdict", () => {
  /** Frames above 100 kB are red, others green. */
  const policy = compilePolicy({ meter: "token-bucket", rate: "8 Gbit/s", burst: "100 kB" });
  const sizes = [60, 300_000, 70, WINDOW_BYTES - 16, WINDOW_BYTES - 15, WINDOW_BYTES - 28, 700_001, 700_002, 80];
  const frames = sizes.map((bytes, index) => frameOf(index, bytes));

  /** The frames that are kept, among blocks that always are. */
  function ngOf(keeps: (frame: WrittenFrame) => boolean): Uint8Array {
    const writer = new NgWriter("big").block(0xbad, new Uint8Array(300_000).fill(7)).interface();
    for (const [index, frame] of frames.entries()) {
      if (keeps(frame)) writer.packet(frame);
      if (index % 3 === 0) writer.block(0xbad + index, new Uint8Array(WINDOW_BYTES - 12 + index));
      if (index % 4 === 0) writer.others();
    }
    return writer.done();
  }

  test.each([1009, 65_536, Infinity])("pcap, fed %d bytes at a time", async (chunkBytes) => {
    const options = { policy, chunkBytes };
    const capture = writePcap(frames, { snapBytes: 1 << 20 });
    const kept = writePcap(
      frames.filter((frame) => !isRed(frame)),
      { snapBytes: 1 << 20 },
    );
    expect(hex((await policed(capture, options)).bytes)).toBe(hex(kept));
    const red = writePcap(frames.filter(isRed), { snapBytes: 1 << 20 });
    expect(hex((await policed(capture, { ...options, red: "pass", green: "drop" })).bytes)).toBe(hex(red));
    const marked = frames.map((frame) => {
      const action = actionsOf({ red: "dscp:cs1" }).red;
      return isRed(frame)
        ? withBytes(frame, actedOn(frame.bytes, { network: 14, tag: -1 }, action, COLOR_RED)!)
        : frame;
    });
    const want = writePcap(marked, { snapBytes: 1 << 20 });
    expect(hex((await policed(capture, { ...options, red: "dscp:cs1" })).bytes)).toBe(hex(want));
  });

  test.each([1009, 65_536, Infinity])(
    "pcapng, with long blocks of other kinds, fed %d bytes at a time",
    async (chunkBytes) => {
      const capture = ngOf(() => true);
      expect(hex((await policed(capture, { policy, chunkBytes })).bytes)).toBe(hex(ngOf((frame) => !isRed(frame))));
      const green = { policy, chunkBytes, green: "drop", red: "pass" };
      expect(hex((await policed(capture, green)).bytes)).toBe(hex(ngOf(isRed)));
    },
  );

  test("one that is cut by the end is left out", async () => {
    for (const [whole, capture] of [
      [writePcap(frames.slice(0, 1)), writePcap(frames.slice(0, 2))],
      [
        new NgWriter().interface().packet(frames[0]!).done(),
        new NgWriter().interface().packet(frames[0]!).packet(frames[1]!).done(),
      ],
    ] as const) {
      for (const missing of [1, 1000, 299_000]) {
        expect(hex((await policed(capture.subarray(0, -missing), { red: "pass" })).bytes)).toBe(hex(whole));
      }
    }
  });
});

describe("what is no whole record", () => {
  test("a cut or damaged capture: its whole records", async () => {
    const capture = writePcap(FRAMES);
    const ends = FRAMES.map((_, index) => writePcap(FRAMES.slice(0, index + 1)).length);
    for (let bytes = 0; bytes < 400; bytes += 1) {
      const whole = Math.max(bytes < 24 ? 0 : 24, ...ends.filter((end) => end <= bytes));
      expect((await policed(capture.subarray(0, bytes), { red: "pass" })).bytes.length).toBe(whole);
    }
    const good = new NgWriter().interface().packet(FRAMES[0]!).others().done();
    const damaged = concat(good, new Uint8Array(64).fill(5));
    expect(hex((await policed(damaged, { red: "pass" })).bytes)).toBe(hex(good));
  });

  test.each([0, 16, 17, 100_000, 3_000_000])("%d zeros to the end stay", async (zeros) => {
    const capture = concat(writePcap(FRAMES), new Uint8Array(zeros));
    expect((await policed(capture, { red: "pass" })).bytes.length).toBe(capture.length);
    const none = { green: "drop", yellow: "drop" };
    expect(hex((await policed(capture, none)).bytes)).toBe(hex(capture.subarray(0, 24).slice()) + "00".repeat(zeros));
  });

  test.each([3, 17_000, 40_000])("%d records of zeros before a frame are frames", async (count) => {
    const empty = { timeNs: 0n, bytes: new Uint8Array(0) };
    const zeros = Array.from({ length: count }, () => empty);
    const frames = [FRAMES[0]!, ...zeros, FRAMES[1]!];
    const capture = writePcap(frames);
    for (const chunkBytes of [4096, Infinity]) {
      expect(hex((await policed(capture, { red: "pass", chunkBytes })).bytes)).toBe(hex(capture));
      const dropped = await policed(capture, { green: "drop", chunkBytes });
      expect(dropped.colors.length).toBe(count + 2);
      expect(hex(dropped.bytes)).toBe(hex(writePcap([])));
      // Empty frames conform always: every other packet is red, and all but the empty ones is left out.
      const small = compilePolicy({ meter: "token-bucket", rate: "8 bit/s", burst: "1 B" });
      expect(hex((await policed(capture, { policy: small, chunkBytes })).bytes)).toBe(hex(writePcap(zeros)));
    }
  });
});

describe("frames that cannot be marked pass and are counted", () => {
  test("without an IP header, without a tag, of no assured forwarding class", async () => {
    const frames = [{ timeNs: START_NS, bytes: arp() }, FRAMES[0]!];
    const capture = writePcap(frames);
    const { bytes, counts } = await policed(capture, { green: "af,ecn,pcp:3" });
    const [green] = counts;
    expect(green).toMatchObject({
      passed: { packets: 1n },
      notEct: { packets: 1n },
      unmarked: { noIp: 1n, cut: 0n, notAf: 0n, noTag: 1n },
    });
    expect(hex(bytes)).toBe(hex(writePcap(frames.slice(0, 1))));
    expect((await policed(capture, { green: "af" })).counts[0]).toMatchObject({
      changed: 0n,
      unmarked: { notAf: 1n, noIp: 1n },
    });
  });

  test("cut inside the header", async () => {
    const lengths = Array.from({ length: 30 }, (_, length) => 12 + length);
    for (const [link, needed] of [
      [LINK_CASES[0]!, 14 + 12],
      [LINK_CASES.at(-1)!, 2],
    ] as const) {
      const { frames } = framesOf(link);
      const cut = lengths.map((length) => withBytes(frames[0]!, frames[0]!.bytes.subarray(0, length + needed - 26)));
      const capture = writePcap(cut, { link: link.link });
      const { bytes, counts } = await policed(capture, { green: "dscp:cs1" });
      const layout = { network: link.header(link.only ?? 4).length, tag: -1 };
      const action = actionsOf({ green: "dscp:cs1" }).green;
      const want = cut.map((frame) => withBytes(frame, actedOn(frame.bytes, layout, action, COLOR_GREEN)!));
      expect(hex(bytes)).toBe(hex(writePcap(want, { link: link.link })));
      const whole = cut.filter((frame) => frame.bytes.length >= needed).length;
      expect(counts[0]!.dscp).toBe(BigInt(whole));
      const none = cut.filter((frame) => frame.bytes.length <= layout.network).length;
      expect(counts[0]!.unmarked).toMatchObject({ noIp: BigInt(none), cut: BigInt(cut.length - whole - none) });
    }
  });

  test("--skip-other: they pass, whatever the action", async () => {
    const frames = [FRAMES[0]!, { timeNs: START_NS, bytes: arp() }, FRAMES[1]!];
    const { bytes, colors } = await policed(writePcap(frames), { green: "drop", skipOther: true });
    expect(colors.length).toBe(2);
    expect(hex(bytes)).toBe(hex(writePcap(frames.slice(1, 2))));
  });
});
