// Goal: what is written into a capture, in any form, is read back field by field, whatever the size of the pieces fed.
import { describe, expect, test } from "vitest";
import {
  CAPTURE_DAMAGED,
  CAPTURE_ENDED,
  CAPTURE_ERF,
  CAPTURE_SNOOP,
  CAPTURE_TRUNCATED,
  CAPTURE_UNKNOWN,
  KIND_ALL,
  KIND_OTHER,
  SOURCE_DAMAGE_OFFSET,
  SOURCE_FRAME_BYTES,
  SOURCE_FRAMES,
  SOURCE_FRAMING_BYTES,
  SOURCE_LONG_CAPTURES,
  SOURCE_LONG_SUBSECONDS,
  SOURCE_SKIPPED_BYTES,
  SOURCE_STATUS,
  SOURCE_TIME_LIMITED,
  SOURCE_TIMELESS_FRAMES,
  SOURCE_TRAILING_BYTES,
  SOURCE_UNKNOWN_LINK,
  SOURCE_UNKNOWN_LINK_FRAMES,
  STAT_SHORT_KEYS,
  WINDOW_BYTES,
} from "../assembly/abi.ts";
import { accountedBytes, type CaptureRun, type FrameRow, runCapture } from "./support/capture.ts";
import { FORMATS, framesOf, rowOf, START_NS, STEP_NS } from "./support/casewriter.ts";
import { arp, LINK_CASES, LINK_ETHERNET } from "./support/linkwriter.ts";
import type { IpCase } from "./support/ipwriter.ts";
import { comparable } from "./support/mutatesession.ts";
import { NgWriter, type Resolution } from "./support/ngwriter.ts";
import { ByteWriter, concat, network, pcapHeader, pcapRecord, SECOND_NS, writePcap } from "./support/writer.ts";
import { type WrittenFrame } from "./support/writer.ts";

/** Counters that are not 0, by index. */
function counted(run: CaptureRun, ...indices: number[]): bigint[] {
  return indices.map((index) => run.counters[0]![index]!);
}

/** Vitest's own comparison takes seconds for what this does in milliseconds. */
function expectRows(rows: readonly FrameRow[], want: readonly FrameRow[]): void {
  const fields = Object.keys(want[0]!) as (keyof FrameRow)[];
  const differences = want
    .map((wanted, index) => ({ row: rows[index], wanted }))
    .filter(({ row, wanted }) => row === undefined || fields.some((field) => row[field] !== wanted[field]));
  expect(differences.slice(0, 2)).toEqual([]);
  expect(rows.length).toBe(want.length);
}

const PACKETS_STRIDE = 6;

describe.each(FORMATS)("$name", (format) => {
  test.each(LINK_CASES)("$name", (link) => {
    // The test below has every packet on every link type.
    const { frames, cases } = framesOf(link, PACKETS_STRIDE, FORMATS.indexOf(format));
    const run = runCapture(format.write(link.link, frames));
    expectRows(
      run.rows,
      frames.map((frame, index) => rowOf(frame, cases[index]!, index)),
    );
    const captured = frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(counted(run, SOURCE_STATUS, SOURCE_FRAMES, SOURCE_FRAME_BYTES)).toEqual(
      [CAPTURE_ENDED, frames.length, captured].map(BigInt),
    );
    expect(accountedBytes(run.counters[0]!)).toBe(BigInt(run.fedBytes[0]!));
    expect(counted(run, SOURCE_UNKNOWN_LINK_FRAMES, SOURCE_LONG_CAPTURES, SOURCE_TRAILING_BYTES)).toEqual([0n, 0n, 0n]);
    expect(run.stats[STAT_SHORT_KEYS]).toBe(0n);
  });
});

describe("a snap length of any size loses no packet; what is cut from a key is 0 and counted", () => {
  test.each(LINK_CASES)("$name", (link) => {
    const { frames, cases } = framesOf(link);
    const longest = Math.max(...frames.map(({ bytes }) => bytes.length));
    const lengths = Array.from({ length: longest + 1 }, (_, length) => length);
    const cuts = lengths.flatMap((snapBytes) =>
      frames.map((frame, index) => ({ snapBytes, frame, ip: cases[index]! })),
    );
    const written = cuts.map(({ frame, snapBytes }) => ({ ...frame, bytes: frame.bytes.subarray(0, snapBytes) }));
    const run = runCapture(writePcap(written, { link: link.link, snapBytes: longest }));
    const headerBytes = { 4: link.header(4).length, 6: link.header(6).length };
    const ipBytes = cuts.map(
      ({ snapBytes, frame, ip }) => Math.min(snapBytes, frame.bytes.length) - headerBytes[ip.version],
    );
    expectRows(
      run.rows.map((row, index) => openProtocol(row, cuts[index]!.ip, ipBytes[index]!)),
      cuts.map(({ frame, ip }, index) => cutRow(rowOf(frame, ip, index), ip, ipBytes[index]!)),
    );
    const short = cuts.filter(({ ip }, index) => ipBytes[index]! > 0 && ipBytes[index]! < ip.keyBytes);
    expect(run.stats[STAT_SHORT_KEYS]).toBe(BigInt(short.length));
    expect(counted(run, SOURCE_LONG_CAPTURES)).toEqual([0n]);
  });
});

/** Which protocol extension headers lead to is open once they are cut. */
function openProtocol(row: FrameRow, ip: IpCase, ipBytes: number): FrameRow {
  return ip.isExtended && ipBytes < ip.keyBytes ? { ...row, protocol: 0 } : row;
}

/** What is left of a row when so many bytes of the packet were captured. */
function cutRow(row: FrameRow, ip: IpCase, ipBytes: number): FrameRow {
  const [protocolEnd, sourceEnd, destinationEnd] = ip.version === 4 ? [10, 16, 20] : [7, 24, 40];
  const nothing = ip.version === 4 ? "0.0.0.0" : "::";
  const isWhole = ipBytes >= ip.keyBytes;
  const ports = isWhole ? {} : { sourcePort: 0, destinationPort: 0 };
  if (ipBytes <= 0) return { ...row, ...ports, kind: KIND_OTHER, source: "", destination: "", protocol: 0 };
  return {
    ...row,
    ...ports,
    source: ipBytes >= sourceEnd ? row.source : nothing,
    destination: ipBytes >= destinationEnd ? row.destination : nothing,
    protocol: isWhole || (ipBytes >= protocolEnd && !ip.isExtended) ? row.protocol : 0,
  };
}

function text(line: string): Uint8Array {
  return new TextEncoder().encode(line);
}

const ETHERNET_LINK = LINK_CASES[0]!;
const { frames: FRAMES, cases: CASES } = framesOf(ETHERNET_LINK);
const ROWS = FRAMES.map((frame, index) => rowOf(frame, CASES[index]!, index));
/** One frame, and its row. */
const FRAME: WrittenFrame = { timeNs: START_NS, bytes: FRAMES[0]!.bytes };
const ROW: FrameRow = rowOf(FRAME, CASES[0]!, 0);

function resolution(base: 2 | 10, exponent: number): { resolution: Resolution } {
  return { resolution: { base, exponent } };
}

describe("decisions of traces/README.md", () => {
  test.each([
    { face: resolution(10, 12), units: 2n ** 64n - 1n, ns: (2n ** 64n - 1n) / 1000n },
    { face: resolution(10, 0), units: 1_700_000_000n, ns: START_NS },
    { face: resolution(10, 19), units: 2n ** 64n - 1n, ns: 1_844_674_407n },
    { face: resolution(10, 20), units: 2n ** 64n - 1n, ns: 184_467_440n },
    { face: resolution(10, 28), units: 2n ** 64n - 1n, ns: 1n },
    { face: resolution(10, 127), units: 2n ** 64n - 1n, ns: 0n },
    { face: resolution(2, 0), units: 1_700_000_000n, ns: START_NS },
    { face: resolution(2, 32), units: 2n ** 64n - 1n, ns: ((2n ** 64n - 1n) * SECOND_NS) >> 32n },
    { face: resolution(2, 63), units: 2n ** 64n - 1n, ns: ((2n ** 64n - 1n) * SECOND_NS) >> 63n },
    { face: resolution(2, 64), units: 2n ** 64n - 1n, ns: 999_999_999n },
    { face: resolution(2, 90), units: 2n ** 64n - 1n, ns: 14n },
    { face: resolution(2, 127), units: 2n ** 64n - 1n, ns: 0n },
    { face: { offsetSec: -1_700_000_000n }, units: 1_700_000_000_123_456n, ns: 123_456_000n },
    { face: { offsetSec: 1_700_000_000n }, units: 123_456n, ns: START_NS + 123_456_000n },
  ])("1: if_tsresol and if_tsoffset are exact: $face, $units units", ({ face, units, ns }) => {
    for (const order of ["little", "big"] as const) {
      const run = runCapture(new NgWriter(order).interface(face).stamped(units, FRAME.bytes).done());
      expect(run.rows.map(({ timeNs }) => timeNs)).toEqual([ns]);
      expect(counted(run, SOURCE_TIME_LIMITED)).toEqual([0n]);
    }
  });

  test.each([
    { face: resolution(10, 0), units: 2n ** 40n, ns: 2n ** 64n - 1n },
    { face: resolution(2, 1), units: 2n ** 60n, ns: 2n ** 64n - 1n },
    { face: { offsetSec: -1n }, units: 999_999n, ns: 0n },
    { face: { offsetSec: -(2n ** 63n) }, units: 999_999n, ns: 0n },
    { face: { offsetSec: 2n ** 63n - 1n }, units: 0n, ns: 2n ** 64n - 1n },
    { face: { offsetSec: 18_446_744_073n }, units: 709_552n, ns: 2n ** 64n - 1n },
  ])("1: times beyond 64 bits are taken as the nearest end, and counted: $face", ({ face, units, ns }) => {
    const run = runCapture(new NgWriter().interface(face).stamped(units, FRAME.bytes).done());
    expect(run.rows.map(({ timeNs }) => timeNs)).toEqual([ns]);
    expect(counted(run, SOURCE_TIME_LIMITED)).toEqual([1n]);
  });

  test("2: interfaces of any link type and snap length, sections of either byte order", () => {
    const sll = framesOf(LINK_CASES.find(({ link }) => link === 113)!).frames[0]!;
    const raw = { timeNs: START_NS + STEP_NS, bytes: CASES[1]!.packet };
    const little = new NgWriter("little")
      .interface({ snapBytes: 96 })
      .interface({ link: 113 })
      .packet(sll, 1)
      .packet(FRAME);
    const big = new NgWriter("big")
      .others()
      .interface({ link: 101, ...resolution(10, 9) })
      .packet(raw)
      .section()
      .interface({ link: 113 });
    const run = runCapture(concat(little.done(), big.packet(sll).done(), little.done()));
    const rows = [
      rowOf(sll, CASES[0]!, 0),
      ROW,
      rowOf(raw, CASES[1]!, 2),
      rowOf(sll, CASES[0]!, 3),
      rowOf(sll, CASES[0]!, 4),
      ROW,
    ];
    expect(run.rows.map(({ frame }) => frame)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(run.rows.map((row) => Object.assign({}, row, { frame: 0n }))).toEqual(
      rows.map((row) => Object.assign({}, row, { frame: 0n })),
    );
    expect(counted(run, SOURCE_STATUS)).toEqual([BigInt(CAPTURE_ENDED)]);
  });

  test("3: a captured length above the snap length or the original length is read, and counted", () => {
    const long = { ...FRAME, originalBytes: 20 };
    for (const capture of [
      writePcap([long], { snapBytes: 20 }),
      new NgWriter().interface({ snapBytes: 20 }).packet(long).done(),
    ]) {
      const run = runCapture(capture);
      expect(run.rows).toEqual([{ ...ROW, length: 20 }]);
      expect(counted(run, SOURCE_LONG_CAPTURES, SOURCE_FRAME_BYTES)).toEqual([1n, BigInt(FRAME.bytes.length)]);
    }
  });

  test("4: simple packet blocks take the newest time seen so far, and are counted", () => {
    const late = { ...FRAME, timeNs: START_NS + STEP_NS };
    const writer = new NgWriter().interface({ snapBytes: 60 }).simplePacket(FRAME.bytes.subarray(0, 58), 58);
    writer.packet(late).packet(FRAME).simplePacket(FRAME.bytes.subarray(0, 60), 1500);
    const run = runCapture(writer.done());
    expect(run.rows.map(({ timeNs }) => timeNs)).toEqual([0n, late.timeNs, START_NS, late.timeNs]);
    expect(run.rows.map(({ length }) => length)).toEqual([58, 58, 58, 1500]);
    expect(new Set(run.rows.map(({ source }) => source))).toEqual(new Set([ROW.source]));
    expect(counted(run, SOURCE_TIMELESS_FRAMES, SOURCE_FRAMES)).toEqual([2n, 4n]);
    expect(counted(run, SOURCE_FRAME_BYTES)).toEqual([BigInt(3 * 58 + 60)]);
  });

  test("5: a sub-second field of a second or more is added to the seconds, and counted", () => {
    for (const clock of ["micro", "nano"] as const) {
      const run = runCapture(concat(pcapHeader({ clock }), pcapRecord(FRAME, { clock }, 0xffff_ffff)));
      const extraNs = 0xffff_ffffn * (clock === "micro" ? 1000n : 1n);
      expect(run.rows).toEqual([{ ...ROW, timeNs: START_NS + extraNs }]);
      expect(counted(run, SOURCE_LONG_SUBSECONDS)).toEqual([1n]);
    }
  });

  test("6: FCS length and flags in the upper half of the link type are masked", () => {
    expect(runCapture(writePcap([FRAME], { link: 0xf400_0000 + LINK_ETHERNET })).rows).toEqual([ROW]);
  });

  test.each([0, 1, 15, 16, 17, 100_000, 3_000_000])("7: %d zeros to the end are trailing bytes, no frames", (zeros) => {
    const run = runCapture(concat(writePcap(FRAMES), new Uint8Array(zeros)));
    expect(run.rows).toEqual(ROWS);
    expect(counted(run, SOURCE_TRAILING_BYTES)).toEqual([BigInt(zeros)]);
  });

  test.each([{ clock: "micro" }, { clock: "modified" }] as const)(
    "7: zero records before a frame are frames ($clock)",
    (options) => {
      const empty = { timeNs: 0n, bytes: new Uint8Array(0) };
      const run = runCapture(writePcap([...FRAMES.slice(0, 3), empty, empty, FRAMES[3]!], options));
      expect(run.rows.map(({ length }) => length)).toEqual([2000, 2001, 2002, 0, 0, 2003]);
      expect(run.rows.map(({ kind }) => kind === KIND_OTHER)).toEqual([false, false, false, true, true, false]);
      expect(run.rows[5]).toEqual({ ...ROWS[3], frame: 6n });
    },
  );

  test("8: frames of an unknown link type are other, for key all they are taken, and they are counted", () => {
    const capture = writePcap([FRAME, FRAME], { link: 195 });
    const run = runCapture(capture);
    expect(run.rows.map(({ kind, length }) => [kind, length])).toEqual([
      [KIND_OTHER, 58],
      [KIND_OTHER, 58],
    ]);
    expect(counted(run, SOURCE_UNKNOWN_LINK_FRAMES, SOURCE_UNKNOWN_LINK)).toEqual([2n, 195n]);
    expect(runCapture(capture, { keying: { by: "all" } }).rows.map(({ kind }) => kind)).toEqual([KIND_ALL, KIND_ALL]);
  });

  test("10: custom and unknown blocks are no frames", () => {
    const run = runCapture(new NgWriter().others().interface().others().packet(FRAME).others().done());
    expect(run.rows).toEqual([ROW]);
    const othersBytes = new NgWriter().others().done().length - new NgWriter().done().length;
    expect(counted(run, SOURCE_SKIPPED_BYTES)).toEqual([BigInt(3 * othersBytes)]);
  });

  test("11: snoop and ERF are named, other files are unknown", () => {
    const erf = network().i64(1n).u8(2, 4).u16(32, 0, 14).zeros(16).done();
    for (const [bytes, status] of [
      [concat(text("snoop\0\0\0"), network().u32(2, 4).done(), new Uint8Array(100)), CAPTURE_SNOOP],
      [concat(erf, erf, erf), CAPTURE_ERF],
      [concat(erf, text("something else, of more than sixteen bytes")), CAPTURE_UNKNOWN],
      [text("GET / HTTP/1.1\r\nHost: example.net\r\n\r\n"), CAPTURE_UNKNOWN],
      [new Uint8Array(0), CAPTURE_UNKNOWN],
      [new Uint8Array(100), CAPTURE_UNKNOWN],
      [writePcap([FRAME], { version: [1, 2] }), CAPTURE_UNKNOWN],
      [pcapHeader().subarray(0, 3), CAPTURE_TRUNCATED],
      [pcapHeader().subarray(0, 23), CAPTURE_TRUNCATED],
    ] as const) {
      for (const chunkBytes of [1, 16, 4096]) {
        expect(counted(runCapture(bytes, { chunkBytes }), SOURCE_STATUS)).toEqual([BigInt(status)]);
      }
    }
  });
});

/** 300 kB is longer than the window; 2 MB is longer than several. */
const LONG_BYTES = [WINDOW_BYTES - 60, WINDOW_BYTES - 32, WINDOW_BYTES - 16, WINDOW_BYTES, 300_000, 2_000_003];

function longCapture(bytes: number, isNg: boolean): Uint8Array {
  const long = {
    timeNs: START_NS + STEP_NS,
    bytes: concat(FRAMES[1]!.bytes, new Uint8Array(bytes - FRAMES[1]!.bytes.length)),
  };
  const frames = [FRAME, long, { ...FRAME, timeNs: START_NS + 2n * STEP_NS }];
  if (!isNg) return writePcap(frames, { snapBytes: 4_000_000 });
  const writer = new NgWriter().interface({ link: LINK_ETHERNET }).block(0xbad, new Uint8Array(bytes));
  for (const frame of frames) writer.packet(frame);
  return writer
    .simplePacket(long.bytes)
    .interface({ options: [[1, new Uint8Array(60_000)]] })
    .block(5, new Uint8Array(bytes))
    .done();
}

describe.each(["pcap", "pcapng"])("%s records longer than the window", (format) => {
  test.each(LONG_BYTES)("%d bytes", (bytes) => {
    const capture = longCapture(bytes, format === "pcapng");
    const whole = runCapture(capture);
    expect(whole.rows.slice(0, 3).map((row) => [row.length, row.source, row.sourcePort])).toEqual([
      [58, ROWS[0]!.source, ROWS[0]!.sourcePort],
      [bytes, ROWS[1]!.source, ROWS[1]!.sourcePort],
      [58, ROWS[0]!.source, ROWS[0]!.sourcePort],
    ]);
    expect(whole.rows.length).toBe(format === "pcapng" ? 4 : 3);
    expect(counted(whole, SOURCE_STATUS)).toEqual([BigInt(CAPTURE_ENDED)]);
    expect(accountedBytes(whole.counters[0]!)).toBe(BigInt(capture.length));
    for (const chunkBytes of [1, 7, 4096]) expect(runCapture(capture, { chunkBytes, build: "release" })).toEqual(whole);
  });

  test.each([12, 100, 250_000, 290_000])("cut %d bytes before the end of one", (missing) => {
    const whole = longCapture(300_000, false);
    const start = 24 + 16 + 58;
    const capture =
      format === "pcap"
        ? whole.subarray(0, start + 16 + 300_000 - missing)
        : new NgWriter()
            .interface()
            .packet(FRAME)
            .packet({ ...FRAME, bytes: new Uint8Array(300_000) })
            .done()
            .subarray(0, -missing);
    const run = runCapture(capture);
    expect(run.rows).toEqual([ROW]);
    expect(counted(run, SOURCE_STATUS, SOURCE_FRAME_BYTES)).toEqual([BigInt(CAPTURE_TRUNCATED), 58n]);
    const offset = format === "pcap" ? start : new NgWriter().interface().packet(FRAME).done().length;
    expect(counted(run, SOURCE_DAMAGE_OFFSET, SOURCE_FRAMING_BYTES)).toEqual([offset, offset - 58].map(BigInt));
    expect(counted(run, SOURCE_TRAILING_BYTES)).toEqual([BigInt(capture.length - offset)]);
  });
});

/** The body of an enhanced packet block that holds 64 captured bytes. */
function enhanced(face: number, captured: number): Uint8Array {
  return new ByteWriter("little").u32(face, 0, 0, captured, captured).zeros(64).done();
}

function block(...words: number[]): Uint8Array {
  return new ByteWriter("little").u32(...words).done();
}

describe("a pcapng block that cannot be ends the reading where it begins", () => {
  const good = new NgWriter().interface().packet(FRAME).done();
  test.each([
    ["captured length one above what the block holds", new NgWriter().block(6, enhanced(0, 65)).blocks(1)],
    ["an interface that is not there", new NgWriter().block(6, enhanced(1, 64)).blocks(1)],
    ["a packet block too short for its header", new NgWriter().block(6, new Uint8Array(16)).blocks(1)],
    ["a length below 12", block(5, 8, 8)],
    ["a length that is no multiple of 4", block(5, 14, 0, 14)],
    ["a trailer that is not the length", block(5, 12, 16)],
    ["a section of version 2", new NgWriter().section([2, 0]).blocks(1)],
  ] as const)("%s", (_, bad) => {
    const run = runCapture(concat(good, bad, good));
    expect(run.rows).toEqual([ROW]);
    expect(counted(run, SOURCE_STATUS, SOURCE_DAMAGE_OFFSET)).toEqual([CAPTURE_DAMAGED, good.length].map(BigInt));
  });
});

describe("the pieces that a capture is fed in change nothing", () => {
  const damaged = writePcap(FRAMES, { recordHeaderBytes: 24 });
  damaged.fill(0xff, 700, 720);
  const texts: readonly (readonly [string, Uint8Array])[] = [
    ...FORMATS.map(({ name, write }) => [name, write(LINK_ETHERNET, FRAMES)] as const),
    ["one frame of ss990417", writePcap([FRAME], { recordHeaderBytes: 24 })],
    ["two frames of Nokia", writePcap([FRAME, FRAME], { recordHeaderBytes: 20 })],
    ["one frame, cut", writePcap([FRAME]).subarray(0, -1)],
    ["frames without IP", writePcap([{ timeNs: 0n, bytes: arp() }, FRAME])],
    ["damage", damaged],
    ["damaged block length", concat(new NgWriter().interface().packet(FRAME).done(), new Uint8Array(64).fill(5))],
  ];
  test.each(texts)("%s", (_, capture) => {
    const whole = runCapture(capture);
    for (const chunkBytes of [1, 7, 61, 4096]) {
      const { rows, colors, counters, stats } = runCapture(capture, { chunkBytes });
      expect({ rows, colors, stats }).toEqual({ rows: whole.rows, colors: whole.colors, stats: whole.stats });
      expect(comparable(counters[0]!)).toEqual(comparable(whole.counters[0]!));
    }
  });
});
