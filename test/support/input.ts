// What the suites of inputs share: a scratch folder, bytes that look random, inputs read to their end, child processes.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterAll } from "vitest";
import type { CaptureInput } from "../../src/trace/captureinput.ts";
import { openInput } from "../../src/trace/input.ts";

export const directory = mkdtempSync(join(tmpdir(), "weir-input-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

export const MIB = 1 << 20;
export const INPUT_URL = new URL("../../src/trace/input.ts", import.meta.url).href;

export function saved(bytes: Uint8Array, name = "capture"): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

/** Looks random to a compressor, and is the same each time. */
export function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = 1; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

export async function drain(input: CaptureInput, windowBytes = 1 << 16): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const window = new Uint8Array(windowBytes);
  for (;;) {
    const answer = input.read(() => window);
    const length = typeof answer === "number" ? answer : await answer;
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(Buffer.from(window.subarray(0, length)));
  }
}

export async function readAll(path: string, windowBytes?: number): Promise<{ bytes: Buffer; damage: string | null }> {
  const input = await openInput(path);
  try {
    return { bytes: await drain(input, windowBytes), damage: input.damage };
  } finally {
    await input.close();
  }
}

export async function readBytes(
  bytes: Uint8Array,
  windowBytes?: number,
): Promise<{ bytes: Buffer; damage: string | null }> {
  return await readAll(saved(bytes), windowBytes);
}

/** A member with every optional field. */
export function fullMember(content: Uint8Array, options: { isHeaderWrong?: boolean } = {}): Buffer {
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
export function runChild(body: string, shell: (node: string) => string, extra = ""): string {
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

export interface Shown {
  readonly length: number;
  readonly reads: number;
  readonly sha: string;
  readonly name: string;
  readonly size: number | null;
  readonly damage: string | null;
  readonly consumed: number;
}

export function readInChild(path: string, shell: (node: string) => string, extra = ""): Shown {
  const body = `const input = await openInput(${JSON.stringify(path)}); show(await all(input)); await input.close();`;
  return JSON.parse(runChild(body, shell, extra)) as Shown;
}

export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
