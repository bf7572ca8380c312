// Goal: batches come out in the order in which they went in, and none is written over before it was given back.
import { expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { BatchRing } from "../src/threads/ring.ts";

/** 16 places of 640 KiB. */
const BATCH_BYTES = 640 * 1024;
const PLACES = 16;

/** Two sides in one thread: who calls `room` sees to it that there is some. */
function bothSides() {
  const writer = new BatchRing(BATCH_BYTES);
  return { writer, reader: new BatchRing(BATCH_BYTES, writer.memory) };
}

test.each([1, 7, 2026])("any order of writing and reading, seed %i", (seed) => {
  const random = new Random(seed);
  const { writer, reader } = bothSides();
  let [written, read] = [0, 0];
  while (read < 5000) {
    const writes = random.below(PLACES + 1 - (written - read));
    for (let write = 0; write < writes; write += 1) {
      writer.room().fill(written % 251, 0, 16);
      writer.write({
        packets: written,
        firstFrame: 3 * written,
        startsAt: 2 ** 50 + written,
        doneBytes: 2 ** 40 + written,
      });
      written += 1;
    }
    const reads = random.below(written - read + 1);
    for (let taken = 0; taken < reads; taken += 1) {
      expect(reader.waiting).toBe(written - read);
      const { head, batch } = reader.next(0)!;
      expect(head).toStrictEqual({
        packets: read,
        firstFrame: 3 * read,
        startsAt: 2 ** 50 + read,
        doneBytes: 2 ** 40 + read,
      });
      expect([...batch.subarray(0, 16)]).toStrictEqual(Array.from({ length: 16 }, () => read % 251));
      reader.release();
      read += 1;
    }
  }
  expect(written).toBeGreaterThanOrEqual(read);
});

test("a reader that keeps up is served from one place", () => {
  const { writer, reader } = bothSides();
  const places = new Set<number>();
  for (let batch = 0; batch < 100; batch += 1) {
    places.add(writer.room().byteOffset);
    writer.write({ packets: batch, firstFrame: 1, startsAt: 0, doneBytes: 0 });
    expect(reader.next(0)!.head.packets).toBe(batch);
    reader.release();
  }
  expect(places.size).toBe(1);
});

function placesOf(batchBytes: number): number {
  return Math.round(new BatchRing(batchBytes).memory.byteLength / (batchBytes + 64));
}

test("nothing to read is no batch; large batches have four places, small ones many", () => {
  const { writer, reader } = bothSides();
  expect(reader.next(0)).toBeUndefined();
  reader.stop();
  expect(writer.isStopped).toBe(true);
  expect(placesOf(4 * 2 ** 20)).toBe(4);
  expect(placesOf(BATCH_BYTES)).toBe(PLACES);
  expect(placesOf(81_920)).toBe(128);
});
