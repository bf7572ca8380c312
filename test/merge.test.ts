// Goal: captures are merged by time, the capture given first at equal times; each frame keeps what it would have alone.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CAPTURE_DAMAGED,
  CAPTURE_ENDED,
  CAPTURE_TRUNCATED,
  CAPTURE_UNKNOWN,
  SOURCE_FRAMES,
  SOURCE_STATUS,
} from "../assembly/abi.ts";
import { accountedBytes, type FrameRow, runCapture, runCaptures } from "./support/capture.ts";
import { FORMATS, type Format, framesOf, START_NS, STEP_NS } from "./support/casewriter.ts";
import { LINK_CASES } from "./support/linkwriter.ts";
import { pcapHeader, writePcap, type WrittenFrame } from "./support/writer.ts";

const PCAP = FORMATS[0]!;
const { frames: FRAMES } = framesOf(LINK_CASES[0]!);

/** Frames of one capture, whose length tells them apart. */
interface Part {
  readonly format: Format;
  readonly link: number;
  readonly frames: readonly WrittenFrame[];
}

function write({ format, link, frames }: Part): Uint8Array {
  return format.write(link, frames);
}

/** The definition: again and again the earliest of the captures' next frames; the first capture's at equal times. */
function mergedRows(parts: readonly (readonly FrameRow[])[]): FrameRow[] {
  const nexts = parts.map(() => 0);
  const merged: FrameRow[] = [];
  for (;;) {
    let earliest = -1;
    for (const [index, rows] of parts.entries()) {
      const row = rows[nexts[index]!];
      const best = parts[earliest]?.[nexts[earliest]!];
      if (row !== undefined && (best === undefined || row.timeNs < best.timeNs)) earliest = index;
    }
    if (earliest < 0) return merged;
    merged.push({ ...parts[earliest]![nexts[earliest]!]!, frame: BigInt(merged.length + 1) });
    nexts[earliest]! += 1;
  }
}

const CHUNKS = fc.array(fc.constantFrom(1, 7, 61, 4096, 1 << 20), { minLength: 5, maxLength: 5 });
/** Steps of time between frames; 0 makes ties. */
const STEPS = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 });

function timed(steps: readonly number[], first = 0): WrittenFrame[] {
  let step = first;
  return steps.map((gap, index) => {
    step += gap;
    const frame = FRAMES[index % FRAMES.length]!;
    return { timeNs: START_NS + BigInt(step) * STEP_NS, bytes: frame.bytes, originalBytes: 100 + index };
  });
}

test("splits of a capture by any assignment merge into the stable sort of it", () => {
  const cases = fc.record({
    steps: STEPS,
    owners: fc.array(fc.nat({ max: 4 }), { minLength: 60, maxLength: 60 }),
    chunkBytes: CHUNKS,
  });
  fc.assert(
    fc.property(cases, ({ steps, owners, chunkBytes }) => {
      const frames = timed(steps);
      const parts = [0, 1, 2, 3, 4].map((owner) => frames.filter((_, index) => owners[index] === owner));
      const run = runCaptures(
        parts.map((part) => writePcap(part)),
        { chunkBytes },
      );
      // toSorted is stable: at equal times the frames stay in the order of their captures.
      const sorted = parts.flat().toSorted((left, right) => Number(left.timeNs - right.timeNs));
      expect(run.rows.map(({ timeNs, length }) => [timeNs, length])).toEqual(
        sorted.map(({ timeNs, originalBytes }) => [timeNs, originalBytes]),
      );
      expect(run.rows.every(({ frame }, index) => frame === BigInt(index + 1))).toBe(true);
      expect(run.counters.map((counters) => counters[SOURCE_FRAMES])).toEqual(
        parts.map(({ length }) => BigInt(length)),
      );
    }),
    { seed: 5, numRuns: 300 },
  );
});

test("captures of any format and link type, not in order themselves, merge head by head", () => {
  const part = fc.record({
    format: fc.constantFrom(...FORMATS),
    link: fc.constantFrom(...LINK_CASES),
    order: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 25 }),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), CHUNKS, (parts, chunkBytes) => {
      const captures = parts.map(({ format, link, order }) => {
        const { frames } = framesOf(link);
        return write({ format, link: link.link, frames: order.map((index) => frames[index % frames.length]!) });
      });
      const run = runCaptures(captures, { chunkBytes });
      const alone = captures.map((capture) => runCapture(capture).rows);
      expect(run.rows).toEqual(mergedRows(alone));
      expect(run.counters.map((counters) => accountedBytes(counters))).toEqual(
        captures.map(({ length }) => BigInt(length)),
      );
    }),
    { seed: 6, numRuns: 150 },
  );
});

test("a merge meters as the merged capture does", () => {
  const frames = timed(Array.from({ length: 9000 }, (_, index) => index % 3));
  const parts = [0, 1, 2].map((owner) => frames.filter((_, index) => (index * 7 + (index >> 5)) % 3 === owner));
  const merged = runCaptures(parts.map((part) => writePcap(part)));
  const ties = parts.flat().toSorted((left, right) => Number(left.timeNs - right.timeNs));
  const alone = runCapture(writePcap(ties));
  expect(merged.colors).toEqual(alone.colors);
  expect(merged.rows).toEqual(alone.rows);
  expect(merged.stats).toEqual(alone.stats);
});

describe("among captures to be merged", () => {
  const even = FRAMES.filter((_, index) => index % 2 === 0);
  const odd = FRAMES.filter((_, index) => index % 2 === 1);
  const whole = runCapture(writePcap(FRAMES)).rows;

  test.each([
    { name: "an empty file", bytes: new Uint8Array(0), status: CAPTURE_UNKNOWN },
    { name: "a header without frames", bytes: pcapHeader(), status: CAPTURE_ENDED },
    { name: "a cut header", bytes: pcapHeader().subarray(0, 9), status: CAPTURE_TRUNCATED },
    { name: "another kind of file", bytes: new Uint8Array(5000).fill(0x20), status: CAPTURE_UNKNOWN },
  ])("$name changes nothing", ({ bytes, status }) => {
    for (const at of [0, 1, 2]) {
      const captures = [writePcap(even), writePcap(odd)].toSpliced(at, 0, bytes);
      const run = runCaptures(captures, { chunkBytes: [7, 61, 4096] });
      expect(run.rows).toEqual(whole);
      expect(run.counters[at]![SOURCE_STATUS]).toBe(BigInt(status));
    }
  });

  test("one that is cut gives its frames before the cut", () => {
    const cut = writePcap(odd).subarray(0, -1);
    const run = runCaptures([cut, writePcap(even)]);
    const last = odd.at(-1)!.timeNs;
    const rows = whole.filter(({ timeNs }) => timeNs !== last);
    expect(run.rows.map(({ timeNs }) => timeNs)).toEqual(rows.map(({ timeNs }) => timeNs));
    expect(run.counters.map((counters) => counters[SOURCE_STATUS])).toEqual(
      [CAPTURE_TRUNCATED, CAPTURE_ENDED].map(BigInt),
    );
  });

  test("one that is damaged gives its frames before the damage", () => {
    const ng = FORMATS.find(({ name }) => name === "pcapng little")!;
    const good = ng.write(1, odd.slice(0, 3));
    const damaged = new Uint8Array([...good, ...new Uint8Array(40).fill(0xee)]);
    const run = runCaptures([PCAP.write(1, even), damaged]);
    const taken = new Set([...even, ...odd.slice(0, 3)].map(({ timeNs }) => timeNs));
    expect(run.rows.map(({ timeNs }) => timeNs)).toEqual([...taken].toSorted((left, right) => Number(left - right)));
    expect(run.counters.map((counters) => counters[SOURCE_STATUS])).toEqual(
      [CAPTURE_ENDED, CAPTURE_DAMAGED].map(BigInt),
    );
  });

  test("one holds records longer than the window", () => {
    const long = { timeNs: START_NS + STEP_NS, bytes: new Uint8Array(700_000) };
    const run = runCaptures([writePcap(even), writePcap([long, { ...long, timeNs: START_NS + 3n * STEP_NS }])], {
      chunkBytes: 5000,
    });
    expect(run.rows.slice(0, 5).map(({ length }) => length)).toEqual([2000, 700_000, 2002, 700_000, 2004]);
  });
});
