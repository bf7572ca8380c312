// Files written behind their callers: every byte in its place, and failures that come late.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { OutputError } from "../src/errors.ts";
import { WriteBehind } from "../src/trace/writebehind.ts";

const MIB = 1 << 20;
/** More than may wait. */
const MUCH_BYTES = 40 * MIB;
const folder = mkdtempSync(join(tmpdir(), "weir-behind-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that tell where they belong. */
function patternOf(position: number, bytes: number): Uint8Array {
  return new Uint8Array(bytes).map((_, index) => ((position + index) * 2_654_435_761) >>> 24);
}

/** Writes pieces of one buffer, which is used again at once. Answers what the file ought to hold, and how often it waited. */
async function writePieces(file: WriteBehind, size: number, total: number): Promise<{ bytes: number; waits: number }> {
  const piece = new Uint8Array(size);
  let waits = 0;
  let bytes = 0;
  for (; bytes < total; bytes += size) {
    piece.set(patternOf(bytes, size));
    const written = file.write(piece);
    if (written === undefined) continue;
    waits += 1;
    await written;
  }
  return { bytes, waits };
}

describe("a file", () => {
  test.each([
    [1000, MIB, false],
    [262_144, MUCH_BYTES, true],
    [5 * MIB + 1, MUCH_BYTES, true],
  ])("pieces of %d bytes, used again at once, all arrive in order", async (size, total, hasToWait) => {
    const path = join(folder, `pieces-${size}`);
    const file = new WriteBehind(path);
    const { bytes, waits } = await writePieces(file, size, total);
    await file.close();
    const found = readFileSync(path);
    expect(found.length).toBe(bytes);
    expect(found.equals(patternOf(0, bytes))).toBe(true);
    expect(waits > 0).toBe(hasToWait);
  });

  test("what is taken is written when the event loop turns, though no more comes", async () => {
    const path = join(folder, "live");
    const file = new WriteBehind(path);
    void file.write(patternOf(0, 100));
    await expect.poll(() => readFileSync(path).length).toBe(100);
    void file.write(patternOf(100, 50));
    await expect.poll(() => readFileSync(path).length).toBe(150);
    await file.close();
    expect(readFileSync(path).equals(patternOf(0, 150))).toBe(true);
  });

  test("abandoned, it ends with the last whole record, and stays so", async () => {
    const path = join(folder, "abandoned");
    const file = new WriteBehind(path);
    const { bytes } = await writePieces(file, MIB, 3 * MIB);
    file.mark();
    await file.write(patternOf(bytes, 77));
    await file.abandon();
    await file.abandon();
    expect(readFileSync(path).equals(patternOf(0, bytes))).toBe(true);
  });

  test("closed without a piece, it is empty", async () => {
    const path = join(folder, "empty");
    await new WriteBehind(path).close();
    expect(readFileSync(path).length).toBe(0);
  });

  test("that cannot be opened: at once", () => {
    expect(() => new WriteBehind(join(folder, "none", "file"))).toThrow(OutputError);
  });
});

if (existsSync("/dev/full")) {
  describe("a full disk", () => {
    const FULL = "/dev/full: cannot write: the disk is full";

    test("is told by a later write, and by close", async () => {
      const file = new WriteBehind("/dev/full");
      await expect(writePieces(file, MIB, MUCH_BYTES)).rejects.toThrow(FULL);
      await expect(file.close()).rejects.toThrow(FULL);
    });

    test("is told by close, when there is no later write", async () => {
      const file = new WriteBehind("/dev/full");
      expect(file.write(new Uint8Array(10))).toBeUndefined();
      await expect(file.close()).rejects.toThrow(FULL);
    });
  });
} else {
  console.warn("NOT TESTED, there is no /dev/full here: a full disk told late");
}
