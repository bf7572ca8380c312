// Goal: a cut says nothing about a capture's dialect. Regression: one record of the documented form and 8 or 4 stray
// bytes of the next were taken for a file of ss990417's or Nokia's, whose frames then began at the wrong byte.
import { describe, expect, test } from "vitest";
import { CAPTURE_ENDED, CAPTURE_TRUNCATED, CAPTURE_UNKNOWN, SOURCE_FRAMES, SOURCE_STATUS } from "../assembly/abi.ts";
import { accountedBytes, type CaptureRun, runCapture } from "./support/capture.ts";
import { framesOf, rowOf } from "./support/casewriter.ts";
import { LINK_CASES } from "./support/linkwriter.ts";
import { pcapHeader, type PcapOptions, pcapRecord, writePcap } from "./support/writer.ts";

// Frames of several lengths, at times that every clock here can tell.
const { frames: FRAMES, cases } = framesOf(LINK_CASES[0]!, 9);
const ROWS = FRAMES.map((frame, index) => rowOf(frame, cases[index]!, index));
/** The longest record header of a dialect: more stray bytes than these would be a record's own. */
const HEADER_BYTES_MAX = 28;

/** The dialect is told from rows: another one would begin each frame, thus find each address, at another byte. */
function expectWhole(run: CaptureRun, records: number, status: number, what: string): void {
  const { rows, counters, fedBytes } = run;
  expect({ what, rows }).toStrictEqual({ what, rows: ROWS.slice(0, records) });
  expect({ what, status: counters[0]![SOURCE_STATUS] }).toStrictEqual({ what, status: BigInt(status) });
  expect(counters[0]![SOURCE_FRAMES]).toBe(BigInt(records));
  expect(accountedBytes(counters[0]!)).toBe(BigInt(fedBytes[0]!));
}

const FORMS: readonly (readonly [string, PcapOptions])[] = [
  ["microseconds, little-endian", { clock: "micro", order: "little" }],
  ["microseconds, big-endian", { clock: "micro", order: "big" }],
  ["nanoseconds, little-endian", { clock: "nano", order: "little" }],
  ["nanoseconds, big-endian", { clock: "nano", order: "big" }],
  ["the modified magic number, little-endian", { clock: "modified", order: "little" }],
  ["the modified magic number, big-endian", { clock: "modified", order: "big" }],
];

describe.each(FORMS)("%s", (_, options) => {
  const whole = writePcap(FRAMES, options);
  const headerBytes = pcapHeader(options).length;
  /** Where each record ends; the file header's end first. */
  const ends = [headerBytes];
  for (const frame of FRAMES) ends.push(ends.at(-1)! + pcapRecord(frame, options).length);

  test("cut at every byte: the whole records before the cut", () => {
    for (let cut = headerBytes; cut <= whole.length; cut += 1) {
      const records = ends.findLastIndex((end) => end <= cut);
      const status = ends.includes(cut) ? CAPTURE_ENDED : CAPTURE_TRUNCATED;
      expectWhole(runCapture(whole.subarray(0, cut)), records, status, `cut at ${cut}`);
    }
  });

  test("cut in the file header: no packets, and no whole capture", () => {
    for (let cut = 0; cut < headerBytes; cut += 1) {
      // An empty file is no capture at all.
      const status = cut === 0 ? CAPTURE_UNKNOWN : CAPTURE_TRUNCATED;
      expectWhole(runCapture(whole.subarray(0, cut)), 0, status, `cut at ${cut}`);
    }
  });

  test.each([1, 2, 3])("%i records and stray bytes, in pieces of any size", (records) => {
    for (let stray = 1; stray < HEADER_BYTES_MAX; stray += 1) {
      const next = whole.subarray(0, ends[records]! + stray);
      for (const chunkBytes of [Infinity, 1, 61]) {
        const what = `${stray} stray bytes, pieces of ${chunkBytes}`;
        expectWhole(runCapture(next, { chunkBytes }), records, CAPTURE_TRUNCATED, what);
      }
    }
  });
});

describe.each<readonly [string, PcapOptions]>([
  ["ss990417", { recordHeaderBytes: 24 }],
  ["ss990417 that counts nanoseconds", { recordHeaderBytes: 24, clock: "nano" }],
  ["Nokia", { recordHeaderBytes: 20 }],
  ["SuSE 6.3", { recordHeaderBytes: 28, clock: "modified" }],
])("%s is still told", (_, dialect) => {
  test.each(["little", "big"] as const)("%s-endian: of three whole records and more", (order) => {
    for (let count = 3; count <= FRAMES.length; count += 1) {
      const capture = writePcap(FRAMES.slice(0, count), { ...dialect, order });
      for (const chunkBytes of [Infinity, 1, 61]) {
        expectWhole(runCapture(capture, { chunkBytes }), count, CAPTURE_ENDED, `${count}, pieces of ${chunkBytes}`);
      }
    }
  });

  test("of three whole records and a cut one", () => {
    const end = writePcap(FRAMES.slice(0, 3), dialect).length;
    const longer = writePcap(FRAMES.slice(0, 4), dialect);
    for (let cut = end + 1; cut < longer.length; cut += 1) {
      expectWhole(runCapture(longer.subarray(0, cut)), 3, CAPTURE_TRUNCATED, `cut at ${cut}`);
    }
  });
});
