/** `weir synth`: what it writes is what `weir meter` reads, and what may go wrong around a run. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { shownCommands, shownPart, wordsOf } from "../../scripts/docs/document.ts";
import { PRESETS } from "../../src/synth/presets.ts";
import { OPTION_NAMES, SYNTH_OPTIONS } from "../../src/synth/table.ts";
import { MAIN, meterJson, POLICY, ROOT, Scratch, weir } from "../support/cli.ts";
import { captureOf, pcapFrames } from "../support/synth.ts";

const scratch = new Scratch();
const ONE_LINE = /^weir: [^\n]+\n$/u;
const PATIENCE_MS = 20_000;
/** More than any of these tests waits for. */
const ENDLESS = ["--packets", "1000000000", "--rate", "10Gbit/s", "--snap", "96"] as const;

function synth(...args: readonly string[]) {
  return weir(["synth", ...args], { cwd: scratch.path });
}

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, "synth", ...args], {
    cwd: scratch.path,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  child.once("exit", () => clearTimeout(patience));
  return child;
}

async function exitOf(child: ChildProcess): Promise<readonly [number | null, string | null]> {
  return (await once(child, "exit")) as [number | null, string | null];
}

describe("what is written is what is metered", () => {
  test.each(PRESETS.map(({ name }) => name))("%s, in both formats", (name) => {
    const frames = pcapFrames(captureOf({ preset: name }));
    const bytes = frames.reduce((sum, frame) => sum + frame.frameBytes, 0);
    for (const file of [`${name}.pcap`, `${name}.pcapng`]) {
      const { code, stdout, stderr } = synth("--preset", name, "-o", file, "--snap", "96");
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(
        /^[\w-]+\.pcap(?:ng)? {2}[\d,]+ packets(?: \([^)]+\))?, [\d.]+ MB on the wire in [^\n]+\n$/u,
      );
      const summary = meterJson([scratch.at(file), ...POLICY]);
      const other = { packets: 0, bytes: 0 };
      expect(summary).toMatchObject({ packets: frames.length, bytes, other, truncated: false });
      expect(summary.time.regressions).toBe(0);
    }
  });

  test("the file has the bytes that the library makes, on stdout too", () => {
    const wanted = captureOf({ preset: "bursty", packets: "3000" });
    const args = ["--preset", "bursty", "--packets", "3000"];
    expect(synth(...args, "-o", "bytes.pcap").code).toBe(0);
    expect(Buffer.compare(readFileSync(scratch.at("bytes.pcap")), wanted)).toBe(0);
    const piped = spawnSync(process.execPath, [MAIN, "synth", ...args, "-o", "-"], { maxBuffer: 1 << 28 });
    expect(piped.status).toBe(0);
    expect(piped.stderr.toString()).toMatch(/^stdout {2}3,000 packets, [^\n]+\n$/u);
    expect(Buffer.compare(piped.stdout, wanted)).toBe(0);
  });

  test("the summary tells bursts and floods apart; --quiet leaves it out", () => {
    const args = ["--duration", "2s", "--burst-at", "1s", "--flood", "0s-1s", "--flood-rate", "500packets/s"];
    expect(synth(...args, "-o", "apart.pcap").stdout).toContain(" packets (100 in bursts, 500 of the flood), ");
    expect(synth(...args, "-o", "apart.pcap", "--quiet")).toStrictEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("a packet alone, and none at all", () => {
    expect(synth("--packets", "1", "-o", "one.pcapng").stdout).toMatch(/^one\.pcapng {2}1 packet, /u);
    expect(meterJson([scratch.at("one.pcapng"), ...POLICY])).toMatchObject({ packets: 1 });
    expect(synth("--duration", "1ns", "-o", "none.pcap").stdout).toMatch(/^none\.pcap {2}0 packets, 0 B on the wire/u);
    expect(meterJson([scratch.at("none.pcap"), ...POLICY])).toMatchObject({ packets: 0, truncated: false });
  });
});

describe("ends that were not planned", () => {
  test.each(["cut.pcap", "cut.pcapng"])("Ctrl-C: exit 130, and %s ends where a packet ends", async (file) => {
    const child = start([...ENDLESS, "-o", file]);
    const answer = Promise.all([exitOf(child), text(child.stdout!), text(child.stderr!)]);
    const path = scratch.at(file);
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 20) {
      if (existsSync(path) && statSync(path).size > 2 ** 21) break;
      await pause(20);
    }
    child.kill("SIGINT");
    const [end, stdout, stderr] = await answer;
    expect({ end, stderr }).toStrictEqual({ end: [130, null], stderr: "" });
    const [, packets = ""] = /^cut\.pcap(?:ng)? {2}([\d,]+) packets/u.exec(stdout) ?? [];
    const summary = meterJson([path, ...POLICY]);
    expect(summary).toMatchObject({ packets: Number(packets.replaceAll(",", "")), truncated: false });
  });

  test("Ctrl-C while the reader takes nothing: exit 130 within 5 s", async () => {
    const child = start([...ENDLESS, "-o", "-"]);
    const end = exitOf(child);
    await once(child.stdout!.pause(), "readable");
    await pause(500);
    expect(child.exitCode).toBeNull();
    const sinceMs = performance.now();
    child.kill("SIGINT");
    expect(await end).toStrictEqual([130, null]);
    expect(performance.now() - sinceMs).toBeLessThan(5000);
    child.stdout!.destroy();
  });

  test("a reader that goes away: exit 0 without a word", async () => {
    const child = start([...ENDLESS, "-o", "-"]);
    const answer = Promise.all([exitOf(child), text(child.stderr!)]);
    child.stdout!.once("data", () => child.stdout!.destroy());
    expect(await answer).toStrictEqual([[0, null], ""]);
  });

  if (existsSync("/dev/full")) {
    test("a full disk: exit 1 and one line", () => {
      symlinkSync("/dev/full", scratch.at("full.pcap"));
      const { code, stdout, stderr } = synth("-o", "full.pcap");
      expect({ code, stdout }).toStrictEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(ONE_LINE);
      expect(stderr).toContain("full.pcap: cannot write: the disk is full");
    });
  } else {
    process.stdout.write("NOT TESTED, there is no /dev/full here: a full disk\n");
  }

  test("a folder that does not exist: exit 1 and one line", () => {
    const { code, stderr } = synth("-o", join("nowhere", "out.pcap"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: \S+out\.pcap: cannot write: its folder does not exist; make it first\n$/u);
  });
});

describe("wrong options: exit 2, one line, and no file", () => {
  test.for<readonly [readonly string[], RegExp]>([
    [[], /output: is missing; name a capture, such as: weir synth /u],
    [["-o", "out.gz"], /output "out\.gz": name a \.pcap or \.pcapng file/u],
    [["-o", "out.pcap", "--format", "pcapng"], /format "pcapng": the output is named out\.pcap; name it \.pcapng/u],
    [
      ["-o", "out.pcap", "--rate", "10"],
      /rate "10": a number needs a unit; write 10 kbit\/s, 10 kB\/s or 10 packets\/s/u,
    ],
    [["-o", "out.pcap", "--packets", "many"], /packets "many": must be a whole number from 1 to/u],
    [["-o", "out.pcap", "--flood", "9s"], /flood "9s": is not from one time to another, such as 5s-10s/u],
    [["-o", "out.pcap", "--preset", "offices"], /preset "offices": is office, cbr, .* did you mean office\?/u],
    [["-o", "out.pcap", "--burst-gap", "1us"], /burst-gap "1us": there are no bursts; say when with --burst-at/u],
    [["-o", "out.pcap", "--speed", "9"], /unknown option '--speed'/u],
    [["-o", "out.pcap", "more"], /too many arguments/u],
    [["-o"], /option '-o, --output <file>' argument missing/u],
  ])("%j", ([args, message]) => {
    const { code, stdout, stderr } = synth(...args);
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toMatch(message);
    expect(existsSync(scratch.at("out.pcap"))).toBe(false);
  });
});

describe("help", () => {
  const { code, stdout, stderr } = weir(["synth", "--help"]);

  test("names every option with an example that uses it, every preset, the exit codes", () => {
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: weir synth \[options\]\n/u);
    for (const name of OPTION_NAMES) {
      const [, section = ""] = stdout.split(new RegExp(`^ {2}--${name}(?![\\w-])`, "mu"));
      const [own] = section.split(/^ {2}-/mu);
      expect(own, name).toContain(`example: --${name} ${SYNTH_OPTIONS[name].example}`);
    }
    for (const { name, shows } of PRESETS) expect(stdout).toContain(`  ${name}: ${shows}\n`);
    expect(stdout).toMatch(/Exit codes: 0 done, 1 .*, 2 .*, 130 /u);
    expect(weir(["--help"]).stdout).toContain("synth [options]");
  });
});

describe("docs/synth.md", () => {
  const document = readFileSync(join(ROOT, "docs/synth.md"), "utf8");
  const commands = shownCommands(document);

  test("its commands, one after the other in one folder, print what it shows", () => {
    expect(commands.length).toBeGreaterThan(PRESETS.length);
    for (const { command, output } of commands) {
      const [program, ...args] = wordsOf(command);
      const answer = weir(args, { cwd: scratch.path });
      expect([program, answer.code, answer.stderr], command).toStrictEqual(["weir", 0, ""]);
      expect(args[0] === "synth" ? answer.stdout : shownPart(answer.stdout), command).toBe(output);
    }
  });

  test("the lines of its first block run in a shell", () => {
    const [, block = ""] = /```sh\n([\s\S]*?)```/u.exec(document) ?? [];
    const lines = block.trim().split("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      const command = line.replaceAll(/\bweir (?=synth|meter)/gu, `"${process.execPath}" "${MAIN}" `);
      const { status, stderr } = spawnSync(command, { cwd: scratch.path, shell: true, encoding: "utf8" });
      expect(status, `${line}: ${stderr}`).toBe(0);
    }
  });

  test("it names every option and makes every preset", () => {
    expect(OPTION_NAMES.filter((name) => !document.includes(`--${name}`))).toStrictEqual([]);
    for (const { name } of PRESETS) {
      expect(commands.some(({ command }) => command.startsWith(`weir synth --preset ${name} `))).toBe(true);
    }
  });
});
