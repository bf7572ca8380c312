/** `weir report` through its process: totals, outputs, errors, pipes, Ctrl-C. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { reportCommand } from "../../src/cli/commands/report.ts";
import { unpackMarks } from "../../src/see/packing.ts";
import { ipFrame, MAIN, meterJson, MS, OFFICE, POLICY, ROOT, Scratch, type SummaryJson, weir } from "../support/cli.ts";
import { dataOf, sumOf } from "../support/seen.ts";
import { pcapHeader, pcapRecord } from "../support/writer.ts";

const scratch = new Scratch();
const PATIENCE_MS = 20_000;
const OFFICE_PACKETS = 108_737;

function read(name: string): string {
  return readFileSync(scratch.at(name), "utf8");
}

/** The summary that a report holds, without what a run takes. */
function summaryOf(html: string): unknown {
  return { ...(dataOf(html).summary as object), memory: null };
}

describe("a report", () => {
  test.each([
    ["a bucket", POLICY],
    ["a marker", ["--meter", "trtcm", "--cir", "1 Mbit/s", "--cbs", "16 kB", "--pir", "2 Mbit/s", "--pbs", "32 kB"]],
    ["classes", ["--policy", "docs/office.yaml"]],
    ["sources", [...POLICY, "--by", "src/24", "--skip-other"]],
  ])("of %s has the totals of weir meter --json", (name, policy) => {
    const file = scratch.at("totals.html");
    const answer = weir(["report", OFFICE, ...policy, "-o", file]);
    expect({ ...answer, stdout: "" }).toStrictEqual({ code: 0, stdout: "", stderr: "" });
    expect(answer.stdout).toMatch(/totals\.html: [\d.]+ kB\n$/u);
    const expected: SummaryJson = meterJson([OFFICE, ...policy, "--top", name === "classes" ? "1000" : "0"]);
    expect(summaryOf(read("totals.html"))).toStrictEqual({ ...expected, topFlows: [], memory: null });
  });

  test("goes to stdout, and to report.html where nothing else is said", () => {
    const { stdout, stderr } = weir(["report", OFFICE, ...POLICY, "-o", "-"]);
    expect([stdout.slice(0, 15), stderr]).toStrictEqual(["<!doctype html>", ""]);
    expect(weir(["report", OFFICE, ...POLICY], { cwd: scratch.path }).stdout).toMatch(/^report\.html: /u);
    expect(read("report.html")).toBe(stdout);
    expect(weir(["report", OFFICE, ...POLICY, "-o", scratch.at("quiet.html"), "--quiet"]).stdout).toBe("");
  });

  test("has as many charts and flows as asked for", () => {
    const { stdout } = weir(["report", OFFICE, ...POLICY, "-o", "-", "--charts", "3", "--top", "5"]);
    const { watched, flows } = dataOf(stdout);
    expect([watched.length, flows.length]).toStrictEqual([3, 5]);
  });

  test("of a pipe follows flows from their first refused packet on, and says so", () => {
    const frames = Array.from({ length: 30 }, (_, index) =>
      ipFrame(BigInt(index) * 10n * MS, 1000, { sourcePort: index % 3 === 0 ? 1 : 2 }),
    );
    const capture = readFileSync(scratch.pcap("pipe.pcap", frames));
    const policy = ["--meter", "token-bucket", "--rate", "1 kB/s", "--burst", "2 kB"];
    const { stdout, stderr, code } = weir(["report", "-", ...policy, "-o", "-"], { input: capture });
    expect([code, stderr]).toStrictEqual([0, ""]);
    expect(stdout).toContain("A capture could be read once only: flows are followed from their first refused packet");
    const { watched } = dataOf(stdout);
    const { topFlows } = meterJson([scratch.at("pipe.pcap"), ...policy]);
    expect(watched.map(({ flow, isPartial }) => [flow, isPartial])).toStrictEqual(
      topFlows.map(({ flow }) => [flow, true]),
    );
    for (const [index, { red }] of watched.entries()) {
      expect(sumOf(unpackMarks(red).packets)).toBe(topFlows[index]!.red.packets);
    }
  });

  test("of several captures, one of them compressed, is merged by time", () => {
    const late = scratch.pcap("late.pcap", [ipFrame(MS, 100)]);
    const { stdout } = weir(["report", OFFICE, late, ...POLICY, "-o", "-"]);
    expect((dataOf(stdout).summary as SummaryJson).packets).toBe(OFFICE_PACKETS + 1);
  });
});

describe("what goes wrong", () => {
  test("a damaged capture: reported up to there, exit 1, and the page says so", () => {
    const whole = readFileSync(scratch.pcap("whole.pcap", [ipFrame(0n, 100), ipFrame(MS, 200)]));
    const cut = scratch.write("cut.pcap", whole.subarray(0, -7));
    const { code, stdout, stderr } = weir(["report", cut, ...POLICY, "-o", "-"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^weir: \S+cut\.pcap: ends inside a record at byte \d+; the 1 packets before it are reported\n$/u,
    );
    expect(stdout).toContain(stderr.trim().replace("weir: ", ""));
    expect((dataOf(stdout).summary as SummaryJson).packets).toBe(1);
  });

  test("nothing readable: no report, and one that is there stays", () => {
    const notes = scratch.write("notes.txt", "no capture");
    const old = scratch.write("old.html", "old");
    expect(weir(["report", notes, ...POLICY, "-o", scratch.at("none.html")])).toMatchObject({ code: 1, stdout: "" });
    expect(existsSync(scratch.at("none.html"))).toBe(false);
    expect(weir(["report", notes, ...POLICY, "-o", old]).code).toBe(1);
    expect(weir(["report", scratch.at("absent.pcap"), ...POLICY, "-o", old]).code).toBe(1);
    expect(read("old.html")).toBe("old");
  });

  test.each([
    ["no policy", [], /policy: is missing; state one, such as: weir report/u],
    ["too many charts", [...POLICY, "--charts", "13"], /charts "13": must be a whole number from 0 to 12/u],
    ["too many flows", [...POLICY, "--top", "10001"], /top "10001": must be a whole number from 0 to 10000/u],
    [
      "a key beside classes",
      ["--policy", "docs/office.yaml", "--by", "src"],
      /by "src": cannot stand beside the classes/u,
    ],
    ["stdin twice", [...POLICY, "-", "-"], /stdin can be read once/u],
  ])("%s: exit 2", (_, args, message) => {
    const { code, stdout, stderr } = weir(["report", OFFICE, ...args, "-o", scratch.at("never.html")]);
    expect([code, stdout]).toStrictEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^weir: [^\n]+\n$/u);
    expect(existsSync(scratch.at("never.html"))).toBe(false);
  });

  test("an output that cannot be written is told before anything is read", () => {
    const { code, stderr } = weir(["report", scratch.at("absent.pcap"), ...POLICY, "-o", scratch.at("no/folder.html")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/folder\.html: cannot write: its folder does not exist; make it first\n$/u);
  });
});

test("Ctrl-C: the report of what was read so far, exit 130", async () => {
  const file = scratch.at("interrupted.html");
  const child = spawn(process.execPath, [MAIN, "report", "-", ...POLICY, "-o", file], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const answer = Promise.all([once(child, "exit"), text(child.stderr)]);
  child.stdin.write(pcapHeader());
  for (let packet = 0n; packet < 5n; packet += 1n) child.stdin.write(pcapRecord(ipFrame(packet * MS, 100)));
  await pause(1500);
  child.kill("SIGINT");
  const [[code], stderr] = await answer;
  clearTimeout(patience);
  expect([code, stderr]).toStrictEqual([130, ""]);
  const html = readFileSync(file, "utf8");
  expect(html).toContain("Interrupted: the figures hold up to there.");
  expect((dataOf(html).summary as SummaryJson).packets).toBe(5);
});

describe("help", () => {
  const { stdout } = weir(["report", "--help"]);

  test.for(reportCommand().options.map(({ long }) => long!))("%s has an example that uses it", (name) => {
    const [, section = ""] = stdout.split(new RegExp(`^ {2}(?:-o, )?${name}(?![\\w-])`, "mu"));
    const [own] = section.split(/^ {2}-/mu);
    expect(own).toMatch(/example: -/u);
  });

  test("names the exit codes and a whole command", () => {
    expect(stdout).toMatch(/^Usage: weir report \[options\] <capture\.\.\.>\n/u);
    expect(stdout).toMatch(/^ {2}weir report \S+ --meter \S+ --rate \S+ --burst \S+ -o report\.html$/mu);
    expect(stdout).toMatch(/Exit codes: 0 done, 1 .*, 2 .*, 130 /u);
  });
});
