/** Errors: one line on stderr that names the culprit and the way out, and the exit code. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ipFrame, meterJson, OFFICE, packetRows, POLICY, Scratch, type SummaryJson, weir } from "../support/cli.ts";
import { ByteWriter } from "../support/writer.ts";

const scratch = new Scratch();
const office = gunzipSync(readFileSync(OFFICE));
const sound = scratch.pcap("sound.pcap", [ipFrame(0n, 100), ipFrame(1n, 1000)]);
mkdirSync(scratch.at("folder"));

/** Nothing on stdout and exactly one line on stderr, which names `where` and matches. */
function expectLine(args: readonly string[], code: number, message: RegExp): void {
  const answer = weir(args, { cwd: scratch.path });
  expect(answer).toMatchObject({ code, stdout: "" });
  expect(answer.stderr).toMatch(/^weir: [^\n]+\n$/u);
  expect(answer.stderr).toMatch(message);
  expect(answer.stderr).not.toMatch(/\bat .+:\d+:\d+|node:|undefined|\[object/u);
}

function expectUsage(args: readonly string[], message: RegExp): void {
  expectLine(["meter", sound, ...args], 2, message);
}

describe("inputs that cannot be read: exit 1", () => {
  const snoop = new ByteWriter("big").raw(Buffer.from("snoop\0\0\0")).u32(2, 4).zeros(64).done();
  // Two ERF records of 64 bytes: little-endian time, type 2 (Ethernet), flags, record length, no losses, wire length.
  const record = new ByteWriter("big").zeros(4).u8(0, 0, 0, 0x5f, 2, 4).u16(64, 0, 46).zeros(48).done();
  const erf = new ByteWriter("big").raw(record, record).done();

  test.for<readonly [string, string, RegExp]>([
    ["missing file", scratch.at("missing.pcap"), /missing\.pcap: no such file; check the path/u],
    ["folder", scratch.at("folder"), /folder: is a directory; name a capture file in it/u],
    ["no capture", scratch.write("notes.txt", "These are notes, and no capture.\n"), /notes\.txt: is not a pcap/u],
    ["empty file", scratch.write("empty.pcap", ""), /empty\.pcap: is empty/u],
    ["snoop", scratch.write("sun.snoop", snoop), /sun\.snoop: is a snoop capture.*convert it/u],
    ["ERF", scratch.write("dag.erf", erf), /dag\.erf: is an ERF capture.*convert it/u],
    ["half a magic number", scratch.write("two.pcap", Uint8Array.of(0xd4, 0xc3)), /two\.pcap: /u],
  ])("%s", ([, path, message]) => {
    expectLine(["meter", path, ...POLICY], 1, message);
  });

  test("empty stdin", () => {
    expectLine(["meter", "-", ...POLICY], 1, /stdin: is empty/u);
  });

  test("one of several: nothing is metered", () => {
    expectLine(["meter", sound, scratch.at("missing.pcap"), ...POLICY], 1, /missing\.pcap: no such file/u);
  });

  test("a control character in a name does not reach the terminal", () => {
    expectLine(["meter", scratch.at("a\u001B[31m\nb"), ...POLICY], 1, /a \[31m b: no such file/u);
  });

  test("--json still prints one document", () => {
    const { code, stdout } = weir(["meter", scratch.at("empty.pcap"), ...POLICY, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ packets: 0, truncated: false });
  });
});

describe("captures that end early: exit 1, and what was readable is reported", () => {
  const frames = Array.from({ length: 20 }, (_, index) => ipFrame(BigInt(index), 100 + index));
  const whole = readFileSync(scratch.pcap("whole.pcap", frames));
  const recordBytes = (whole.length - 24) / frames.length;

  // Nothing behind the header, in a record header, behind it, within the frame, and one byte short.
  test.for([1, 16, 17, 30, recordBytes - 1])("truncated %i bytes into a record", (into) => {
    const path = scratch.write("cut.pcap", whole.subarray(0, 24 + 7 * recordBytes + into));
    const { code, stdout, stderr } = weir(["meter", path, ...POLICY, "--json", "--packets", scratch.at("cut.csv")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: .*cut\.pcap: ends inside a record at byte [\d,]+; the 7 packets .*\n$/u);
    expect(JSON.parse(stdout)).toMatchObject({ packets: 7, truncated: true });
    expect(packetRows(readFileSync(scratch.at("cut.csv"), "utf8"))).toHaveLength(7);
  });

  test("cut at a record's end: nothing is wrong", () => {
    const path = scratch.write("short.pcap", whole.subarray(0, 24 + 7 * recordBytes));
    expect(meterJson([path, ...POLICY])).toMatchObject({ packets: 7, truncated: false });
  });

  test("truncated gzip", () => {
    const path = scratch.write("office.gz", readFileSync(OFFICE).subarray(0, 100_000));
    const { code, stdout, stderr } = weir(["meter", path, ...POLICY, "--json"]);
    const summary = JSON.parse(stdout) as SummaryJson;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: .*office\.gz: [^\n]*gzip data is cut short[^\n]*\n$/u);
    expect(summary.truncated).toBe(true);
    expect(Number(summary.packets)).toBeGreaterThan(3000);
  });

  test("damaged pcapng: a block length that cannot be", () => {
    const sectionAndInterface = new ByteWriter("little")
      .u32(0x0a0d0d0a, 28, 0x1a2b3c4d)
      .u16(1, 0)
      .u32(0xffff_ffff, 0xffff_ffff, 28)
      .u32(1, 20)
      .u16(1, 0)
      .u32(0, 20);
    const packet = new ByteWriter("little").u32(6, 92, 0, 0, 1, 60, 60).raw(new Uint8Array(60)).u32(92).done();
    const damaged = sectionAndInterface.raw(packet, packet).u32(6, 7, 7, 7).zeros(64).done();
    const { code, stdout, stderr } = weir(["meter", scratch.write("bad.pcapng", damaged), ...POLICY, "--json"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: .*bad\.pcapng: damaged at byte [\d,]+: [^\n]*the 2 packets [^\n]*\n$/u);
    expect(JSON.parse(stdout)).toMatchObject({ packets: 2, truncated: false });
  });

  test("one of two captures: both are reported", () => {
    const cut = scratch.write("half.pcap", office.subarray(0, 50_000));
    const { code, stdout, stderr } = weir(["meter", sound, cut, ...POLICY, "--json"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: .*half\.pcap: ends inside a record[^\n]*\n$/u);
    expect(JSON.parse(stdout)).toMatchObject({ truncated: true });
  });
});

describe("usage and policy: exit 2", () => {
  const rate = ["--meter", "token-bucket", "--rate"];

  test.for<readonly [string, readonly string[], RegExp]>([
    ["zero rate and zero burst", [...rate, "0 bit/s", "--burst", "0 B"], /burst "0 B": .*must be above 0/u],
    [
      "rate without unit",
      [...rate, "1000", "--burst", "5 kB"],
      /rate "1000": .*1000 kbit\/s, 1000 kB\/s or 1000 packets/u,
    ],
    ["burst without unit", [...rate, "1 MB/s", "--burst", "64"], /burst "64": .*64 kB, 64 packets or 64 ms/u],
    ["ambiguous unit", [...rate, "10 Mbps", "--burst", "5 kB"], /rate "10 Mbps": .*Mbit\/s/u],
    ["negative rate", [...rate, "-1 MB/s", "--burst", "5 kB"], /rate "-1 MB\/s": must be at least 0/u],
    ["too large", [...rate, "1 bit/s", "--burst", "10000000 TB"], /burst "10000000 TB": /u],
    ["missing burst", [...rate, "1 MB/s"], /burst: is missing.*burst "64 kB"/u],
    [
      "missing meter",
      ["--rate", "1 MB/s", "--burst", "5 kB"],
      /meter: is missing.*leaky-bucket, gcra, .* or weighted/u,
    ],
    ["unknown meter", ["--meter", "tokenbucket"], /meter "tokenbucket": .*did you mean token-bucket\?/u],
    ["foreign parameter", [...POLICY, "--limit", "5 ms"], /limit "5 ms": token-bucket has no such parameter/u],
    ["no policy", [], /weir meter \S+ --meter \S+ --rate \S+ --burst \S+$/mu],
    ["policy file", ["--policy", scratch.at("no.yaml")], /no\.yaml": there is no such file/u],
    ["--top", [...POLICY, "--top", "some"], /top "some": must be a whole number from 0 to/u],
    ["--top below 0", [...POLICY, "--top", "-1"], /top "-1": must be a whole number from 0 to/u],
    ["--max-flows", [...POLICY, "--max-flows", "0"], /max-flows "0": must be a whole number from 1 to/u],
    ["--by", [...POLICY, "--by", "ip"], /by "ip": is one of 5-tuple, src, dst, pair, src\/N, dst\/N or all/u],
    ["--by with a long prefix", [...POLICY, "--by", "src/129"], /by "src\/129": .*0 to 128 bits/u],
    ["--by with a prototype's name", [...POLICY, "--by", "constructor"], /by "constructor": is one of/u],
    [
      "--packets of another kind",
      [...POLICY, "--packets", "out.xml"],
      /packets "out\.xml": .*\.csv, \.parquet or \.arrow/u,
    ],
    ["--flows of another kind", [...POLICY, "--flows", "out.xml"], /flows "out\.xml": .*\.csv, \.json or \.parquet/u],
    ["stdout for two", [...POLICY, "--packets", "-", "--flows", "-"], /flows "-": .*stdout/u],
    [
      "one file for two",
      [...POLICY, "--packets", "a.csv", "--flows", "./a.csv"],
      /flows "\.\/a\.csv": .*name another/u,
    ],
    ["unknown option", [...POLICY, "--brust", "5 kB"], /unknown option '--brust' \(Did you mean --burst\?\)/u],
    ["option without value", ["--rate"], /--rate/u],
  ])("%s", ([, args, message]) => {
    expectUsage(args, message);
  });

  test("stdin named twice", () => {
    expectLine(["meter", "-", "-", ...POLICY], 2, /capture "-": stdin can be read once/u);
    expectLine(["meter", "-", "/dev/stdin", ...POLICY], 2, /stdin can be read once/u);
  });

  test("unknown command", () => {
    expectLine(["metr", sound], 2, /unknown command 'metr' \(Did you mean meter\?\)/u);
    expectLine(["shave", sound], 2, /unknown command 'shave'/u);
  });

  test("no capture", () => {
    expectLine(["meter", ...POLICY], 2, /missing required argument 'capture'/u);
  });

  test("no file is made or emptied", () => {
    const kept = scratch.write("kept.csv", "precious\n");
    expectUsage([...POLICY, "--packets", kept, "--by", "ip"], /by "ip"/u);
    expectLine(["meter", scratch.at("missing.pcap"), ...POLICY, "--packets", kept], 1, /no such file/u);
    expect(readFileSync(kept, "utf8")).toBe("precious\n");
    expect(existsSync(scratch.at("out.parquet"))).toBe(false);
  });
});

describe("outputs that cannot be written: exit 1", () => {
  test("folder missing", () => {
    const path = scratch.at("nowhere/rows.csv");
    for (const option of ["--packets", "--flows"]) {
      expectLine(["meter", sound, ...POLICY, option, path], 1, /rows\.csv: cannot write: its folder does not exist/u);
    }
  });

  test("a folder", () => {
    mkdirSync(scratch.at("folder.csv"));
    expectLine(
      ["meter", sound, ...POLICY, "--flows", scratch.at("folder.csv")],
      1,
      /folder\.csv: cannot write: is a folder/u,
    );
  });

  if (existsSync("/dev/full")) {
    test.for(["csv", "json"])("full disk, %s", (ending) => {
      const full = scratch.at(`full.${ending}`);
      symlinkSync("/dev/full", full);
      // The rows end there; the meter goes on, and its result is not lost.
      const options = ending === "csv" ? ["--flows", "--packets"] : ["--flows"];
      for (const option of options) {
        const { code, stdout, stderr } = weir(["meter", OFFICE, ...POLICY, option, full], { cwd: scratch.path });
        expect(stderr).toMatch(/^weir: [^\n]*cannot write: the disk is full[^\n]*\n$/u);
        expect({ code, hasSummary: stdout.includes("digest ") }).toStrictEqual({ code: 1, hasSummary: true });
      }
    });
  }
});
