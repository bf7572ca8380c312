// Goal: standard input, FIFOs and sockets give the same bytes as a file, and never block who waits for them.
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  directory,
  INPUT_URL,
  saved,
  noise,
  readAll,
  runChild,
  type Shown,
  readInChild,
  digest,
} from "./support/input.ts";

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
    expect(runChild(body, (node) => `${node} < /`)).toMatch(/stdin: is a directory/);
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
