// Goal: an input gives the bytes of its file, whatever it comes compressed as; damaged, it gives all that can be had.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, crc32, createGzip, deflateRawSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CaptureError } from "../src/errors.ts";
import { openInput, type CaptureInput } from "../src/trace/input.ts";

const MIB = 1 << 20;
const INPUT_URL = new URL("../src/trace/input.ts", import.meta.url).href;
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "weir-input-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function saved(bytes: Uint8Array, name = "capture"): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

/** Looks random to a compressor, and is the same each time. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = 1; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

async function drain(input: CaptureInput, windowBytes = 1 << 16): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const window = new Uint8Array(windowBytes);
  for (;;) {
    const answer = input.read(() => window);
    const length = typeof answer === "number" ? answer : await answer;
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(Buffer.from(window.subarray(0, length)));
  }
}

async function readAll(path: string, windowBytes?: number): Promise<{ bytes: Buffer; damage: string | null }> {
  const input = await openInput(path);
  try {
    return { bytes: await drain(input, windowBytes), damage: input.damage };
  } finally {
    await input.close();
  }
}

async function readBytes(bytes: Uint8Array, windowBytes?: number): Promise<{ bytes: Buffer; damage: string | null }> {
  return await readAll(saved(bytes), windowBytes);
}

/** A member with every optional field. */
function fullMember(content: Uint8Array, options: { isHeaderWrong?: boolean } = {}): Buffer {
  const fields = Buffer.concat([Buffer.from([5, 0]), noise(5), Buffer.from("name\0"), Buffer.from("a comment\0")]);
  const header = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 0, 3]), fields]);
  const headerCrc = Buffer.alloc(2);
  headerCrc.writeUInt16LE((crc32(header) & 0xffff) ^ (options.isHeaderWrong === true ? 1 : 0));
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, headerCrc, deflateRawSync(content), trailer]);
}

/** Runs `body` in a process of its own; `shell` makes the command line around it. What it shows comes back. */
function runChild(body: string, shell: (node: string) => string, extra = ""): string {
  const script = `${extra}
    const { openInput } = await import(${JSON.stringify(INPUT_URL)});
    const { createHash } = await import("node:crypto");
    const all = async (input) => {
      const window = new Uint8Array(1 << 16); const hash = createHash("sha256"); let length = 0; let reads = 0;
      for (;;) {
        const answer = input.read(() => window); const bytes = typeof answer === "number" ? answer : await answer;
        if (bytes === 0) break;
        hash.update(window.subarray(0, bytes)); length += bytes; reads += 1;
      }
      return { length, reads, sha: hash.digest("hex"), name: input.name, size: input.sizeBytes, damage: input.damage, consumed: input.consumedBytes };
    };
    const show = (value) => console.log(JSON.stringify(value));
    ${body}`;
  const file = saved(Buffer.from(script), "child.mjs");
  const node = `'${process.execPath}' --import tsx '${file}'`;
  return execFileSync("sh", ["-c", shell(node)], { encoding: "utf8", timeout: 60_000 });
}

interface Shown {
  readonly length: number;
  readonly reads: number;
  readonly sha: string;
  readonly name: string;
  readonly size: number | null;
  readonly damage: string | null;
  readonly consumed: number;
}

function readInChild(path: string, shell: (node: string) => string, extra = ""): Shown {
  const body = `const input = await openInput(${JSON.stringify(path)}); show(await all(input)); await input.close();`;
  return JSON.parse(runChild(body, shell, extra)) as Shown;
}

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
    expect(await refusal("/proc/self/mem")).toMatch(/reading fails \(E\w+\)/);
  });
});

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
    const both = (wrong: Buffer): Buffer => Buffer.concat([wrong, gzipSync(noise(20))]);
    const expected = Buffer.concat([small, noise(20)]);
    for (let index = first.length - 8; index < first.length; index += 1) {
      const wrong = Buffer.from(first);
      wrong[index]! ^= 0x10;
      const what = index < first.length - 4 ? /member 1 has a wrong checksum/ : /member 1 has a wrong length/;
      expect(await readBytes(both(wrong))).toStrictEqual({ bytes: expected, damage: expect.stringMatching(what) });
    }
    const header = await readBytes(both(fullMember(small, { isHeaderWrong: true })));
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

describe("standard input and pipes", () => {
  const content = noise(300_000);

  test.each(["-", "/dev/stdin"])("%s, from a slow writer", (path) => {
    const file = saved(content, "content");
    const shown = readInChild(
      path,
      (node) => `(head -c 3 '${file}'; sleep 0.1; tail -c +4 '${file}'; sleep 0.1) | ${node}`,
    );
    expect(shown).toMatchObject({ length: 300_000, consumed: 300_000, size: null, damage: null });
    expect(shown.name).toBe(path === "-" ? "stdin" : path);
    expect(shown.sha).toBe(digest(content));
  });

  test("a pipe that is non-blocking: waits, and does not spin", () => {
    const file = saved(content, "content");
    // Looking at process.stdin is what makes it so.
    const extra = `process.stdin;`;
    const body = `const input = await openInput("-"); const used = process.cpuUsage();
      const got = await all(input); const { user, system } = process.cpuUsage(used);
      show({ ...got, cpuMs: (user + system) / 1000 });`;
    const shell = (node: string): string => `(head -c 9 '${file}'; sleep 3; tail -c +10 '${file}') | ${node}`;
    const shown = JSON.parse(runChild(body, shell, extra)) as Shown & { cpuMs: number };
    expect(shown.sha).toBe(digest(content));
    expect(shown.cpuMs).toBeLessThan(1000);
  }, 20_000);

  test.each([
    ["gzip", "gzip -c"],
    ["xz", "xz -c"],
  ])("%s through a pipe, its first bytes one by one", (_, command) => {
    const file = saved(content, "content");
    const made = `${command} < '${file}' > '${file}.z'`;
    const slow = `(for n in 1 2 3 4 5 6 7; do tail -c +$n '${file}.z' | head -c 1; done; sleep 0.1; tail -c +8 '${file}.z')`;
    const shown = readInChild("-", (node) => `${made}; ${slow} | ${node}`);
    expect(shown).toMatchObject({ length: 300_000, damage: null, size: null, sha: digest(content) });
  });

  test("nothing at all, a file, a closed one, a directory", () => {
    expect(readInChild("-", (node) => `${node} < /dev/null`)).toMatchObject({ length: 0, size: null });
    const file = saved(content, "content");
    expect(readInChild("-", (node) => `${node} < '${file}'`)).toMatchObject({ length: 300_000, size: 300_000 });
    expect(readInChild("-", (node) => `${node} <&-`)).toMatchObject({ length: 0 });
    const body = `await openInput("-").catch((error) => show(error.message));`;
    expect(runChild(body, (node) => `${node} < /`)).toMatch(/-: is a directory/);
  });

  test("a socket, which /dev/stdin cannot open", async () => {
    const script = `const { openInput } = await import(${JSON.stringify(INPUT_URL)});
      const input = await openInput("/dev/stdin"); let total = 0;
      for (let length = 1; length > 0; total += length) length = await input.read(() => new Uint8Array(9));
      console.log(total);`;
    const child = spawn(process.execPath, ["--import", "tsx", saved(Buffer.from(script), "socket.mjs")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end("twenty bytes in all.");
    let said = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) said += String(chunk);
    expect(said.trim()).toBe("20");
  });

  test("a FIFO, plain and compressed", async () => {
    for (const [name, command] of [
      ["fifo", "cat"],
      ["fifo.gz", "gzip -c"],
      ["fifo.bz2", "bzip2 -c"],
    ] as const) {
      const path = join(directory, name);
      execFileSync("mkfifo", [path]);
      const file = saved(content, "content");
      const writer = spawn("sh", ["-c", `${command} '${file}' > '${path}'`], { stdio: "inherit" });
      const got = await readAll(path);
      expect([got.bytes.equals(content), got.damage]).toStrictEqual([true, null]);
      if (writer.exitCode === null) await new Promise((resolve) => writer.once("close", resolve));
    }
  });
});

describe.each([
  ["zstd", ["-qc"]],
  ["xz", ["-c"]],
  ["bzip2", ["-c"]],
  ["lz4", ["-qcB4"]],
])("%s", (command, args) => {
  const content = Buffer.concat([noise(1_200_000), Buffer.alloc(500_000), noise(1_200_000)]);
  const whole = (): Buffer => (compressed ??= compress(content));
  let compressed: Buffer | undefined;
  const compress = (bytes: Uint8Array): Buffer =>
    spawnSync(command, args, { input: bytes, maxBuffer: 10 * MIB }).stdout;

  test("by content, whatever the name", async () => {
    const input = await openInput(saved(whole(), "odd.pcap"));
    expect(input.sizeBytes).toBe(whole().length);
    expect((await drain(input)).equals(content)).toBe(true);
    expect([input.damage, input.consumedBytes]).toStrictEqual([null, input.sizeBytes]);
    await input.close();
  });

  test("two in one file", async () => {
    const got = await readBytes(Buffer.concat([compress(content.subarray(0, 999)), compress(content.subarray(999))]));
    expect([got.bytes.equals(content), got.damage]).toStrictEqual([true, null]);
  });

  test("cut short or followed by garbage: told, with what there was", async () => {
    const cut = await readBytes(whole().subarray(0, whole().length - 300_000));
    expect(cut.damage).toMatch(/damaged|cut short/);
    expect(cut.bytes.length).toBeGreaterThan(0);
    expect(cut.bytes.equals(content.subarray(0, cut.bytes.length))).toBe(true);
    const followed = await readBytes(Buffer.concat([whole(), Buffer.from("garbage after it")]));
    expect(followed.bytes.equals(content)).toBe(true);
    expect(followed.damage).toMatch(/damaged|left out/);
    expect(followed.damage).not.toContain("\n");
  });

  test("closing in the midst ends the program", async () => {
    const input = await openInput(saved(whole()));
    expect(await input.read(() => new Uint8Array(5))).toBe(5);
    await input.close();
  });

  test("the program is missing", async () => {
    mkdirSync(join(directory, "empty"), { recursive: true });
    const path = saved(whole());
    vi.stubEnv("PATH", join(directory, "empty"));
    try {
      const opened = openInput(path);
      if (command === "zstd" && "createZstdDecompress" in (await import("node:zlib")))
        return await (await opened).close();
      await expect(opened).rejects.toThrow(`needs the program ${command}, which is not there; install`);
      await expect(opened).rejects.toMatchObject({ code: "UNREADABLE", source: path });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

function digest(bytes: Uint8Array): string {
  return execFileSync("sha256sum", { input: bytes, encoding: "utf8" }).slice(0, 64);
}
