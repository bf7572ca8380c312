/** `weir compare`: both columns of one run, a row for each packet that differs, and what may go wrong around it. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ipFrame, MAIN, meterJson, meterRows, MS, OFFICE, ROOT, Scratch, tableRows, weir } from "../support/cli.ts";
import { expectShown } from "../support/shown.ts";

const scratch = new Scratch();
const COLUMNS = "index,time_ns,flow,length,color_a,color_b,delay_a,delay_b,departure_a,departure_b";
const BUCKET = "rate=1 Mbit/s burst=16 kB";
const METER = `meter=token-bucket ${BUCKET}`;
const MARKER = "meter=srtcm cir=1 Mbit/s cbs=16 kB ebs=16 kB";
const SHAPER = `shaper=leaky-bucket ${BUCKET}`;

function compare(a: string, b: string, ...args: readonly string[]): string {
  const { code, stdout, stderr } = weir(["compare", OFFICE, "--policy", a, "--policy", b, ...args], {
    cwd: scratch.path,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("the office", () => {
  test("each column is what weir meter says, and the digests are its", () => {
    const document = JSON.parse(compare(METER, MARKER, "--json")) as Record<string, Record<string, unknown>>;
    const alone = [
      meterJson([OFFICE, "--meter", "token-bucket", "--rate", "1Mbit/s", "--burst", "16kB"]),
      meterJson([OFFICE, "--meter", "srtcm", "--cir", "1Mbit/s", "--cbs", "16kB", "--ebs", "16kB"]),
    ];
    for (const [index, side] of (["a", "b"] as const).entries()) {
      const { packets, bytes, green, yellow, red, flows, digest } = alone[index]!;
      expect(document[side]).toMatchObject({ packets, bytes, green, yellow, red, flows, digest });
    }
    expect(document["matrix"]).toContainEqual({ a: "red", b: "yellow", packets: 2156, bytes: 2_874_147 });
    expect(document["first"]).toMatchObject({ length: 1514, a: { color: "red" }, b: { color: "yellow", delayNs: 0 } });
  });

  test("--diff has a row for each packet whose verdict differs, and no other", () => {
    compare(METER, MARKER, "--diff", "diff.csv", "--quiet");
    const rows = tableRows(readFileSync(scratch.at("diff.csv"), "utf8"), COLUMNS);
    const [a, b] = [METER, MARKER].map((policy) => {
      const options = policy.split(/ (?=[a-z]+=)/u).map((part) => `--${part}`);
      return meterRows([OFFICE, ...options]);
    });
    const wanted = a!.flatMap((row, index) => {
      const other = b![index]!;
      return row.color === other.color
        ? []
        : [[`${row.index}`, `${row.timeNs}`, row.flow, `${row.length}`, row.color, other.color]];
    });
    expect(rows.map((cells) => cells.slice(0, 6))).toEqual(wanted);
    expect(rows.length).toBe(2156);
  });

  test("row 7: beside each other, the shaper delays what it does not drop", () => {
    const shown = compare(METER, SHAPER, "--top", "1");
    expect(shown).toMatch(
      /^red +17,075 packets, 25,143,686 B \(37\.65 %\) {2}17,075 packets, 25,143,686 B \(37\.65 %\)$/mu,
    );
    expect(shown).toMatch(/^greatest delay {2}0 ns +127\.999 ms$/mu);
    expect(shown).toContain("0 packets with another color");
  });

  test("the same policy twice differs nowhere", () => {
    const shown = compare(METER, METER);
    expect(shown).toContain("No packet differs.");
    expect(shown).not.toContain("flows that differ most");
  });

  test("a policy file, a file of classes, and lines of other systems", () => {
    scratch.write("police.yaml", "meter: token-bucket\nrate: 1 Mbit/s\nburst: 16 kB\n");
    expect(compare("police.yaml", METER)).toContain("No packet differs.");
    expect(compare("police rate 1mbit burst 16000b overhead 14 mtu 64kb", METER, "--by", "src")).toContain(
      "No packet differs.",
    );
    const classes = `${ROOT}/docs/office.yaml`;
    expect(JSON.parse(compare(classes, METER, "--json"))).toMatchObject({ by: "5-tuple" });
  });
});

test("stdin, and departures of the rows", () => {
  const path = scratch.pcap("three.pcap", [ipFrame(0n, 1000), ipFrame(0n, 1000), ipFrame(20n * MS, 1000)]);
  const args = [
    "compare",
    "-",
    "--policy",
    "meter=token-bucket rate=1 Mbit/s burst=1 kB",
    "--policy",
    "shaper=leaky-bucket rate=1 Mbit/s burst=2 kB",
  ];
  const { code, stdout } = weir([...args, "--diff", "-", "--quiet"], { input: readFileSync(path) });
  expect(code).toBe(0);
  const [first, second, third] = tableRows(stdout, COLUMNS).map((cells) => cells.slice(4).join(","));
  expect([first, second, third]).toEqual([
    "green,green,0,8000000,0,8000000",
    "red,green,,16000000,,16000000",
    "green,green,0,8000000,20000000,28000000",
  ]);
});

describe("errors", () => {
  const both = ["--policy", METER, "--policy", SHAPER] as const;
  test.for([
    [["--policy", METER], "policy: is needed twice, A and B, such as: weir compare"],
    [[...both, "--policy", METER], "two are compared, and this is a third"],
    [["--policy", METER, "--policy", "none.yaml"], 'policy "none.yaml": there is no such file'],
    [
      ["--policy", METER, "--policy", "meter=token-bucket rat=1Mbit/s"],
      'rat "1Mbit/s": unknown key; did you mean rate?',
    ],
    [["--policy", METER, "--policy", "tbf rate 1mbit"], "burst: is missing; tbf needs rate, burst"],
    [[...both, "--diff", "diff.txt"], 'diff "diff.txt": is written as CSV; name a .csv file'],
    [[...both, "--diff", "-", "--json"], "goes to stdout, and --json too"],
    [[...both, "--quiet"], "quiet: leaves nothing to print"],
    [[...both, "--top", "many"], 'top "many": must be a whole number'],
    [[...both, "--by", "sorc"], 'by "sorc": is one of'],
  ] as const)("%o", ([args, message]) => {
    const { code, stdout, stderr } = weir(["compare", OFFICE, ...args], { cwd: scratch.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^weir: [^\n]+\n$/u);
    expect(stderr).toContain(message);
  });

  test("a cut capture is compared up to there, exit code 1", () => {
    const bytes = readFileSync(
      scratch.pcap(
        "cut.pcap",
        Array.from({ length: 50 }, (_, at) => ipFrame(BigInt(at), 1500)),
      ),
    );
    const path = scratch.write("cut.pcap", bytes.subarray(0, bytes.length - 5));
    const { code, stdout, stderr } = weir(["compare", path, ...both]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/ends inside a record at byte [\d,]+; the 49 packets before it are reported\n$/u);
    expect(stdout).toContain("A green");
  });

  test("what is no capture, and an empty one", () => {
    const noCapture = scratch.write("text.pcap", "this is no capture, but long enough to be one");
    expect(weir(["compare", noCapture, ...both])).toMatchObject({ code: 1, stdout: "" });
    const none = scratch.pcap("none.pcap", []);
    const empty = weir(["compare", none, ...both]);
    expect(empty).toMatchObject({ code: 0, stderr: "" });
    expect(empty.stdout).toContain("No packet differs.");
    expect(empty.stdout).toContain("none");
  });

  test("a full disk stops the rows, not the comparison", () => {
    symlinkSync("/dev/full", scratch.at("full.csv"));
    const args = ["compare", OFFICE, "--policy", METER, "--policy", MARKER, "--diff", "full.csv"];
    const { code, stdout, stderr } = weir(args, { cwd: scratch.path });
    expect(code).toBe(1);
    expect(stderr).toBe("weir: full.csv: cannot write: the disk is full; what was written so far is kept\n");
    expect(stdout).toContain("2,156 packets with another color");
  });

  test("a reader that goes away ends it without a word", () => {
    const command = `"${process.execPath}" "${MAIN}" compare "${OFFICE}" --policy "${METER}" --policy "${SHAPER}" --diff - --quiet | head -1`;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8", timeout: 60_000 });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${COLUMNS}\n`, stderr: "" });
  });
});

test("Ctrl-C reports what was compared, exit code 130", async () => {
  const args = [MAIN, "compare", "-", "--policy", METER, "--policy", SHAPER, "--diff", scratch.at("live.csv")];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const answer = text(child.stdout);
  const frames = Array.from({ length: 200 }, (_, at) => ipFrame(BigInt(at), 100));
  child.stdin.write(readFileSync(scratch.pcap("slow.pcap", frames)));
  // Rows of a pipe that pauses come while it pauses: then the meters wait for more.
  const isReady = () =>
    existsSync(scratch.at("live.csv")) && readFileSync(scratch.at("live.csv")).length > COLUMNS.length + 1;
  for (let waited = 0; waited < 200 && !isReady(); waited += 1) await pause(20);
  child.kill("SIGINT");
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(130);
  expect(await answer).toContain("interrupted: the figures hold up to there");
});

test("docs/compare.md shows what its commands print", () => {
  expectShown("docs/compare.md", 2);
});
