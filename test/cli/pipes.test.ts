/** The command among others: closed pipes, Ctrl-C, terminals. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { MAIN, meterJson, OFFICE, packetRows, POLICY, ROOT, Scratch, type SummaryJson } from "../support/cli.ts";

const scratch = new Scratch();
const office = gunzipSync(readFileSync(OFFICE));
const ERASE_LINE = "\r\u001B[2K";
const PATIENCE_MS = 20_000;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, "meter", ...args], { cwd: ROOT, stdio: "pipe" });
}

/** The child's end; a child that hangs is killed, which its signal tells. */
async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("close", (...end) => resolve(end));
  });
  clearTimeout(patience);
  return { code, signal, stdout, stderr };
}

describe("a reader that goes away", () => {
  const compressed = { gzip: OFFICE, none: scratch.write("office.pcap", office) };

  test.for(Object.keys(compressed))("ends the run without a word, compression %s", async (kind) => {
    const capture = compressed[kind as keyof typeof compressed];
    const child = start([capture, ...POLICY, "--packets", "-", "--quiet"]);
    child.stdout!.once("data", () => child.stdout!.destroy());
    expect(await ended(child)).toMatchObject({ code: 0, signal: null, stderr: "" });
  });

  if (spawnSync("xz", ["--version"]).status === 0) {
    const xz = scratch.write("office.xz", spawnSync("xz", ["-0c"], { input: office, maxBuffer: 1 << 28 }).stdout);

    test("ends the run, and the program that decompresses", async () => {
      const child = start([xz, ...POLICY, "--packets", "-", "--quiet"]);
      child.stdout!.once("data", () => child.stdout!.destroy());
      expect(await ended(child)).toMatchObject({ code: 0, signal: null, stderr: "" });
    });

    test("another error does so too", async () => {
      const missing = await ended(start([xz, scratch.at("missing.pcap"), ...POLICY]));
      expect(missing).toMatchObject({ code: 1, signal: null, stderr: expect.stringMatching(/^weir: .*no such file/u) });
      const folder = await ended(start([xz, ...POLICY, "--packets", scratch.at("none/a.csv")]));
      expect(folder).toMatchObject({ code: 1, signal: null, stderr: expect.stringMatching(/^weir: .*its folder/u) });
    });
  }
});

/** Waits until so many rows have been written, which the run's first batches do. */
async function untilRows(file: string, count: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 20) {
    if (existsSync(file) && readFileSync(file, "utf8").split("\n").length > count) return;
    await pause(20);
  }
}

/** Feeds what makes more than a batch, waits until rows are written, interrupts, and goes on as slowly as told. */
async function interrupted(name: string, trickleBytes: number): Promise<[Ended, string]> {
  const file = scratch.at(`${name}.csv`);
  const child = start(["-", ...POLICY, "--packets", file, "--json"]);
  const end = ended(child);
  child.stdin!.on("error", () => undefined);
  let at = 1_000_000;
  child.stdin!.write(office.subarray(0, at));
  const trickle = setInterval(() => {
    if (trickleBytes > 0) child.stdin!.write(office.subarray(at, (at += trickleBytes)));
  }, 10);
  await untilRows(file, 8192);
  // A batch and a part of one lie in the core, or are on their way.
  await pause(200);
  child.kill("SIGINT");
  const result = await end;
  clearInterval(trickle);
  return [result, readFileSync(file, "utf8")];
}

describe("Ctrl-C", () => {
  test.for<readonly [string, number]>([
    ["slow", 150],
    ["silent", 0],
  ])("on a %s pipe: the summary of what was read, exit 130, whole rows", async ([name, trickleBytes]) => {
    const [{ code, stdout, stderr }, csv] = await interrupted(name, trickleBytes);
    expect({ code, stderr }).toStrictEqual({ code: 130, stderr: "" });
    const summary = JSON.parse(stdout) as SummaryJson & { interrupted: boolean };
    const rows = packetRows(csv);
    expect(summary).toMatchObject({ packets: rows.length, truncated: false, interrupted: true });
    expect(rows.length).toBeGreaterThanOrEqual(8192);
    expect(rows.reduce((sum, { length }) => sum + length, 0)).toBe(summary.bytes);
  });

  test("while a file is read", async () => {
    const file = scratch.at("file.csv");
    const child = start([...Array.from({ length: 50 }, () => OFFICE), ...POLICY, "--json", "--packets", file]);
    const end = ended(child);
    await untilRows(file, 2);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await end;
    expect({ code, stderr }).toStrictEqual({ code: 130, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ interrupted: true, truncated: false });
  });
});

// util-linux's; those of other systems take other options.
if (spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux")) {
  describe("on a terminal", () => {
    const captures = Array.from({ length: 12 }, () => "examples/office.pcap.gz").join(" ");
    const command = `'${process.execPath}' '${MAIN}' meter ${captures} --meter gcra --rate 1MB/s --burst 9kB`;
    const onTerminal = (options: string, env: NodeJS.ProcessEnv = {}) =>
      spawnSync("script", ["-qec", `${command} ${options}`, "/dev/null"], {
        cwd: ROOT,
        encoding: "utf8",
        input: "",
        env: { ...process.env, TERM: "xterm", COLUMNS: "100", ...env },
      }).stdout;

    test("a bar is drawn while it runs, and erased before the summary", () => {
      const [last, ...drawn] = onTerminal("").split(ERASE_LINE).toReversed();
      expect(drawn.length).toBeGreaterThan(1);
      expect(drawn.filter((line) => line !== "").every((line) => /^[█░]{24} +\d+ % /u.test(line))).toBe(true);
      expect(last).toContain("digest ");
      expect(last).not.toMatch(/[█░]/u);
      expect(last).toContain("\u001B[31mred");
    });

    test("--quiet draws none, NO_COLOR paints none", () => {
      expect(onTerminal("--quiet")).toBe("");
      expect(onTerminal("", { NO_COLOR: "1" }).split(ERASE_LINE).at(-1)).not.toContain("\u001B[");
    });
  });
}

test("no bar where there is no terminal", () => {
  // `meterJson` throws at a word on stderr; this runs longer than the bar waits.
  expect(meterJson([...Array.from({ length: 6 }, () => OFFICE), ...POLICY]).packets).toBe(6 * 108_737);
});
