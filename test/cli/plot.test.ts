/** `weir plot` through its process: what it draws by default, its choices, its errors. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { plotCommand } from "../../src/cli/commands/plot.ts";
import { ipFrame, MAIN, meterJson, meterRows, MS, OFFICE, POLICY, ROOT, Scratch, weir } from "../support/cli.ts";
import { PLOTTED, shownPlots, wordsOf } from "../../scripts/docs/document.ts";
import { drawnPanels } from "../support/drawn.ts";
import { pcapHeader, pcapRecord } from "../support/writer.ts";

const scratch = new Scratch();
const PATIENCE_MS = 20_000;
const TITLE = /<text class="head"[^>]*>([^<]*)</u;

/** The picture that goes to stdout, without a word on stderr. */
function plot(args: readonly string[]): string {
  const { code, stdout, stderr } = weir(["plot", ...args, "-o", "-"]);
  expect([code, stderr]).toStrictEqual([0, ""]);
  return stdout;
}

function titleOf(svg: string): string {
  return TITLE.exec(svg)![1]!.replaceAll("&gt;", ">");
}

function count(value: number | string): string {
  return value.toLocaleString("en-US");
}

describe("a picture", () => {
  const { topFlows, red, packets } = meterJson([OFFICE, ...POLICY]);

  test("is of the worst flow's level, with its counts", () => {
    const svg = plot([OFFICE, ...POLICY]);
    const [worst] = topFlows;
    expect(titleOf(svg)).toBe(`${worst!.flow}: ${count(worst!.packets)} packets, ${count(worst!.red.packets)} refused`);
    expect(drawnPanels(svg).length).toBe(1);
    expect(svg).toContain("office.pcap.gz");
    expect(svg).toContain("prefers-color-scheme:dark");
  });

  test("of a flow by its name", () => {
    const { flow, red: refused } = topFlows[6]!;
    const svg = plot([OFFICE, ...POLICY, "--flow", flow]);
    expect(titleOf(svg).startsWith(`${flow}: `)).toBe(true);
    expect(titleOf(svg).endsWith(`, ${count(refused.packets)} refused`)).toBe(true);
  });

  test("of all packets: their rates", () => {
    const svg = plot([OFFICE, ...POLICY, "--all"]);
    expect(titleOf(svg)).toBe(`all packets: ${count(packets)} packets, ${count(red.packets)} refused`);
    expect(svg).toContain("rate, means of");
  });

  test("of all packets as one flow: its level", () => {
    expect(titleOf(plot([OFFICE, ...POLICY, "--by", "all"]))).toMatch(/^all: 108,737 packets, /u);
  });

  test("of a flow's rate, and of both buckets of a marker", () => {
    expect(plot([OFFICE, ...POLICY, "--what", "rate"])).toContain("rate, means of");
    const marker = ["--meter", "srtcm", "--cir", "1 Mbit/s", "--cbs", "16 kB", "--ebs", "32 kB"];
    const svg = plot([OFFICE, ...marker]);
    expect(drawnPanels(svg).length).toBe(2);
    expect(svg).toContain("committed bucket, level");
    expect(svg).toContain("excess bucket, level");
  });

  test("of classes: rates of all packets", () => {
    expect(titleOf(plot([OFFICE, "--policy", "docs/office.yaml", "--all"]))).toMatch(
      /^all packets: 108,737 packets, /u,
    );
  });

  test("of no packet, of one, of refused ones only", () => {
    const policy = ["--meter", "token-bucket", "--rate", "1 kB/s", "--burst", "500 B"];
    expect(plot([scratch.pcap("empty.pcap", []), ...policy])).toContain(">no packets</text>");
    expect(titleOf(plot([scratch.pcap("one.pcap", [ipFrame(0n, 100)]), ...policy]))).toMatch(/: 1 packet, 0 refused$/u);
    const one = plot([scratch.at("one.pcap"), ...policy, "--all"]);
    expect(one).toContain("all packets came at one instant: there is no rate over time");
    const frames = Array.from({ length: 5 }, (_, index) => ipFrame(BigInt(index) * MS, 1000));
    expect(titleOf(plot([scratch.pcap("red.pcap", frames), ...policy]))).toMatch(/: 5 packets, 5 refused$/u);
  });

  test("of a pipe", () => {
    const frames = Array.from({ length: 9 }, (_, index) => ipFrame(BigInt(index) * MS, 1000));
    const input = readFileSync(scratch.pcap("pipe.pcap", frames));
    const policy = ["--meter", "token-bucket", "--rate", "1 kB/s", "--burst", "2 kB"];
    const { code, stdout, stderr } = weir(["plot", "-", ...policy, "-o", "-"], { input });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^weir: A capture could be read once only: [^\n]+\n$/u);
    expect(titleOf(stdout)).toMatch(/: 7 packets, 7 refused$/u);
  });

  test("of a part of the time: what happened in it", () => {
    const { flow } = topFlows[6]!;
    const window = ["--from", "4.4s", "--to", "5.6s"];
    const rows = meterRows([OFFICE, ...POLICY, "--skip-other"]);
    const { firstNs } = meterJson([OFFICE, ...POLICY]).time;
    const beganNs = BigInt(firstNs!);
    const within = rows.filter(({ timeNs }) => timeNs >= beganNs + 4400n * MS && timeNs <= beganNs + 5600n * MS);
    const own = within.filter((row) => row.flow === flow);
    const refused = own.filter(({ color }) => color === "red");
    const counted = `${count(own.length)} packets, ${count(refused.length)} refused`;
    for (const what of ["level", "rate"]) {
      const svg = plot([OFFICE, ...POLICY, "--flow", flow, ...window, "--what", what]);
      expect(titleOf(svg)).toBe(`${flow}: ${counted}`);
      expect(svg).toContain("office.pcap.gz, 4.4 s to 5.6 s of 25.444 s");
    }
    const late = plot([OFFICE, ...POLICY, "--all", "--from", "25.44s"]);
    expect(titleOf(late)).toMatch(/^all packets: \d packets?, 0 refused$/u);
  });

  test("is written as SVG or PNG by its name", () => {
    const [svg, png] = [scratch.at("level.svg"), scratch.at("level.png")];
    expect(weir(["plot", OFFICE, ...POLICY, "-o", svg])).toStrictEqual({ code: 0, stdout: `${svg}\n`, stderr: "" });
    expect(weir(["plot", OFFICE, ...POLICY, "-o", png])).toStrictEqual({ code: 0, stdout: `${png}\n`, stderr: "" });
    expect(readFileSync(svg, "utf8")).toBe(plot([OFFICE, ...POLICY]));
    expect(readFileSync(png).subarray(1, 4).toString()).toBe("PNG");
  });
});

test("the pictures of documents are what their commands draw", () => {
  const documents = PLOTTED.map((path) => readFileSync(join(ROOT, path), "utf8"));
  const commands = documents.flatMap(shownPlots);
  expect(commands.length).toBeGreaterThanOrEqual(3);
  for (const { command, file } of commands) {
    const [, , ...args] = wordsOf(command);
    const drawn = plot(args.slice(0, -2));
    expect(readFileSync(join(ROOT, file), "utf8") === drawn, `${file}: npm run docs draws it again`).toBe(true);
  }
});

test("Ctrl-C: the picture of what was read so far, exit 130", async () => {
  const child = spawn(process.execPath, [MAIN, "plot", "-", ...POLICY, "--all", "-o", "-"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const answer = Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]);
  child.stdin.write(pcapHeader());
  for (let packet = 0n; packet < 5n; packet += 1n) child.stdin.write(pcapRecord(ipFrame(packet * MS, 100)));
  await pause(1500);
  child.kill("SIGINT");
  const [[code], svg, stderr] = await answer;
  clearTimeout(patience);
  expect([code, stderr]).toStrictEqual([130, ""]);
  expect(titleOf(svg)).toBe("all packets: 5 packets, 0 refused");
});

describe("what goes wrong", () => {
  test.each([
    [
      "another format",
      [...POLICY, "-o", "x.gif"],
      /output "x\.gif": is written as SVG or PNG; name an \.svg or \.png/u,
    ],
    ["another picture", [...POLICY, "--what", "delay"], /what "delay": is one of level, rate/u],
    ["the level of all", [...POLICY, "--all", "--what", "level"], /leave --all out and give --by all/u],
    ["all and one", [...POLICY, "--all", "--flow", "x"], /all: draws all packets together; leave it or --flow out/u],
    [
      "a flow under classes",
      ["--policy", "docs/office.yaml"],
      /Under a policy of classes.* The rates of all packets: --all/u,
    ],
    [
      "no such flow",
      [...POLICY, "--flow", "udp 1.2.3.4:5 > 6.7.8.9:10"],
      /such as "tcp 10\.1\.0\.14:38366 > 10\.2\.0\.5:5201"/u,
    ],
    ["a time before the first packet", [...POLICY, "--from", "-1s"], /from "-1s": must be at least 0 s/u],
    ["an end before the beginning", [...POLICY, "--from", "2s", "--to", "1s"], /to "1s": must be after .* from 2s/u],
    [
      "a time behind the capture",
      [...POLICY, "--from", "60s"],
      /from: must lie in the capture, which is 25\.444 s long/u,
    ],
    ["no policy", [], /policy: is missing; state one, such as: weir plot/u],
  ])("%s: exit 2, one line", (_, args, message) => {
    const output = args.includes("-o") ? [] : ["-o", scratch.at("never.svg")];
    const { code, stdout, stderr } = weir(["plot", OFFICE, ...args, ...output]);
    expect([code, stdout]).toStrictEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^weir: [^\n]+\n$/u);
    expect(existsSync(scratch.at("never.svg"))).toBe(false);
  });
});

describe("help", () => {
  const { stdout } = weir(["plot", "--help"]);

  test.for(plotCommand().options.map(({ long }) => long!))("%s has an example that uses it", (name) => {
    const [, section = ""] = stdout.split(new RegExp(`^ {2}(?:-o, )?${name}(?![\\w-])`, "mu"));
    const [own] = section.split(/^ {2}-/mu);
    expect(own).toMatch(/example: -/u);
  });

  test("names the exit codes and a whole command", () => {
    expect(stdout).toMatch(/^ {2}weir plot \S+ --meter \S+ --rate \S+ --burst \S+ -o level\.svg$/mu);
    expect(stdout).toMatch(/Exit codes: 0 done, 1 .*, 2 .*, 130 /u);
  });
});
