/** `weir burst`: the table for any sizes, exact values in JSON, errors in one line. */
import { describe, expect, test } from "vitest";
import { weir } from "../support/cli.ts";
import { expectShown } from "../support/shown.ts";

function rowsOf(args: readonly string[]): Record<string, string | null>[] {
  const { code, stdout, stderr } = weir(["burst", ...args, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return (JSON.parse(stdout) as { readonly rows: Record<string, string | null>[] }).rows;
}

test("several bursts and packets, at a line rate", () => {
  const args = ["--burst", "150kB", "--burst", "200kB", "--packet", "5kB", "--packet", "1500B"];
  const rows = rowsOf([...args, "--bucket", "100kB", "--rate", "125kB/s", "--line", "1Gbit/s"]);
  expect(rows.map(({ burstBytes, packetBytes, lostPackets }) => [burstBytes, packetBytes, lostPackets])).toEqual([
    ["150000", "5000", "10"],
    ["150000", "1500", "34"],
    ["200000", "5000", "20"],
    ["200000", "1500", "67"],
  ]);
  expect(rows[1]).toMatchObject({
    lostBytes: "51000",
    drainNs: "790812000",
    fluidLostBytes: "49850",
    lineBytesPerSec: "125000000",
  });
});

test("values are exact fractions, and rounded only for people", () => {
  const args = ["--burst", "10kB", "--bucket", "5kB", "--rate", "1 Mbit/s", "--line", "3 Mbit/s"];
  expect(rowsOf(args)[0]).toMatchObject({ fluidLostBytes: "5000/3", fluidDrainNs: "40000000" });
  expect(weir(["burst", ...args]).stdout).toContain("about 1666.66666667");
});

describe("errors are one line, exit code 2", () => {
  test.for([
    [["--burst", "0B"], 'burst "0B": must be a whole number of bytes, from 1'],
    [["--burst", "5 packets"], "is a size in bytes, such as 150 kB"],
    [["--burst", "0.5 B"], "must be a whole number of bytes"],
    [["--packet", "0B"], 'packet "0B"'],
    [["--rate", "0 B/s"], 'rate "0 B/s": must be above 0'],
    [["--line", "5 packets/s"], 'line "5 packets/s": is a rate in bytes or bits'],
    [["--bucket", "10 kb"], "write 10 kB (powers of 1000) or 10 KiB"],
    [["--burst", "1 TB", "--packet", "64B"], "makes more than 10000000 packets of 64B"],
  ] as const)("%o", ([args, message]) => {
    const { code, stdout, stderr } = weir(["burst", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^weir: [^\n]+\n$/u);
    expect(stderr).toContain(message);
  });
});

test("docs/burst.md shows what its commands print", () => {
  expectShown("docs/burst.md", 2);
});
