// Goal: what other programs compressed is read by content; damage and a missing program are told.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { openInput } from "../src/trace/input.ts";
import { directory, MIB, saved, noise, drain, readBytes } from "./support/input.ts";

const PROGRAMS: readonly (readonly [command: string, args: readonly string[]])[] = [
  ["zstd", ["-qc"]],
  ["xz", ["-c"]],
  ["bzip2", ["-c"]],
  ["lz4", ["-qcB4"]],
];

const installed = PROGRAMS.filter(([command]) => spawnSync(command, ["--version"]).error === undefined);
const absent = PROGRAMS.filter((program) => !installed.includes(program)).map(([command]) => command);

test("programs that make the compressed files of this suite", () => {
  if (absent.length > 0) console.warn(`NOT TESTED, the program is not installed: ${absent.join(", ")}`);
  expect(installed.length + absent.length).toBe(PROGRAMS.length);
});

describe.each(installed)("%s", (command, args) => {
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
