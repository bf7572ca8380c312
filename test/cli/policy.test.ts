/** Policies: options, files, and what counts as a packet's length and cost. */
import { describe, expect, test } from "vitest";
import { arpFrame, ipFrame, meter, meterJson, meterRows, OFFICE, POLICY, Scratch, weir } from "../support/cli.ts";

const scratch = new Scratch();
const capture = scratch.pcap("mixed.pcap", [ipFrame(0n, 54), ipFrame(0n, 100), arpFrame(0n), ipFrame(0n, 1514)]);
const sized = ["--meter", "token-bucket", "--rate", "0 bit/s", "--burst"];

/** Whether a packet of 100 bytes conforms on a drained bucket. */
function fits(burst: string, options: readonly string[]): boolean {
  const one = scratch.pcap("one.pcap", [ipFrame(0n, 100)]);
  return meterJson([one, ...sized, burst, ...options]).green.packets === 1;
}

describe("length and cost", () => {
  test("--length frame is the length on the wire, --length ip that of the outermost IP packet", () => {
    const frame = meterRows([capture, ...POLICY]).map(({ length }) => length);
    expect(frame).toStrictEqual([54, 100, 60, 1514]);
    expect(meterRows([capture, ...POLICY, "--length", "frame"]).map(({ length }) => length)).toStrictEqual(frame);
    const ip = meterRows([capture, ...POLICY, "--length", "ip"]).map(({ length }) => length);
    expect([ip[0], ip[1], ip[3]]).toStrictEqual([40, 86, 1500]);
    const { bytes, other } = meterJson([capture, ...POLICY, "--length", "ip"]);
    expect(bytes).toBe(ip.reduce((sum, length) => sum + length, 0));
    expect(other.bytes).toBe(ip[2]);
  });

  test.for<readonly [string, readonly string[]]>([
    ["100", []],
    ["124", ["--overhead", "24"]],
    ["86", ["--overhead", "-14"]],
    ["86", ["--length", "ip"]],
    ["110", ["--length", "ip", "--overhead", "24"]],
    ["200", ["--min-length", "200"]],
    ["100", ["--min-length", "84"]],
    ["130", ["--overhead", "24", "--min-length", "130"]],
  ])("cost %s with %j", ([cost, options]) => {
    expect(fits(`${cost} B`, options)).toBe(true);
    expect(fits(`${Number(cost) - 1} B`, options)).toBe(false);
  });

  test("totals count true lengths, whatever is added to the cost", () => {
    const { bytes } = meterJson([capture, ...POLICY, "--overhead", "24", "--min-length", "84"]);
    expect(bytes).toBe(54 + 100 + 60 + 1514);
  });

  test("--cost packets", () => {
    const args = [capture, "--meter", "leaky-bucket", "--rate", "0 packets/s", "--burst", "2 packets"];
    expect(meterJson(args)).toMatchObject({ green: { packets: 3 }, red: { packets: 1, bytes: 1514 } });
    expect(meterJson([...args, "--cost", "packets"]).policy["cost"]).toBe("packets");
  });
});

describe("--policy", () => {
  const yaml = scratch.write("policy.yaml", "# the office\nmeter: token-bucket\nrate: 1 Mbit/s\nburst: 16 kB\n");
  const json = scratch.write("policy.json", '{"meter": "token-bucket", "rate": "1 Mbit/s", "burst": "16 kB"}');
  const office = meterJson([OFFICE, ...POLICY, "--top", "0"]);

  test.for([yaml, json])("%s says what the options say", (file) => {
    expect(meterJson([OFFICE, "--policy", file, "--top", "0"])).toStrictEqual(office);
  });

  test("an option beside the file replaces its value, and nothing else", () => {
    const { policy } = meterJson([capture, "--policy", yaml, "--burst", "9 kB", "--min-length", "64"]);
    expect(policy).toMatchObject({ meter: "token-bucket", minLength: 64, rate: { unitsPerSec: 125_000 } });
    expect(policy["depth"]).toStrictEqual({ text: "9 kB", units: 9000 });
  });

  test("both spellings of a key, and an option over either", () => {
    for (const key of ["min-length", "minLength"]) {
      const file = scratch.write("spelling.yaml", `meter: gcra\nrate: 1 MB/s\nburst: 10 ms\n${key}: 64\n`);
      expect(meterJson([capture, "--policy", file]).policy["minLength"]).toBe(64);
      expect(meterJson([capture, "--policy", file, "--min-length", "84"]).policy["minLength"]).toBe(84);
    }
  });

  test.for<readonly [string, string, RegExp]>([
    ["key", "meter: gcra\nrat: 3 B/s\n", /:2: rat: unknown key; did you mean rate\?/u],
    ["value", "meter: gcra\n\nrate: fast\n", /:3: rate "fast": is not a number with a unit/u],
    ["yaml", "meter: [\n", /is not YAML or JSON/u],
    ["json", '{"meter": "gcra",,}', /is not YAML or JSON/u],
    ["list", "- meter\n", /must be a map of keys to values/u],
    ["empty", "", /must be a map of keys to values/u],
    ["bare", "meter: gcra\nrate: 1000\nburst: 5 kB\n", /:2: rate "1000": a number needs a unit/u],
  ])("a wrong %s is named with file and line", ([name, text, message]) => {
    const { code, stdout, stderr } = weir(["meter", capture, "--policy", scratch.write(`${name}.yaml`, text)]);
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^weir: [^\n]+\n$/u);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`${name}.yaml`);
  });
});

describe("policies with a note", () => {
  test("a burst below the MTU", () => {
    const text = meter([capture, "--meter", "token-bucket", "--rate", "1 Mbit/s", "--burst", "1513 B"]);
    expect(text).toContain('note: burst "1513 B": packets longer than 1513 bytes can never conform');
    const enough = meter([capture, "--meter", "token-bucket", "--rate", "1 Mbit/s", "--burst", "1514 B"]);
    expect(enough).not.toContain("can never conform");
  });

  test("a rate of zero", () => {
    const { policy } = meterJson([capture, ...sized, "2 kB"]);
    expect(policy["fillTime"]).toBeNull();
    expect(policy["warnings"]).toStrictEqual([expect.stringContaining("the bucket never drains")]);
  });
});
