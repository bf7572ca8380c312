/** `weir watch`, through its process: totals as `weir meter` has them, pipes, files that grow, signals. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ipFrame, MAIN, meter, meterJson, MS, OFFICE, POLICY, ROOT, Scratch, weir } from "../support/cli.ts";
import { pcapHeader, pcapRecord, writePcap } from "../support/writer.ts";

const scratch = new Scratch();
const PATIENCE_MS = 30_000;
const ONE_LINE = /^weir: [^\n]+\n$/u;

const frames = Array.from({ length: 40 }, (_, index) => ipFrame(BigInt(index) * MS, 1000));
const small = scratch.pcap("small.pcap", frames);

function start(args: readonly string[], stdin: "pipe" | "ignore" = "ignore"): ChildProcess {
  const child = spawn(process.execPath, [MAIN, "watch", ...args], { cwd: ROOT, stdio: [stdin, "pipe", "pipe"] });
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  child.once("exit", () => clearTimeout(patience));
  return child;
}

async function exitOf(child: ChildProcess): Promise<readonly [number | null, string | null]> {
  return (await once(child, "exit")) as [number | null, string | null];
}

/** The last document of `--json`, without what says that it is one, and without what differs from run to run. */
function lastJson(stdout: string): Record<string, unknown> {
  const { kind, memory: _, ...summary } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Record<string, unknown>;
  expect(kind).toBe("summary");
  return summary;
}

function withoutMemory(lines: string): string {
  return lines.replace(/, \d+ bytes of memory a flow.*/u, "");
}

describe("totals are those of weir meter, with everything that it says", () => {
  const three = ["--bucket", "1 Mbit/s,16 kB", "--bucket", "2 Mbit/s,8 kB", "--bucket", "900 packets/s,20 packets"];
  test.for<readonly [string, readonly string[]]>([
    ["one bucket", POLICY],
    ["by source", [...POLICY, "--by", "src/24"]],
    ["two buckets", ["--meter", "trtcm", "--pir", "2Mbit/s", "--pbs", "32kB", "--cir", "1Mbit/s", "--cbs", "16kB"]],
    ["three buckets", ["--meter", "multi", ...three]],
    ["a shared rate", ["--meter", "weighted", "--rate", "8Mbit/s", "--burst", "64kB"]],
    ["classes and nodes", ["--policy", join(ROOT, "examples/policies/office.yaml")]],
    ["without other frames, few flows", [...POLICY, "--skip-other", "--max-flows", "20000", "--top", "3"]],
  ])("%s", ([, args]) => {
    const { code, stdout, stderr } = weir(["watch", OFFICE, ...args, "--speed", "max", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { memory: _, ...expected } = meterJson([OFFICE, ...args]) as unknown as Record<string, unknown>;
    expect(lastJson(stdout)).toEqual(expected);
  });

  test("as text: lines while it runs, then the summary of weir meter", () => {
    const { code, stdout, stderr } = weir(["watch", OFFICE, ...POLICY, "--speed", "0"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [status, ...summary] = stdout.split("\n");
    expect(status).toMatch(/^25\.444 s {2}108,737 packets {2}green 91,662 /u);
    expect(withoutMemory(summary.join("\n"))).toBe(withoutMemory(meter([OFFICE, ...POLICY])));
  });

  test("at four times its own pace, in about a quarter of its time", () => {
    const startMs = performance.now();
    const { stdout } = weir(["watch", OFFICE, ...POLICY, "--speed", "4", "--json"]);
    const elapsedMs = performance.now() - startMs;
    // 25.444 s / 4.
    expect(elapsedMs).toBeGreaterThan(6300);
    expect(elapsedMs).toBeLessThan(11_000);
    expect(lastJson(stdout)).toMatchObject({ packets: 108_737, green: { packets: 91_662 }, red: { packets: 17_075 } });
    expect(stdout.trimEnd().split("\n").length).toBeGreaterThanOrEqual(7);
  });
});

describe("captures at the edge", () => {
  test("no packets, one, and only refused ones: as weir meter", () => {
    const refused = Array.from({ length: 5 }, (_, index) => ipFrame(BigInt(index), 60_000));
    for (const [name, some] of Object.entries({ none: [], one: [ipFrame(5n, 100)], refused })) {
      const path = scratch.pcap(`${name}.pcap`, some);
      const { code, stdout, stderr } = weir(["watch", path, ...POLICY, "--json"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { memory: _, ...expected } = meterJson([path, ...POLICY]) as unknown as Record<string, unknown>;
      expect(lastJson(stdout)).toEqual(expected);
    }
  });

  test("cut in its midst: exit 1, one line, and the summary of what there was", () => {
    const path = scratch.write("cut.pcap", writePcap(frames).subarray(0, 1000));
    const { code, stdout, stderr } = weir(["watch", path, ...POLICY, "--json"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^weir: .*cut\.pcap: ends inside a record at byte .*; the 16 packets before it are reported\n$/u,
    );
    expect(lastJson(stdout)).toMatchObject({ packets: 16, truncated: true });
  });

  test("no capture: exit 1 and one line", () => {
    const { code, stdout, stderr } = weir(["watch", scratch.write("notes.txt", "notes\n"), ...POLICY]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(ONE_LINE) });
    expect(stdout).toBe("no packet yet\n");
  });
});

describe("bad usage: exit 2 and one line", () => {
  test.for<readonly [readonly string[], RegExp]>([
    [[small], /policy: is missing/u],
    [["-", ...POLICY, "--follow"], /follow: waits for files to grow; stdin is watched as it comes, leave it out/u],
    [[small, OFFICE, ...POLICY], /capture ".*office\.pcap\.gz": one capture is watched at a time; merge them/u],
    [["-", "-", ...POLICY], /stdin can be read once/u],
    [[small, ...POLICY, "--follow", "--once"], /follow: waits at the end and --once leaves; choose one/u],
    [
      [OFFICE, ...POLICY, "--follow"],
      /follow: cannot wait for more of .*office\.pcap\.gz, which is compressed; leave it out/u,
    ],
    [[small, ...POLICY, "--speed", "fast"], /speed "fast": must be a number from 0\.001 to 1000000, or 0 or max/u],
    [[small, ...POLICY, "--speed", "-1"], /speed "-1": must be a number/u],
    [[small, ...POLICY, "--web", "70000"], /web "70000": must be a whole number from 0 to 65535/u],
    [[small, ...POLICY, "--by", "port"], /by "port": is one of/u],
  ])("%s", ([args, message]) => {
    const { code, stdout, stderr } = weir(["watch", ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(ONE_LINE) });
    expect(stderr).toMatch(message);
  });

  test("no such file: exit 1", () => {
    const { code, stdout, stderr } = weir(["watch", "nowhere.pcap", ...POLICY]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe("weir: nowhere.pcap: no such file; check the path\n");
  });
});

describe("live", () => {
  test("a pipe is shown as it comes; its end is the end", async () => {
    const child = start(["-", ...POLICY, "--json"], "pipe");
    const end = exitOf(child);
    const stdout = text(child.stdout!);
    child.stdin!.write(pcapHeader());
    for (const frame of frames) child.stdin!.write(pcapRecord(frame));
    await once(child.stdout!, "data");
    expect(child.exitCode).toBeNull();
    child.stdin!.end();
    expect(await end).toEqual([0, null]);
    const documents = (await stdout)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(documents[0]).toMatchObject({ kind: "second", mode: "live", packets: 40 });
    expect(lastJson(await stdout)).toMatchObject({ packets: 40, interrupted: false });
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s: exit 130, and the figures up to there", async (signal) => {
    const child = start(["-", ...POLICY, "--json"], "pipe");
    const end = exitOf(child);
    const stdout = text(child.stdout!);
    child.stdin!.write(writePcap(frames));
    await once(child.stdout!, "data");
    child.kill(signal);
    expect(await end).toEqual([130, null]);
    expect(lastJson(await stdout)).toMatchObject({ packets: 40, interrupted: true });
    child.stdin!.destroy();
  });

  test("a file that grows, until Ctrl-C at its end: nothing is missing", async () => {
    const bytes = writePcap(frames);
    const path = scratch.write("grows.pcap", bytes.subarray(0, 700));
    const child = start([path, ...POLICY, "--follow", "--json"]);
    const end = exitOf(child);
    const stdout = text(child.stdout!);
    await pause(700);
    appendFileSync(path, bytes.subarray(700, 1500));
    await pause(300);
    appendFileSync(path, bytes.subarray(1500));
    await pause(900);
    child.kill("SIGINT");
    expect(await end).toEqual([130, null]);
    const { memory: _, ...expected } = meterJson([path, ...POLICY]) as unknown as Record<string, unknown>;
    expect(lastJson(await stdout)).toEqual(expected);
  });

  test("a reader that leaves ends it quietly", async () => {
    const child = start(["-", ...POLICY], "pipe");
    const end = exitOf(child);
    const stderr = text(child.stderr!);
    child.stdin!.write(writePcap(frames));
    child.stdout!.once("data", () => child.stdout!.destroy());
    expect(await end).toEqual([0, null]);
    expect(await stderr).toBe("");
    child.stdin!.destroy();
  });

  test("--web: the address is told, the page and its events are served, and Ctrl-C ends them", async () => {
    const child = start([small, ...POLICY, "--web", "--json"]);
    const end = exitOf(child);
    const stdout = text(child.stdout!);
    const [line] = (await once(child.stderr!, "data")) as [Buffer];
    const [, url] = /^weir: watch at (http:\/\/127\.0\.0\.1:\d+\/)\n$/u.exec(line.toString())!;
    const page = await fetch(url!);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toContain("small.pcap - weir watch</title>");
    const events = await fetch(`${url}events`);
    const reading = events.text();
    await pause(700);
    // Somebody may still come to look.
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    expect(await end).toEqual([130, null]);
    const told = await reading;
    expect(told).toContain('"total":{"packets":40,"bytes":40000}');
    expect(told.endsWith("event: end\ndata: {}\n\n")).toBe(true);
    expect(lastJson(await stdout)).toMatchObject({ packets: 40, interrupted: false });
  });
});
