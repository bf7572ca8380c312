/** Where packets come from: files, several of them, stdin, compressed or not. */
import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { arpFrame, ipFrame, meter, meterJson, MS, OFFICE, POLICY, Scratch } from "../support/cli.ts";
import { type WrittenFrame, writePcap } from "../support/writer.ts";

const scratch = new Scratch();
const QUIET_ROWS = [...POLICY, "--packets", "-", "--quiet"];

/** Frames of one interface, whose times rise; every tenth is a tie with the other interface. */
function interfaceFrames(offsetNs: bigint, sourcePort: number): WrittenFrame[] {
  return Array.from({ length: 5000 }, (_, index) => {
    const timeNs = BigInt(index) * MS + (index % 10 === 0 ? 0n : offsetNs);
    return index % 50 === 7 ? arpFrame(timeNs) : ipFrame(timeNs, 60 + ((index * 7919) % 1400), { sourcePort });
  });
}

describe("several captures", () => {
  const parts = [interfaceFrames(300n, 1), interfaceFrames(100n, 2), interfaceFrames(200n, 1)];
  const paths = parts.map((frames, index) => scratch.pcap(`part${index}.pcap`, frames));
  // Sorting is stable: ties stay in the order of the captures.
  const byHand = scratch.pcap(
    "whole.pcap",
    parts.flat().toSorted((left, right) => Number(left.timeNs - right.timeNs)),
  );

  test("are metered as the one merged by hand: by time, ties in the order given", () => {
    expect(meter([...paths, ...QUIET_ROWS])).toBe(meter([byHand, ...QUIET_ROWS]));
    const { captures: _one, ...whole } = meterJson([byHand, ...POLICY]) as unknown as Record<string, unknown>;
    const { captures, ...merged } = meterJson([...paths, ...POLICY]) as unknown as Record<string, unknown>;
    expect(merged).toStrictEqual(whole);
    expect(captures).toHaveLength(3);
  });

  test("of other byte orders, clocks and compressions too", () => {
    const big = writePcap(parts[1]!, { clock: "nano", order: "big" });
    const mixed = [
      paths[0]!,
      scratch.write("big.pcap", big),
      scratch.write("part2.gz", gzipSync(readFileSync(paths[2]!))),
    ];
    expect(meter([...mixed, ...QUIET_ROWS])).toBe(meter([byHand, ...QUIET_ROWS]));
  });

  test("one of them from stdin", () => {
    const input = readFileSync(paths[1]!);
    expect(meter([paths[0]!, "-", paths[2]!, ...QUIET_ROWS], { input })).toBe(meter([byHand, ...QUIET_ROWS]));
  });

  test("the same capture twice", () => {
    const { packets, bytes, flows } = meterJson([paths[0]!, paths[0]!, ...POLICY]);
    const once = meterJson([paths[0]!, ...POLICY]);
    expect({ packets, bytes, flows }).toStrictEqual({
      packets: 2 * Number(once.packets),
      bytes: 2 * Number(once.bytes),
      flows: once.flows,
    });
  });
});

describe("the office", () => {
  const compressed = readFileSync(OFFICE);
  const plain = gunzipSync(compressed);
  const { digest } = meterJson([OFFICE, ...POLICY]);

  test("uncompressed, from a file and from stdin", () => {
    expect(meterJson([scratch.write("office", plain), ...POLICY]).digest).toBe(digest);
    expect(meterJson(["-", ...POLICY], { input: plain }).digest).toBe(digest);
  });

  test("compressed from stdin", () => {
    const text = meter(["-", ...POLICY], { input: compressed });
    expect(text).toMatch(/^stdin {2}108,737 frames/u);
    expect(text).toContain(digest);
  });

  test("compressed under a name that does not say so", () => {
    expect(meterJson([scratch.write("office.pcap", compressed), ...POLICY]).digest).toBe(digest);
  });
});
