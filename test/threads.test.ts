/** `weir meter --threads`: whatever two threads answer is what one answers. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Answer, arpFrame, ipFrame, MAIN, MS, OFFICE, POLICY, ROOT, Scratch, weir } from "./support/cli.ts";
import { Dice } from "./support/mutate.ts";

const scratch = new Scratch();
const PATIENCE_MS = 20_000;
const office = gunzipSync(readFileSync(OFFICE));
const officePath = scratch.write("office.pcap", office);

/** Late packets, both versions of IP, frames without IP, all colors of arrival. */
function traffic(seed: number, frames: number): string {
  const dice = new Dice(seed);
  return scratch.pcap(
    `traffic-${seed}.pcap`,
    Array.from({ length: frames }, (_, index) => {
      const timeNs = BigInt(index) * MS + BigInt(dice.below(5)) * MS;
      if (dice.below(50) === 0) return arpFrame(timeNs);
      const source = dice.below(4) === 0 ? `2001:db8::${dice.below(300)}` : `10.0.0.${dice.below(250)}`;
      const destination = source.includes(":") ? "2001:db8:1::1" : `10.1.0.${dice.below(20)}`;
      const ends = { source, destination, sourcePort: dice.below(100), dscp: dice.pick([0, 10, 12, 14]) };
      return ipFrame(timeNs, 64 + dice.below(1400), ends);
    }),
  );
}

const first = traffic(1, 20_000);
const second = traffic(2, 9000);
const cut = scratch.write("cut.pcap", readFileSync(first).subarray(0, 1_000_001));
const damaged = scratch.write("damaged.pcap", damage(readFileSync(first)));
const empty = scratch.write("empty.pcap", "");

/** A record whose captured length cannot be. */
function damage(bytes: Buffer): Buffer {
  const record = 24 + 16 + bytes.readUInt32LE(24 + 8);
  bytes.fill(0xff, record + 8, record + 16);
  return bytes;
}

const classes = scratch.write(
  "classes.yaml",
  `classes:
  - {name: six, match: {dst: "2001:db8::/32"}, by: src, rate: 20 kB/s, burst: 4 kB, parent: site}
  - {name: low, match: {src-port: 0-9}, action: block}
  - {name: two, match: {src-port: 10-60}, meter: trtcm, cir: 10 kB/s, cbs: 4 kB, pir: 90 kB/s, pbs: 9 kB, parent: site}
  - {name: half, match: {src-port: 61-80}, by: src, group: rest, weight: 2, burst: 4 kB}
  - {name: rest, by: src/24, group: rest, weight: 1, burst: 9 kB}
groups:
  - {name: rest, rate: 30 kB/s}
nodes:
  - {name: site, by: dst, rate: 40 kB/s, burst: 20 kB}
`,
);
const SLOW = ["--rate", "20 kB/s", "--burst", "3 kB"];
const THREE_BUCKETS = ["10 kB/s", "20 kB/s", "30 kB/s"].flatMap((rate) => ["--bucket", `${rate} 6 kB`]);

/** Ten stretches, which both threads decode; times go back where the capture begins again. */
const long = scratch.write(
  "long.pcap",
  Buffer.concat([office, ...Array.from({ length: 3 }, () => office.subarray(24))]),
);
const longCut = scratch.write("longcut.pcap", readFileSync(long).subarray(0, -5));

/** Arguments, and the files that are asked for. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  "one bucket": [officePath, ...POLICY],
  "one bucket, rows and levels": [first, "--meter", "token-bucket", ...SLOW, "--packets", "p.csv", "--levels"],
  "one bucket by prefix, flows as JSON": [
    first,
    "--meter",
    "token-bucket",
    ...SLOW,
    "--by",
    "src/24",
    "--flows",
    "f.json",
  ],
  "lengths of IP, without other frames": [first, "--meter", "gcra", ...SLOW, "--length", "ip", "--skip-other"],
  "colors of arrival": [
    first,
    "--meter",
    "srtcm",
    "--cir",
    "20 kB/s",
    "--cbs",
    "3 kB",
    "--ebs",
    "9 kB",
    "--color-aware",
  ],
  "rows in columns": [first, "--meter", "token-bucket", ...SLOW, "--packets", "p.parquet"],
  "three buckets": [first, "--meter", "multi", ...THREE_BUCKETS, "--packets", "p.csv"],
  classes: [first, "--policy", classes, "--packets", "p.csv", "--flows", "f.csv", "--nodes", "n.csv"],
  "captures merged by time": [first, second, officePath, ...POLICY, "--packets", "p.csv", "--top", "50"],
  "a capture that is cut": [second, cut, ...POLICY, "--flows", "f.csv"],
  "a capture that is damaged": [damaged, ...POLICY],
  "a long capture": [long, ...POLICY, "--top", "0"],
  "a long capture, rows": [long, ...POLICY, "--packets", "p.csv", "--flows", "f.csv"],
  "a long capture, classes": [long, "--policy", classes, "--nodes", "n.csv"],
  "a long capture, without other frames": [long, ...POLICY, "--skip-other"],
  "a long capture that is cut": [longCut, ...POLICY, "--top", "50"],
  "no capture at all": [empty, ...POLICY],
  "one that is compressed": [OFFICE, ...POLICY],
  "no flow by itself": [first, ...POLICY, "--top", "0"],
  "no flow by itself, two buckets": [
    first,
    "--meter",
    "trtcm",
    "--cir",
    "9 kB/s",
    "--cbs",
    "3 kB",
    "--pir",
    "20 kB/s",
    "--pbs",
    "9 kB",
    "--top",
    "0",
  ],
};

interface Outcome extends Answer {
  readonly files: readonly string[];
}

/** All that a run says and writes. */
function outcome(args: readonly string[], threads: number): Outcome {
  const files = args.filter((arg) => /^[pfn]\.(?:csv|json|parquet)$/u.test(arg));
  const named = args.map((arg) => (files.includes(arg) ? scratch.at(arg) : arg));
  const answer = weir(["meter", ...named, "--json", "--threads", `${threads}`]);
  return { ...answer, files: files.map((file) => readFileSync(scratch.at(file), "utf8")) };
}

describe("2 threads answer what 1 answers", () => {
  test.each(Object.entries(CASES))("%s", (_, args) => {
    const one = outcome(args, 1);
    expect(JSON.parse(one.stdout)).toMatchObject({ packets: expect.any(Number) });
    expect(outcome(args, 2)).toStrictEqual(one);
  });

  test("so do 4", () => {
    const args = CASES["classes"]!;
    expect(outcome(args, 4)).toStrictEqual(outcome(args, 1));
  });

  if (existsSync("/dev/full")) {
    test("a full disk", () => {
      const full = scratch.at("full.csv");
      symlinkSync("/dev/full", full);
      const [one, two] = [1, 2].map((threads) => outcome([first, ...POLICY, "--packets", full], threads));
      expect(one!.stderr).toMatch(/^weir: [^\n]*the disk is full[^\n]*\n$/u);
      expect(two).toStrictEqual(one);
    });
  } else {
    console.warn("NOT TESTED, there is no /dev/full here: a full disk");
  }
});

/** Runs the command behind some code that sees each thread start. */
function watched(code: string, args: readonly string[]): Answer {
  const hook = `data:text/javascript,${encodeURIComponent(code)}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", hook, MAIN, "meter", ...args], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: PATIENCE_MS,
  });
  return { code: status, stdout, stderr };
}

describe("which threads there are", () => {
  const digest = JSON.parse(weir(["meter", officePath, ...POLICY, "--json", "--threads", "1"]).stdout).digest as string;
  const json = ["--json", ...POLICY];
  const announce = `process.on("worker", () => process.stderr.write("thread "))`;

  test.each([
    ["plain captures, asked for two", [officePath, "--threads", "2"], "thread "],
    ["plain captures, asked for more", [officePath, "--threads", "7"], "thread "],
    ["small captures, not asked", [officePath], ""],
    ["asked for one", [officePath, "--threads", "1"], ""],
    ["compressed captures", [OFFICE, "--threads", "2"], ""],
  ] as const)("%s", (_, args, said) => {
    const { code, stdout, stderr } = watched(announce, [...args, ...json]);
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: said });
    expect(JSON.parse(stdout)).toMatchObject({ digest });
  });

  test("a pipe", () => {
    const { code, stdout } = weir(["meter", "-", ...json, "--threads", "2"], { input: office });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ digest });
  });

  test("one, where shared memory is missing", () => {
    const answer = watched("delete globalThis.SharedArrayBuffer", [officePath, "--threads", "2", ...json]);
    expect(answer).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(answer.stdout)).toMatchObject({ digest });
  });

  test("where they take all processors, V8 optimizes no JavaScript meanwhile, unless rows are written", () => {
    const spy = `import v8 from "node:v8";
      const set = v8.setFlagsFromString;
      v8.setFlagsFromString = (flag) => { process.stderr.write(flag + " "); set(flag); };`;
    const said = (...args: string[]) => watched(spy, [officePath, ...args, ...json]);
    const paused = availableParallelism() <= 2 ? "--no-opt --opt " : "";
    expect(said("--threads", "2")).toMatchObject({ code: 0, stderr: paused });
    expect(said("--threads", "2", "--packets", scratch.at("p.csv"))).toMatchObject({ code: 0, stderr: "" });
    expect(said("--threads", "1")).toMatchObject({ code: 0, stderr: "" });
  });

  const kill = `process.on("worker", (worker) => worker.once("message", () => void worker.terminate()))`;

  test.each([0, 5, 15, 30])("one that dies after %i ms, of a capture that both decode: the other goes on", (waitMs) => {
    const late = kill.replace("void worker.terminate()", `setTimeout(() => void worker.terminate(), ${waitMs})`);
    const one = weir(["meter", long, ...json, "--threads", "1"]);
    expect(watched(late, [long, "--threads", "2", ...json])).toStrictEqual(one);
  });

  test.each([
    ["that both decode", [long]],
    ["that it decodes alone", [first, second]],
  ])("one that cannot open captures again, %s: the other does it all", (_, paths) => {
    const copies = paths.map((path, index) => scratch.write(`copy-${index}.pcap`, readFileSync(path)));
    const one = weir(["meter", ...copies, ...json, "--threads", "1"]);
    // This thread has opened them when it hands the task over.
    const hook = `import { unlinkSync } from "node:fs";
      import { Worker } from "node:worker_threads";
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (...task) {
        for (const path of ${JSON.stringify(copies)}) unlinkSync(path);
        post.apply(this, task);
      };`;
    expect(watched(hook, [...copies, "--threads", "2", ...json])).toStrictEqual(one);
    expect(copies.filter((path) => existsSync(path))).toStrictEqual([]);
  });

  test("one that dies, of captures that it decodes alone: told in one line", () => {
    const { code, stdout, stderr } = watched(kill, [officePath, first, "--threads", "2", ...json]);
    expect({ code, stdout }).toStrictEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^weir: threads: one of them failed [^\n]+\n$/u);
  });
});

function start(args: readonly string[]): ChildProcess {
  const all = [MAIN, "meter", ...args, ...POLICY, "--threads", "2", "--packets", "-"];
  const child = spawn(process.execPath, all, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  child.once("exit", () => clearTimeout(patience));
  return child;
}

describe("two threads among others", () => {
  test.each([
    ["of several captures", Array.from({ length: 8 }, () => officePath)],
    ["of one", [long]],
  ])("Ctrl-C, %s: exit 130, and what has been metered is counted", async (_, captures) => {
    const child = start([...captures, "--json"]);
    const end = once(child, "exit");
    const stderr = text(child.stderr!);
    // The pipe is full soon, and the run waits for its reader.
    await once(child.stdout!.pause(), "readable");
    await pause(500);
    child.kill("SIGINT");
    const rows = text(child.stdout!.resume());
    expect(await end).toStrictEqual([130, null]);
    const summary = JSON.parse(await stderr) as { packets: number; captures: { frames: number; status: string }[] };
    expect(summary).toMatchObject({ interrupted: true });
    expect(summary.packets).toBeGreaterThan(0);
    expect(summary.packets).toBeLessThan((captures.length === 1 ? 4 : captures.length) * 108_737);
    expect((await rows).split("\n").length).toBe(summary.packets + 2);
    for (const { status } of summary.captures) expect(status).toBe("interrupted");
  });

  test("a reader that goes away ends the run without a word", async () => {
    const child = start([officePath, "--quiet"]);
    const answer = Promise.all([once(child, "exit"), text(child.stderr!)]);
    child.stdout!.once("data", () => child.stdout!.destroy());
    expect(await answer).toStrictEqual([[0, null], ""]);
  });
});
