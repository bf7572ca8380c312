/** `weir shape`: the figures of the field's texts, what it writes as tshark reads it, and what may go wrong. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ipFrame, MAIN, meterJson, OFFICE, Scratch, tableRows, weir } from "../support/cli.ts";
import { NgWriter } from "../support/ngwriter.ts";
import { readCapture } from "../support/readcapture.ts";
import { SECOND_NS, writePcap } from "../support/writer.ts";

const scratch = new Scratch();
const ONE_LINE = /^weir: [^\n]+\n$/u;
const PATIENCE_MS = 30_000;
const START_NS = 1_700_000_000n * SECOND_NS;
const CONTRACT = ["--rate", "500kbit/s", "--burst", "64kB"] as const;
const COLUMNS = "index,time_ns,flow,length,color,delay_ns,reason,departure_ns";

function shape(...args: readonly string[]) {
  return weir(["shape", ...args], { cwd: scratch.path });
}

/** The `shape` part of --json. */
function shapedJson(...args: readonly string[]): Readonly<Record<string, unknown>> {
  const { code, stdout, stderr } = shape(...args, "--json");
  if (code !== 0 || stderr !== "") throw new Error(`exit ${code}: ${stderr}`);
  return (JSON.parse(stdout) as { shape: Record<string, unknown> }).shape;
}

function read(name: string) {
  return readCapture(readFileSync(scratch.at(name)));
}

/** Frames of 5 kB, 60 bytes of each captured, all at one instant. */
function crowd(packets: number, originalBytes = 5000): string {
  const frame = { ...ipFrame(START_NS, 60), originalBytes };
  return scratch.write(
    "crowd.pcap",
    writePcap(
      Array.from({ length: packets }, () => frame),
      { clock: "nano" },
    ),
  );
}

describe("the rows of the field's texts", () => {
  test("rows 2 and 23: 10 packets of 5 kB at once, 100 kB at 125 kB/s", () => {
    const args = [crowd(10), "--rate", "125kB/s", "--burst", "100kB", "-o", "out.pcap"];
    const figures = shapedJson(...args);
    expect(read("out.pcap").frames.map(({ timeNs }) => timeNs - START_NS)).toStrictEqual(
      Array.from({ length: 10 }, (_, index) => BigInt(index + 1) * 40_000_000n),
    );
    expect(figures).toMatchObject({
      departed: { packets: 10, bytes: 50_000 },
      dropped: { packets: 0, bytes: 0 },
      delay: { leastNs: 40_000_000, mostNs: 400_000_000, p99Ns: 400_000_000, jitterNs: 40_000_000 },
      output: {
        rate: { unitsPerSec: 125_000 },
        burst: { units: 5000, packets: 1, ns: 0 },
        backlog: { units: 50_000, unit: "bytes" },
      },
    });
  });

  test("row 5: waiting and finishing apart, 0.8 s to the last byte of 100 kB at 125 kB/s", () => {
    const { delay } = shapedJson(crowd(25), "--rate", "125kB/s", "--burst", "100kB", "-o", "out.pcap");
    expect(delay).toMatchObject({
      finishing: { mostNs: 800_000_000, boundNs: 800_000_000 },
      waiting: { mostNs: 760_000_000, boundNs: 760_000_000, packetUnits: 5000 },
    });
    expect(read("out.pcap").frames.length).toBe(20);
  });

  test("row 11: a packet a tick", () => {
    shapedJson(crowd(5), "--shaper", "tick-packets", "--tick", "10ms", "--limit", "3 packets", "-o", "out.pcap");
    const times = read("out.pcap").frames.map(({ timeNs }) => timeNs - START_NS);
    expect(times).toStrictEqual([10_000_000n, 20_000_000n, 30_000_000n]);
  });

  test("row 28: 10 MB at 1 Mbit/s on a line of 10 Mbit/s take 80 s instead of 8 s", () => {
    const args = [crowd(2000), "--rate", "1Mbit/s", "--burst", "10MB", "-o", "out.pcap", "--line", "10Mbit/s"];
    expect(shapedJson(...args)).toMatchObject({
      output: { waitingNs: 80_000_000_000, line: { neededNs: 8_000_000_000, unusedShare: "9/10" } },
    });
  });
});

describe("office", () => {
  const args = [OFFICE, ...CONTRACT, "-o", "shaped.pcap", "--dropped", "lost.pcapng", "--packets", "rows.csv"];
  const { code, stdout, stderr } = shape(...args);
  const rows = tableRows(readFileSync(scratch.at("rows.csv"), "utf8"), COLUMNS);
  const [shaped, lost] = [read("shaped.pcap"), read("lost.pcapng")];

  test("is written in order of departure, as the rows have it, and what was dropped at its arrival", () => {
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: "" });
    const departures = rows.flatMap((row) => (row[7] === "" ? [] : [BigInt(row[7]!)]));
    expect(shaped.frames.map(({ timeNs }) => timeNs)).toStrictEqual(
      departures.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0)),
    );
    const dropped = rows.filter((row) => row[4] === "red").map((row) => BigInt(row[1]!));
    expect(lost.frames.map(({ timeNs }) => timeNs)).toStrictEqual(dropped);
    expect(shaped.frames.length + lost.frames.length).toBe(rows.length);
    expect([shaped.format, lost.format, shaped.faces[0]!.snapBytes]).toStrictEqual(["pcap", "pcapng", 96]);
  });

  test("the summary has its figures", () => {
    for (const part of [/departed +90,424 /u, /dropped +18,313 /u, /finishing +most [^\n]* of 1\.024 s \(b \/ r\)/u]) {
      expect(stdout).toMatch(part);
    }
    expect(stdout).toMatch(/burst +longest of a flow 1518 B, 1 packet/u);
  });

  test("drops what the meter refuses, and metered again nothing", () => {
    const meterArgs = ["--meter", "token-bucket", ...CONTRACT];
    expect(meterJson([OFFICE, ...meterArgs]).red.packets).toBe(lost.frames.length);
    expect(meterJson([scratch.at("shaped.pcap"), ...meterArgs])).toMatchObject({
      packets: shaped.frames.length,
      red: { packets: 0 },
      time: { regressions: 0 },
    });
  });

  const tshark = spawnSync("tshark", ["--version"]).status === 0;
  if (!tshark) console.warn("NOT TESTED, tshark is not installed: that an independent reader takes shaped captures");
  test.runIf(tshark)("tshark reads both, all frames and no error", () => {
    for (const [name, frames] of [
      ["shaped.pcap", shaped.frames.length],
      ["lost.pcapng", lost.frames.length],
    ] as const) {
      const fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "_ws.malformed"];
      const answer = spawnSync("tshark", ["-r", scratch.at(name), ...fields], { encoding: "utf8", maxBuffer: 1 << 28 });
      expect(answer.status).toBe(0);
      // tshark says so of itself, where tests run with all rights.
      const said = answer.stderr.split("\n").filter((line) => line !== "" && !line.startsWith("Running as user "));
      expect(said).toStrictEqual([]);
      const lines = answer.stdout.trimEnd().split("\n");
      expect(lines.length).toBe(frames);
      if (name === "shaped.pcap") {
        const times = lines.map((line) => BigInt(line.split("\t")[0]!.replace(".", "")));
        expect(times).toStrictEqual(shaped.frames.map(({ timeNs }) => timeNs));
      }
    }
  });
});

describe("captures", () => {
  const frames = [0n, 1n, 2n].map((at) => ipFrame(START_NS + at * 1_000_000n, 100));

  test("from stdin to stdout, the summary on stderr", () => {
    const input = writePcap(frames);
    const args = [MAIN, "shape", "-", "--rate", "1Mbit/s", "--burst", "10kB", "-o", "-"];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { input });
    expect(status).toBe(0);
    expect(readCapture(stdout).frames.map(({ bytes }) => bytes)).toStrictEqual(
      frames.map(({ bytes }) => Buffer.from(bytes)),
    );
    expect(stderr.toString()).toContain("departed");
  });

  test.each(["little", "big"] as const)("keep their byte order, %s, their link word and their snap length", (order) => {
    scratch.write("in.pcap", writePcap(frames, { order, link: 0x1400_0001, snapBytes: 100 }));
    shapedJson("in.pcap", ...CONTRACT, "-o", "out.pcap");
    expect(read("out.pcap")).toMatchObject({
      isLittle: order === "little",
      faces: [{ link: 0x1400_0001, snapBytes: 100 }],
    });
  });

  test("pcapng keeps interfaces and the options that still hold; a pcap cannot have two link types", () => {
    const name = [2, new TextEncoder().encode("eth0")] as const;
    const writer = new NgWriter("big");
    writer.interface({ link: 1, snapBytes: 200, options: [name], resolution: { base: 10, exponent: 9 } });
    writer.interface({ link: 101 });
    writer.packet(frames[0]!, 0).packet(frames[1]!, 1);
    scratch.write("two.pcapng", writer.done());
    shapedJson("two.pcapng", ...CONTRACT, "-o", "out.pcapng");
    const out = read("out.pcapng");
    expect(out.isLittle).toBe(false);
    expect(out.faces).toStrictEqual([
      { link: 1, snapBytes: 200, options: [[2, Buffer.from("eth0")]] },
      { link: 101, snapBytes: 0, options: [] },
    ]);
    expect(out.frames.map(({ face }) => face)).toStrictEqual([0, 1]);
    const { code, stderr } = shape("two.pcapng", ...CONTRACT, "-o", "out.pcap");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^weir: out\.pcap: cannot write: a pcap has frames of one link type[^\n]*\.pcapng[^\n]*\n$/u,
    );
    expect(read("out.pcap").frames.length).toBe(1);
  });

  test("several are merged by time", () => {
    scratch.write("a.pcap", writePcap([frames[0]!, frames[2]!]));
    scratch.write("b.pcap", writePcap([frames[1]!], { order: "big" }));
    shapedJson("a.pcap", "b.pcap", "--shaper", "token-bucket", ...CONTRACT, "--limit", "1MB", "-o", "out.pcap");
    expect(read("out.pcap").frames.map(({ timeNs }) => timeNs)).toStrictEqual(frames.map(({ timeNs }) => timeNs));
  });

  test("one without packets is a header", () => {
    scratch.write("empty.pcap", writePcap([], { link: 113 }));
    shapedJson("empty.pcap", ...CONTRACT, "-o", "out.pcap", "--dropped", "out.pcapng");
    expect(read("out.pcap")).toMatchObject({ frames: [], faces: [{ link: 113 }] });
    expect(read("out.pcapng").frames).toStrictEqual([]);
  });

  test("one that is cut gives what is whole, and exit code 1", () => {
    scratch.write("cut.pcap", writePcap(frames).subarray(0, -10));
    const { code, stderr } = shape("cut.pcap", ...CONTRACT, "-o", "out.pcap", "--quiet");
    expect({ code, stderr }).toStrictEqual({ code: 1, stderr: expect.stringMatching(ONE_LINE) });
    expect(read("out.pcap").frames.length).toBe(2);
  });
});

describe("what cannot be", () => {
  const capture = scratch.pcap("sound.pcap", [ipFrame(START_NS, 100)]);
  test.each([
    [[capture, ...CONTRACT], "output: is missing"],
    [[capture, "-o", "out.pcap"], "rate: is missing"],
    [[capture, ...CONTRACT, "-o", "out.txt"], 'output "out.txt": is a capture; name it .pcap or .pcapng'],
    [
      [capture, ...CONTRACT, "-o", "out.pcap", "--format", "pcapng"],
      "is named .pcap, but the format asked for is pcapng",
    ],
    [[capture, ...CONTRACT, "-o", capture], "is a capture that is read"],
    [[capture, ...CONTRACT, "-o", "out.pcap", "--dropped", "./out.pcap"], "output goes to this file already"],
    [[capture, ...CONTRACT, "-o", "-", "--packets", "-"], "output goes to stdout already"],
    [[capture, ...CONTRACT, "-o", "out.pcap", "--hold-memory", "1MiB"], "must be a size from 16MiB to 3GiB"],
    [[capture, ...CONTRACT, "-o", "out.pcap", "--line", "5 packets/s"], "is a rate of bits or bytes"],
    [[capture, "--meter", "gcra", "-o", "out.pcap"], "unknown option '--meter'"],
  ])("%j: exit 2 and one line", (args, text) => {
    const { code, stderr } = shape(...args);
    expect({ code, stderr }).toStrictEqual({ code: 2, stderr: expect.stringMatching(ONE_LINE) });
    expect(stderr).toContain(text);
  });

  test("a policy file of a meter", () => {
    scratch.write("meter.yaml", "meter: token-bucket\nrate: 1 Mbit/s\nburst: 64 kB\n");
    const { code, stderr } = shape(capture, "--policy", "meter.yaml", "-o", "out.pcap");
    expect({ code, stderr }).toStrictEqual({ code: 2, stderr: expect.stringContaining("has no shaper") });
  });

  test("more frames that wait than memory: those up to there depart, exit code 1", () => {
    const frame = { timeNs: START_NS, bytes: new Uint8Array(1400) };
    scratch.write("long.pcap", writePcap(Array.from({ length: 20_000 }, () => frame)));
    const args = ["long.pcap", "--rate", "1Mbit/s", "--burst", "1GB", "-o", "out.pcap", "--hold-memory", "16MiB"];
    const { code, stderr } = shape(...args);
    expect({ code, stderr }).toStrictEqual({ code: 1, stderr: expect.stringMatching(ONE_LINE) });
    expect(stderr).toContain("raise --hold-memory");
    const { length } = read("out.pcap").frames;
    expect(length).toBeGreaterThan(5000);
    expect(length).toBeLessThan(11_000);
  });

  if (existsSync("/dev/full")) {
    test("a full disk: exit code 1", () => {
      const { code, stderr } = shape(OFFICE, ...CONTRACT, "--format", "pcap", "-o", "/dev/full");
      expect({ code, stderr }).toStrictEqual({ code: 1, stderr: expect.stringContaining("the disk is full") });
    });
  } else {
    console.warn("NOT TESTED, there is no /dev/full here: a full disk");
  }
});

if (process.platform === "win32") {
  console.warn("NOT TESTED, there is no ulimit here: a file that may not grow on");
} else {
  describe("a file that may not grow on, told when its bytes were taken long ago", () => {
    /** In units of 512 bytes, or 1024 where sh is bash: far below what is written, and not at the end of a record. */
    const LIMIT = 3001;

    function limited(...args: readonly string[]) {
      const script = 'ulimit -f "$0" && exec "$@"';
      const { status, stderr } = spawnSync("sh", ["-c", script, `${LIMIT}`, process.execPath, MAIN, ...args], {
        cwd: scratch.path,
        encoding: "utf8",
      });
      return { code: status, stderr };
    }

    /** True when records of a pcap end where it ends; at least one. */
    function isWhole(pcap: Buffer): boolean {
      let at = 24;
      while (at + 16 <= pcap.length) at += 16 + pcap.readUInt32LE(at + 8);
      return at === pcap.length && at > 24;
    }

    test.each([
      ["shape", [...CONTRACT]],
      ["police", ["--meter", "token-bucket", ...CONTRACT]],
    ] as const)("%s: exit code 1, one line, and whole records are left", (command, policy) => {
      const all = weir([command, OFFICE, ...policy, "-o", "whole.pcap", "--quiet"], { cwd: scratch.path });
      expect(all).toStrictEqual({ code: 0, stdout: "", stderr: "" });
      const { code, stderr } = limited(command, OFFICE, ...policy, "-o", "cut.pcap", "--quiet");
      expect({ code, stderr }).toStrictEqual({ code: 1, stderr: expect.stringMatching(ONE_LINE) });
      expect(stderr).toContain("cut.pcap: cannot write: the file system takes no larger file");
      const [whole, cut] = ["whole.pcap", "cut.pcap"].map((name) => readFileSync(scratch.at(name)));
      expect(cut!.length).toBeLessThan(whole!.length);
      expect(cut!.equals(whole!.subarray(0, cut!.length))).toBe(true);
      expect(isWhole(cut!)).toBe(true);
    });
  });
}

function start(args: readonly string[], stdin: "pipe" | "ignore"): ChildProcess {
  const child = spawn(process.execPath, [MAIN, "shape", ...args], {
    cwd: scratch.path,
    stdio: [stdin, "pipe", "pipe"],
  });
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  child.once("exit", () => clearTimeout(patience));
  return child;
}

/** Lines of a file that is being written. */
function linesOf(name: string): number {
  return existsSync(scratch.at(name)) ? readFileSync(scratch.at(name), "utf8").split("\n").length : 0;
}

describe("a run that is ended", () => {
  test("by Ctrl-C: what was read departs, exit code 130", async () => {
    const child = start(["-", ...CONTRACT, "-o", "ended.pcap", "--packets", "ended.csv", "--quiet"], "pipe");
    child.stdin!.write(writePcap(Array.from({ length: 10 }, (_, index) => ipFrame(START_NS + BigInt(index), 100))));
    // The input pauses: rows of what has come are written, while the frames wait for the next arrival.
    for (let waits = 0; waits < 200; waits += 1) {
      await pause(50);
      if (linesOf("ended.csv") > 10) break;
    }
    child.kill("SIGINT");
    expect(await once(child, "exit")).toStrictEqual([130, null]);
    expect(read("ended.pcap").frames.length).toBe(10);
  });

  test("by a reader that goes away: quietly", async () => {
    const child = start([OFFICE, ...CONTRACT, "-o", "-", "--quiet"], "ignore");
    child.stdout!.destroy();
    expect(await once(child, "exit")).toStrictEqual([0, null]);
  });
});
