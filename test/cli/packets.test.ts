/** `--packets`: a row a packet. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  arpFrame,
  type Endpoints,
  ipFrame,
  meter,
  meterJson,
  meterRows,
  MS,
  OFFICE,
  type PacketRow,
  packetRows,
  PACKET_HEADER,
  POLICY,
  Scratch,
  weir,
} from "../support/cli.ts";

const scratch = new Scratch();
const V6 = { source: "2001:db8::1", destination: "2001:db8::2", sourcePort: 80, destinationPort: 1234 };
const V4 = { source: "10.0.0.1", destination: "10.0.0.2", sourcePort: 80, destinationPort: 1234 };

function isSound({ color, delay, reason }: PacketRow): boolean {
  return color === "green" ? delay === "0" && reason === "" : Number(delay) > 0 && reason === "rate";
}

describe("flow text", () => {
  const CASES: readonly (readonly [Endpoints, string])[] = [
    [{ ...V4, protocol: 6 }, "tcp 10.0.0.1:80 > 10.0.0.2:1234"],
    [{ ...V4, protocol: 17 }, "udp 10.0.0.1:80 > 10.0.0.2:1234"],
    [{ ...V4, protocol: 33 }, "dccp 10.0.0.1:80 > 10.0.0.2:1234"],
    [{ ...V4, protocol: 136 }, "udplite 10.0.0.1:80 > 10.0.0.2:1234"],
    [{ ...V4, protocol: 47 }, "proto-47 10.0.0.1 > 10.0.0.2"],
    [{ ...V4, protocol: 1 }, "proto-1 10.0.0.1 > 10.0.0.2"],
    [{ ...V4, source: "255.255.255.255", sourcePort: 65_535 }, "udp 255.255.255.255:65535 > 10.0.0.2:1234"],
    [{ ...V4, source: "0.0.0.0", sourcePort: 0 }, "udp 0.0.0.0:0 > 10.0.0.2:1234"],
    [{ ...V6, protocol: 6 }, "tcp [2001:db8::1]:80 > [2001:db8::2]:1234"],
    [{ ...V6, protocol: 58 }, "proto-58 2001:db8::1 > 2001:db8::2"],
    [{ ...V6, source: "fe80::ff:0:0:1" }, "udp [fe80::ff:0:0:1]:80 > [2001:db8::2]:1234"],
    [{ ...V6, source: "1:0:0:2:0:0:0:3" }, "udp [1:0:0:2::3]:80 > [2001:db8::2]:1234"],
    [{ ...V6, source: "1:2:3:4:5:6:7:8" }, "udp [1:2:3:4:5:6:7:8]:80 > [2001:db8::2]:1234"],
  ];
  const frames = CASES.map(([ends], index) => ipFrame(BigInt(index), 200 + index, ends));
  const capture = scratch.pcap("flows.pcap", [...frames, arpFrame(99n)]);
  const rows = meterRows([capture, ...POLICY]);

  test.for(CASES.map(([, text], index) => [text, index] as const))("%s", ([text, index]) => {
    expect(rows[index]).toStrictEqual({
      index: BigInt(index + 1),
      timeNs: BigInt(index),
      flow: text,
      length: 200 + index,
      color: "green",
      delay: "0",
      reason: "",
    });
  });

  test("other", () => {
    expect(rows.at(-1)).toMatchObject({ index: 14n, flow: "other", length: 60 });
  });
});

test("numbers of every length, those of all nines and those of a one and zeros", () => {
  const powers = Array.from({ length: 19 }, (_, zeros) => 10n ** BigInt(zeros));
  const times = powers.flatMap((power) => [power - 1n, power]);
  const rows = meterRows([
    scratch.pcap(
      "lengths.pcap",
      times.map((timeNs) => ipFrame(timeNs, 60)),
    ),
    ...POLICY,
  ]);
  expect(rows.map(({ timeNs }) => timeNs)).toStrictEqual(times);
});

test("groups of an IPv6 address: every digit in every place, without leading zeros", () => {
  const groups = Array.from({ length: 64 }, (_, index) => (((index % 15) + 1) << (4 * (index >>> 4))).toString(16));
  const frames = groups.map((group, index) => ipFrame(BigInt(index), 100, { ...V6, source: `2001:db8::${group}` }));
  const rows = meterRows([scratch.pcap("groups.pcap", frames), ...POLICY, "--by", "src"]);
  expect(rows.map(({ flow }) => flow)).toStrictEqual(groups.map((group) => `2001:db8::${group}`));
});

describe("--by", () => {
  const capture = scratch.pcap("by.pcap", [
    ipFrame(0n, 100, { ...V4, source: "10.20.30.40" }),
    ipFrame(0n, 100, { ...V6, source: "2001:db8:1234:5678::9" }),
    arpFrame(0n),
  ]);
  // Asked for prefixes, all are written as prefixes; of an IPv4 address there are at most 32 bits.
  const CASES: Readonly<Record<string, readonly string[]>> = {
    "5-tuple": ["udp 10.20.30.40:80 > 10.0.0.2:1234", "udp [2001:db8:1234:5678::9]:80 > [2001:db8::2]:1234", "other"],
    src: ["10.20.30.40", "2001:db8:1234:5678::9", "other"],
    dst: ["10.0.0.2", "2001:db8::2", "other"],
    pair: ["10.20.30.40 > 10.0.0.2", "2001:db8:1234:5678::9 > 2001:db8::2", "other"],
    "src/12": ["10.16.0.0/12", "2000::/12", "other"],
    "src/0": ["0.0.0.0/0", "::/0", "other"],
    "src/48": ["10.20.30.40/32", "2001:db8:1234::/48", "other"],
    "dst/30": ["10.0.0.0/30", "2001:db8::/30", "other"],
    "dst/128": ["10.0.0.2/32", "2001:db8::2/128", "other"],
    all: ["all", "all", "all"],
  };

  test.for(Object.keys(CASES))("%s", (key) => {
    expect(meterRows([capture, ...POLICY, "--by", key]).map(({ flow }) => flow)).toStrictEqual(CASES[key]);
  });

  test.for(["src/0", "all"])("%s: the key is shared, so is the bucket", (key) => {
    const same = scratch.pcap("shared.pcap", [ipFrame(0n, 100), ipFrame(0n, 100, { source: "192.0.2.9" })]);
    const args = [same, "--meter", "token-bucket", "--rate", "1 B/s", "--burst", "150 B", "--by", key];
    expect(meterRows(args).map(({ color }) => color)).toStrictEqual(["green", "red"]);
  });
});

describe("rows", () => {
  const frames = [ipFrame(5n * MS, 100), arpFrame(7n * MS), ipFrame(3n * MS, 90), ipFrame(8n * MS, 80)];
  const capture = scratch.pcap("rows.pcap", frames);

  test("index is the frame's number and time its own, also when it steps back", () => {
    const rows = meterRows([capture, ...POLICY]);
    expect(rows.map(({ index }) => index)).toStrictEqual([1n, 2n, 3n, 4n]);
    expect(rows.map(({ timeNs }) => timeNs)).toStrictEqual([5n * MS, 7n * MS, 3n * MS, 8n * MS]);
  });

  test("--skip-other leaves frames out; the others keep their numbers", () => {
    expect(meterRows([capture, ...POLICY, "--skip-other"]).map(({ index }) => index)).toStrictEqual([1n, 3n, 4n]);
    const skipped = meterJson([capture, ...POLICY, "--skip-other"]);
    expect(skipped).toMatchObject({ packets: 3, bytes: 270, flows: 1, other: { packets: 0, bytes: 0 } });
    expect(meterJson([capture, ...POLICY, "--skip-other", "--by", "all"]).packets).toBe(3);
    expect(meterJson([capture, ...POLICY, "--by", "all"]).packets).toBe(4);
  });

  test("a file gets the rows, stdout the summary", () => {
    const file = scratch.at("rows.csv");
    const summary = meter([capture, ...POLICY, "--packets", file]);
    expect(summary).toMatch(/^digest /mu);
    expect(readFileSync(file, "utf8")).toBe(meter([capture, ...POLICY, "--packets", "-", "--quiet"]));
  });

  test("- takes stdout for itself; the summary goes to stderr and --quiet drops it", () => {
    const loud = weir(["meter", capture, ...POLICY, "--packets", "-"]);
    expect(packetRows(loud.stdout)).toHaveLength(4);
    expect(loud.stderr).toMatch(/^digest /mu);
    const json = weir(["meter", capture, ...POLICY, "--packets", "-", "--json"]);
    expect(packetRows(json.stdout)).toHaveLength(4);
    expect(JSON.parse(json.stderr)).toMatchObject({ packets: 4 });
    const quiet = weir(["meter", capture, ...POLICY, "--packets", "-", "--json", "--quiet"]);
    expect(quiet).toStrictEqual({ code: 0, stdout: loud.stdout, stderr: "" });
  });

  test("no packets: the header alone", () => {
    const none = scratch.pcap("none.pcap", []);
    expect(meter([none, ...POLICY, "--packets", "-", "--quiet"])).toBe(`${PACKET_HEADER}\n`);
  });

  test("the office: one row a packet, colors and lengths as in the totals", () => {
    const rows = meterRows([OFFICE, ...POLICY]);
    const summary = meterJson([OFFICE, ...POLICY]);
    const red = rows.filter(({ color }) => color === "red");
    expect(rows).toHaveLength(108_737);
    expect(rows.every(({ index }, position) => index === BigInt(position + 1))).toBe(true);
    expect(new Set(rows.map(({ flow }) => flow)).size).toBe(summary.flows);
    expect(red.reduce((sum, { length }) => sum + length, 0)).toBe(summary.red.bytes);
    expect(red.length).toBe(summary.red.packets);
    expect(rows.filter((row) => !isSound(row))).toStrictEqual([]);
  });
});
