// Goal: `weir police` as users run it: what it writes, what it says, and what it does when something goes wrong.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { policeCommand } from "../../src/cli/commands/police.ts";
import { runCapture } from "../support/capture.ts";
import { type Answer, arpFrame, ipFrame, MAIN, meterJson, meterRows, MS, OFFICE, packetRows } from "../support/cli.ts";
import { POLICY, ROOT, Scratch, weir } from "../support/cli.ts";
import { NgWriter } from "../support/ngwriter.ts";
import { pcapHeader, pcapRecord, writePcap } from "../support/writer.ts";

const scratch = new Scratch();
const ONE_LINE = /^weir: [^\n]+\n$/u;
/** Green, green, red, red, green: 2 packets of 100 B at once, and 100 B more in a millisecond. */
const BUCKET = ["--meter", "token-bucket", "--rate", "100 kB/s", "--burst", "200 B"] as const;
const frames = [0n, 0n, 0n, 0n, 1n].map((ms) => ipFrame(ms * MS, 100, { dscp: 10 }));
const KEPT = [frames[0]!, frames[1]!, frames[4]!];
const NANO = { clock: "nano" } as const;
const path = scratch.pcap("five.pcap", frames);

/** The third packet is older than the second, which is dropped. */
const disordered = scratch.pcap(
  "disordered.pcap",
  [0n, 9n, 1n].map((ms) => ipFrame(ms * MS, ms === 9n ? 201 : 200)),
);

interface PoliceJson {
  readonly packets: number;
  readonly output: { readonly name: string; readonly bytes: number };
  readonly police: Readonly<Record<"green" | "yellow" | "red", Readonly<Record<string, unknown>>>> & {
    readonly meteredEarlier: number;
  };
}

/** Runs it; it must succeed without a word on stderr. */
function police(args: readonly string[], input?: Uint8Array): Answer {
  const answer = weir(["police", ...args], input === undefined ? {} : { input });
  if (answer.code !== 0 || answer.stderr !== "") throw new Error(`weir police: exit ${answer.code}: ${answer.stderr}`);
  return answer;
}

/** The command's own stdout as bytes. */
function policedBytes(args: readonly string[], input: Uint8Array): Buffer {
  const result = spawnSync(process.execPath, [MAIN, "police", ...args], { cwd: ROOT, input, maxBuffer: 1 << 28 });
  expect(result.status).toBe(0);
  return result.stdout;
}

describe("help", () => {
  const { stdout } = weir(["police", "--help"]);

  test.for(policeCommand().options.map(({ long }) => long!))("%s has an example that uses it", (name) => {
    const [, section = ""] = stdout.split(new RegExp(`^ {2}(?:-o, )?${name}(?![\\w-])`, "mu"));
    const [own] = section.split(/^ {2}-/mu);
    expect(own).toMatch(new RegExp(`example: ${name}( \\S+)?$`, "mu"));
  });

  test("names every action and the exit codes", () => {
    for (const word of ["pass", "drop", "dscp:<name>", "af", "ecn", "pcp:<n>", "dei"])
      expect(stdout).toContain(`  ${word} `);
    expect(stdout).toMatch(/Exit codes: 0 done, 1 .*, 2 .*, 130 /u);
  });
});

describe("what is written", () => {
  test("red packets are left out, and the summary says so", () => {
    const out = scratch.at("plain.pcap");
    const { stdout } = police([path, ...BUCKET, "-o", out]);
    expect(readFileSync(out)).toStrictEqual(Buffer.from(writePcap(KEPT, NANO)));
    expect(stdout).toMatch(/^green {2}pass {4,}3 {4}300 {7}3 {8}0 {8}0 {14}0$/mu);
    expect(stdout).toMatch(/^red {4}drop {4,}2 {4}200 {7}0 {8}0 {8}2 {12}200$/mu);
    expect(stdout).toContain(`${out}  3 frames, 198 B`);
  });

  test("marks, and what could not be marked, in JSON beside the summary of weir meter", () => {
    const capture = scratch.pcap("mixed.pcap", [...frames, arpFrame(2n * MS, 100)]);
    const out = scratch.at("marked.pcap");
    const { stdout } = police([capture, ...BUCKET, "--green", "dei", "--red", "af,ecn", "-o", out, "--json"]);
    const json = JSON.parse(stdout) as PoliceJson;
    expect(json).toMatchObject({ packets: 6, output: { name: out, bytes: statSync(out).size } });
    expect(json.police.green).toMatchObject({
      action: "dei",
      passed: { packets: 4 },
      changed: 0,
      unmarked: { noTag: 4 },
    });
    expect(json.police.red).toMatchObject({
      action: "af,ecn",
      passed: { packets: 0, bytes: 0 },
      droppedNotEct: { packets: 2, bytes: 200 },
    });
    const { police: _, output: __, ...summary } = json;
    expect(summary).toStrictEqual({
      ...meterJson([capture, ...BUCKET]),
      memory: (summary as Record<string, unknown>)["memory"],
    });
  });

  test("pcapng in, pcapng out, through pipes", () => {
    const writer = (some: typeof frames) => {
      const ng = new NgWriter("big").others().interface({ options: [[2, new TextEncoder().encode("eth0")]] });
      for (const frame of some) ng.packet(frame);
      return ng.others().done();
    };
    expect(policedBytes(["-", ...BUCKET, "-o", "-", "--quiet"], writer(frames))).toStrictEqual(
      Buffer.from(writer(KEPT)),
    );
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "police", "-", ...BUCKET, "-o", "-"], {
      cwd: ROOT,
      input: writer(frames),
    });
    expect(status).toBe(0);
    expect(stderr.toString()).toContain("stdout  3 frames");
  });

  test("a name in .gz is compressed; a compressed capture is read", () => {
    const out = scratch.at("office.pcap.gz");
    police([OFFICE, ...POLICY, "-o", out]);
    const plain = policedBytes([OFFICE, ...POLICY, "-o", "-", "--quiet"], new Uint8Array(0));
    // Vitest would take minutes to compare megabytes.
    expect(gunzipSync(readFileSync(out)).equals(plain)).toBe(true);
    const { red } = meterJson([out, ...POLICY]);
    expect(red).toStrictEqual({ packets: 0, bytes: 0 });
  });

  test("--packets are the rows of weir meter, but for packets behind newer ones that are dropped", () => {
    const rows = scratch.at("rows.csv");
    const { stdout } = police([OFFICE, ...POLICY, "-o", scratch.at("beside.pcap"), "--packets", rows, "--json"]);
    const { meteredEarlier } = (JSON.parse(stdout) as PoliceJson).police;
    const metered = meterRows([OFFICE, ...POLICY]);
    const policed = packetRows(readFileSync(rows, "utf8"));
    const differing = policed.filter((row, index) => row.delay !== metered[index]!.delay);
    expect(differing.length).toBeLessThanOrEqual(meteredEarlier);
    for (const row of [...policed, ...metered]) Object.assign(row, { delay: "" });
    expect(policed).toStrictEqual(metered);
  });

  test("actions of the policy file, which options replace", () => {
    const file = scratch.write(
      "p.yaml",
      "meter: token-bucket\nrate: 100 kB/s\nburst: 200 B\nactions: { red: af, green: 'dscp:ef' }\n",
    );
    const json = (...more: string[]) =>
      JSON.parse(police([path, "--policy", file, "-o", scratch.at("p.pcap"), "--json", ...more]).stdout) as PoliceJson;
    const ofFile = json();
    expect(ofFile.police.green).toMatchObject({ action: "dscp:ef", markedDscp: 3 });
    expect(ofFile.police.red).toMatchObject({ action: "af", markedDscp: 2 });
    expect(ofFile.police.yellow).toMatchObject({ action: "pass" });
    expect(json("--red", "drop").police.red).toMatchObject({ action: "drop", dropped: { packets: 2 } });
    expect(meterJson([path, "--policy", file]).red).toStrictEqual({ packets: 2, bytes: 200 });
  });
});

describe("mistakes are one line, and cost no file that is there", () => {
  const there = scratch.write("there.pcap", "what was there");
  const out = scratch.at("none.pcap");
  test.each([
    [["-o", out], 2, "policy: is missing"],
    [[...BUCKET], 2, "output: is missing; name a capture, such as: weir police"],
    [[path, ...BUCKET, "-o", out], 2, "one capture is written again at a time"],
    [[...BUCKET, "-o", path], 2, `output "${path.slice(0, 60)}`],
    [[...BUCKET, "-o", out, "--red", "dorp"], 2, 'red "dorp": unknown action; did you mean drop?'],
    [[...BUCKET, "-o", "-", "--packets", "-"], 2, 'packets "-": the capture goes to stdout already'],
    [
      [...BUCKET, "-o", scratch.at("x.csv"), "--packets", scratch.at("x.csv")],
      2,
      "the capture goes to this file already",
    ],
    [[...BUCKET, "-o", scratch.at("no/such.pcap")], 1, "its folder does not exist"],
    [[...BUCKET, "-o", scratch.path], 1, "is a folder"],
  ] as const)("%j", (args, code, message) => {
    const answer = weir(["police", path, ...args]);
    expect(answer).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(ONE_LINE) });
    expect(answer.stderr).toContain(message);
    expect(existsSync(out)).toBe(false);
  });

  test("standard input is the file to write", () => {
    const shell = `"$0" "$1" police - --meter token-bucket --rate 1MB/s --burst 1kB -o "$2" < "$2"`;
    const { status, stderr } = spawnSync("sh", ["-c", shell, process.execPath, MAIN, path], { cwd: ROOT });
    expect(status).toBe(2);
    expect(stderr.toString()).toContain("is the capture that is read");
    expect(statSync(path).size).toBeGreaterThan(24);
  });

  test("no capture", () => {
    const notes = scratch.write("notes.txt", "These are notes, and no capture.\n");
    for (const output of [there, out]) {
      const answer = weir(["police", notes, ...BUCKET, "-o", output]);
      expect(answer).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(ONE_LINE) });
    }
    expect(readFileSync(there, "utf8")).toBe("what was there");
    expect(existsSync(out)).toBe(false);
  });
});

describe("trouble on the way leaves whole packets", () => {
  test("a capture that is cut: what came before, exit 1", () => {
    const cut = scratch.write("cut.pcap", writePcap(frames, NANO).subarray(0, -7));
    const out = scratch.at("of-cut.pcap");
    const { code, stderr } = weir(["police", cut, ...BUCKET, "--red", "pass", "-o", out]);
    expect({ code, stderr }).toStrictEqual({ code: 1, stderr: expect.stringMatching(ONE_LINE) });
    expect(readFileSync(out)).toStrictEqual(Buffer.from(writePcap(frames.slice(0, 4), NANO)));
  });

  const many = Array.from({ length: 25_000 }, (_, index) => ipFrame(BigInt(index) * MS, 100, { sourcePort: index }));
  const manyPath = scratch.pcap("many.pcap", many);

  test("a disk that is full", () => {
    if (existsSync("/dev/full")) {
      const { code, stderr } = weir(["police", manyPath, ...BUCKET, "-o", "/dev/full"]);
      expect({ code, stderr }).toStrictEqual({
        code: 1,
        stderr: "weir: /dev/full: cannot write: the disk is full; what was written so far is kept\n",
      });
    }
    // A limit on the size of files stands for one that fills up on the way.
    const out = scratch.at("limited.pcap");
    const shell = `trap "" XFSZ; ulimit -f 1200; exec "$0" "$1" police "$2" --meter token-bucket --rate 1GB/s --burst 1GB -o "$3"`;
    const { status, stderr } = spawnSync("sh", ["-c", shell, process.execPath, MAIN, manyPath, out], { cwd: ROOT });
    expect(status).toBe(1);
    expect(stderr.toString()).toMatch(/limited\.pcap: cannot write: the file system takes no larger file; [^\n]+\n$/u);
    const { rows, counters } = runCapture(readFileSync(out));
    expect(rows.length).toBeGreaterThan(1000);
    expect(rows.length).toBeLessThan(many.length);
    expect(readFileSync(out).equals(writePcap(many.slice(0, rows.length), NANO))).toBe(true);
    expect(counters.length).toBe(1);
  });

  test("a reader that has read enough", () => {
    const shell = `"$0" "$1" police "$2" --meter token-bucket --rate 1GB/s --burst 1GB -o - --quiet | head -c 100 | wc -c; exit \${PIPESTATUS[0]}`;
    const { status, stdout, stderr } = spawnSync("bash", ["-c", shell, process.execPath, MAIN, manyPath], {
      cwd: ROOT,
    });
    expect({ status, stdout: stdout.toString().trim(), stderr: stderr.toString() }).toStrictEqual({
      status: 0,
      stdout: "100",
      stderr: "",
    });
  });

  test("Ctrl-C: what was read, exit 130", async () => {
    const out = scratch.at("interrupted.pcap");
    const child = spawn(process.execPath, [MAIN, "police", "-", ...BUCKET, "--red", "pass", "-o", out], { cwd: ROOT });
    const said = buffer(child.stdout);
    child.stdin.write(pcapHeader(NANO));
    for (const frame of frames.slice(0, 3)) child.stdin.write(pcapRecord(frame, NANO));
    child.stdin.write(pcapRecord(frames[3]!, NANO).subarray(0, 30));
    for (let waits = 0; waits < 200 && (statSync(out, { throwIfNoEntry: false })?.size ?? 0) < 300; waits += 1)
      await pause(20);
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(130);
    expect(readFileSync(out)).toStrictEqual(Buffer.from(writePcap(frames.slice(0, 3), NANO)));
    expect((await said).toString()).toContain("interrupted: the figures and the capture hold up to there");
  });
});

describe("packets older than a dropped one", () => {
  test("are counted, and metered at the clock of what passes in every output", () => {
    const out = scratch.at("clock.pcap");
    const { stdout } = police([disordered, ...BUCKET, "-o", out]);
    expect(stdout).toContain(
      "note: 1 packet metered at an older time than weir meter takes: the newer time before them was",
    );
    const json = JSON.parse(police([disordered, ...BUCKET, "-o", out, "--json"]).stdout) as PoliceJson;
    expect(json.police.meteredEarlier).toBe(1);
    const rows = packetRows(police([disordered, ...BUCKET, "-o", out, "--packets", "-", "--quiet"]).stdout);
    expect(rows.map(({ color, delay }) => `${color} ${delay}`)).toEqual(["green 0", "red never", "red 1000000"]);
    expect(meterJson([out, ...BUCKET]).red.packets).toBe(0);
  });

  test("are nothing to speak of where none is", () => {
    const { stdout } = police([path, ...BUCKET, "-o", scratch.at("none.pcap")]);
    expect(stdout).not.toContain("older time");
  });
});
