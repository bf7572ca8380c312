// Goal: an input gives the bytes of its file, gzip or not; damaged, it gives all that can be had.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { constants, createGzip, deflateRawSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CaptureError } from "../src/errors.ts";
import { openInput } from "../src/trace/input.ts";
import { directory, MIB, saved, noise, drain, readBytes, fullMember, runChild, readInChild } from "./support/input.ts";

describe("plain files", () => {
  test.each([0, 1, 5, 6, 7, 70_000, 300_000])("%i bytes, read without a promise", async (length) => {
    const bytes = noise(length);
    const input = await openInput(saved(bytes));
    expect([input.name, input.sizeBytes, input.consumedBytes]).toStrictEqual([join(directory, "capture"), length, 0]);
    const window = new Uint8Array(65_536);
    const chunks: Buffer[] = [];
    for (;;) {
      const answer = input.read(() => window);
      expect(answer).toBeTypeOf("number");
      if (answer === 0) break;
      chunks.push(Buffer.from(window.subarray(0, answer as number)));
    }
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    expect([input.consumedBytes, input.damage]).toStrictEqual([length, null]);
    await input.close();
    await input.close();
  });

  test("windows of a few bytes give the same", async () => {
    for (const size of [1, 2, 3, 7]) expect((await readBytes(noise(100), size)).bytes.equals(noise(100))).toBe(true);
  });

  test("a file that grows goes on where it ended", async () => {
    const path = saved(noise(10));
    const input = await openInput(path);
    expect(await drain(input)).toHaveLength(10);
    appendFileSync(path, "more");
    expect((await drain(input)).toString()).toBe("more");
    await input.close();
  });

  test("beyond 4 GiB", () => {
    const path = join(directory, "sparse");
    const fd = openSync(path, "w");
    writeSync(fd, "end", 4607 * MIB);
    closeSync(fd);
    // Begins far within, for reading all of it takes too long here.
    const shown = readInChild("-", (node) => `(dd bs=1M skip=4606 count=0 2>/dev/null; ${node}) < '${path}'`);
    expect([shown.length, shown.consumed, shown.size]).toStrictEqual([MIB + 3, MIB + 3, 4607 * MIB + 3]);
    rmSync(path);
  });

  test("bytes that only begin like a compressed file are given as they are", async () => {
    for (const bytes of [[0x1f], [0xfd, 0x37, 0x7a], [0x42, 0x5a, 0x68, 0x30], [0x28, 0xb5], [0x42]]) {
      expect((await readBytes(Uint8Array.from(bytes))).bytes).toStrictEqual(Buffer.from(bytes));
    }
  });
});

async function refusal(path: string): Promise<string> {
  const error: unknown = await openInput(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CaptureError);
  const { code, source, message } = error as CaptureError;
  expect([code, source]).toStrictEqual(["UNREADABLE", path]);
  expect(message).not.toContain("\n");
  return message;
}

describe("what cannot be read", () => {
  test("missing file, directory, part of the path, circle of links", async () => {
    expect(await refusal(join(directory, "none"))).toMatch(/none: no such file; check the path$/);
    expect(await refusal(directory)).toMatch(/is a directory; name a capture file in it$/);
    expect(await refusal(join(saved(noise(1)), "x"))).toMatch(/not a directory/);
    execFileSync("ln", ["-sf", "circle", join(directory, "circle")]);
    expect(await refusal(join(directory, "circle"))).toMatch(/circle/);
  });

  test("permission denied, and a device that fails", async () => {
    const path = saved(noise(1), "secret");
    chmodSync(path, 0);
    // The superuser may read everything.
    const body = `if (process.getuid() === 0) process.setuid(65534);
      await openInput(${JSON.stringify(path)}).catch((error) => show(error.message));`;
    expect(runChild(body, (node) => node)).toMatch(/secret: permission denied; ask for the right to read it/);
    // Opens, for what could be read of it first would count: the failure comes from the read behind that.
    const input = await openInput("/proc/self/mem");
    expect(() => input.read(() => new Uint8Array(5))).toThrow(/reading fails \(E\w+\)/);
    await input.close();
  });
});

/** A sound member behind a wrong one. */
function withSoundMember(wrong: Buffer): Buffer {
  return Buffer.concat([wrong, gzipSync(noise(20))]);
}

describe("gzip", () => {
  const small = Buffer.from("a small capture, a small capture, and some noise: ").subarray(0, 48);
  const cases: readonly (readonly [string, Buffer])[] = [
    ["fixed", gzipSync(small, { strategy: constants.Z_FIXED })],
    ["stored", gzipSync(small, { level: 0 })],
    ["dynamic", gzipSync(noise(300).map((byte) => byte % 7))],
    ["all header fields", fullMember(small)],
    ["two members", Buffer.concat([gzipSync(small), fullMember(noise(40))])],
  ];

  test.each(cases)("%s: whole, and cut at every byte", async (_, bytes) => {
    expect(await readBytes(bytes)).toStrictEqual({ bytes: gunzipSync(bytes), damage: null });
    const boundary = bytes.lastIndexOf(Buffer.from([0x1f, 0x8b]));
    for (let length = 2; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      // A header that is cut is an error to zlib, even where all before it is sound.
      const known = boundary > 0 && length < boundary + 40 && length > boundary ? bytes.subarray(0, boundary) : cut;
      const expected = gunzipSync(known, { finishFlush: constants.Z_SYNC_FLUSH });
      const got = await readBytes(cut);
      expect([length, got.bytes.subarray(0, expected.length)]).toStrictEqual([length, expected]);
      expect(got.bytes.equals(gunzipSync(bytes).subarray(0, got.bytes.length))).toBe(true);
      if (length === boundary) expect(got.damage).toBeNull();
      else expect(got.damage).toMatch(length === boundary + 1 ? /no gzip/ : /cut short/);
    }
  });

  test("a record may be split between members anywhere", async () => {
    const content = noise(60);
    for (let at = 0; at <= content.length; at += 1) {
      const bytes = Buffer.concat([gzipSync(content.subarray(0, at)), fullMember(content.subarray(at))]);
      expect(await readBytes(bytes, 16)).toStrictEqual({ bytes: content, damage: null });
    }
  });

  test("members of all sizes, across every buffer's end", async () => {
    const content = noise(3 * MIB);
    const parts: Buffer[] = [];
    for (let from = 0, size = 1; from < content.length; from += size, size = 1 + ((size * 3) % 200_001)) {
      parts.push(gzipSync(content.subarray(from, from + size), { level: 1 }));
    }
    const got = await readBytes(Buffer.concat(parts));
    expect([got.bytes.equals(content), got.damage]).toStrictEqual([true, null]);
  });

  test("wrong checksums and lengths are told, and nothing is lost", async () => {
    const first = gzipSync(small);
    const expected = Buffer.concat([small, noise(20)]);
    for (let index = first.length - 8; index < first.length; index += 1) {
      const wrong = Buffer.from(first);
      wrong[index]! ^= 0x10;
      const what = index < first.length - 4 ? /member 1 has a wrong checksum/ : /member 1 has a wrong length/;
      expect(await readBytes(withSoundMember(wrong))).toStrictEqual({
        bytes: expected,
        damage: expect.stringMatching(what),
      });
    }
    const header = await readBytes(withSoundMember(fullMember(small, { isHeaderWrong: true })));
    expect(header).toStrictEqual({ bytes: expected, damage: expect.stringMatching(/wrong header checksum/) });
  });

  test("what follows the last member: zeros are padding, the rest is told", async () => {
    const bytes = gzipSync(small);
    const zeros = Buffer.alloc(200_000);
    expect(await readBytes(Buffer.concat([bytes, zeros]))).toStrictEqual({ bytes: small, damage: null });
    const again = await readBytes(Buffer.concat([bytes, zeros, bytes]));
    expect(again).toStrictEqual({ bytes: Buffer.concat([small, small]), damage: null });
    for (const garbage of [
      Buffer.from("x"),
      Buffer.from("garbage, more than a header long"),
      Buffer.from([0x1f, 0x8b, 9, 9]),
    ]) {
      const got = await readBytes(Buffer.concat([bytes, garbage]));
      expect(got).toStrictEqual({
        bytes: small,
        damage: `bytes from ${bytes.length} on are no gzip and were left out`,
      });
    }
    expect((await readBytes(Uint8Array.from([0x1f, 0x8b, 7, 0, 0]))).damage).toMatch(/unknown kind/);
  });

  test("damage inside: everything before it is saved", async () => {
    const content = Buffer.concat([noise(700_000), Buffer.alloc(3 * MIB), noise(100_000)]);
    const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    // A block of the kind that does not exist, right behind a block that ends on a byte.
    const body = deflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH });
    const got = await readBytes(Buffer.concat([head, body, Buffer.alloc(90_000, 0xff)]));
    expect(got.bytes.equals(content)).toBe(true);
    expect(got.damage).toMatch(/^gzip data is damaged near byte \d+, in member 1 \(invalid block type\)/);
  });

  test("a window that moves between reads", async () => {
    const input = await openInput(saved(gzipSync(noise(3 * MIB))));
    const chunks: Buffer[] = [];
    for (let length = 1; length > 0;) {
      let window = new Uint8Array(0);
      length = await input.read(() => (window = new Uint8Array(50_000)));
      chunks.push(Buffer.from(window.subarray(0, length)));
    }
    expect(Buffer.concat(chunks).equals(noise(3 * MIB))).toBe(true);
    await input.close();
  });

  test("closing before, in the midst and twice", async () => {
    const path = saved(gzipSync(noise(3 * MIB)));
    for (const reads of [0, 1]) {
      const input = await openInput(path);
      for (let turn = 0; turn < reads; turn += 1) expect(await input.read(() => new Uint8Array(10))).toBe(10);
      await input.close();
      await input.close();
    }
  });

  test("1 GB of zeros takes a few MiB", async () => {
    const path = join(directory, "zeros.gz");
    const gzip = createGzip({ level: 9 });
    const chunks: Buffer[] = [];
    gzip.on("data", (chunk: Buffer) => chunks.push(chunk));
    const zeros = Buffer.alloc(10 * MIB);
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => gzip.write(zeros, resolve));
    gzip.end();
    await once(gzip, "end");
    writeFileSync(path, Buffer.concat(chunks));
    const body = `
      const warm = await openInput(${JSON.stringify(path)});
      for (let turn = 0; turn < 20; turn += 1) await warm.read(() => new Uint8Array(1 << 16));
      await warm.close();
      const before = process.resourceUsage().maxRSS;
      const input = await openInput(${JSON.stringify(path)});
      const { length } = await all(input);
      show({ length, grownKib: process.resourceUsage().maxRSS - before });`;
    const { length, grownKib } = JSON.parse(runChild(body, (node) => node)) as { length: number; grownKib: number };
    expect(length).toBe(1000 * MIB);
    // Chunks that wait for the garbage collector, which differs from one Node to the next.
    expect(grownKib).toBeLessThan(128 * 1024);
  }, 60_000);
});
