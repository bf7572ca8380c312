// Goal: frames are read with straight loads (assembly/capture/tupleframe.ts) only if their IP header begins as their
// EtherType promised; all others are read as in a pcapng, where every frame takes the long way.
import { describe, expect, test } from "vitest";
import { KIND_OTHER } from "../assembly/abi.ts";
import { runCapture } from "./support/capture.ts";
import { rowOf, START_NS, STEP_NS } from "./support/casewriter.ts";
import { IP_CASES, type IpCase } from "./support/ipwriter.ts";
import { ethernet } from "./support/linkwriter.ts";
import { NgWriter } from "./support/ngwriter.ts";
import { concat, writePcap, type WrittenFrame } from "./support/writer.ts";

const USUAL = IP_CASES.filter(({ name }) => /^IPv[46] (?:TCP|UDP)$/u.test(name));
const FIRST_BYTES = Array.from({ length: 256 }, (_, byte) => byte);
const OF_NO_VERSION = FIRST_BYTES.filter((byte) => ![4, 6].includes(byte >>> 4));
const NO_FLOW = { kind: KIND_OTHER, source: "", destination: "", protocol: 0, sourcePort: 0, destinationPort: 0 };

/** The packet as it is, then with the first of the bytes for its first, as it is, with the second, and so on. */
function between({ version, packet }: IpCase, firstBytes: readonly number[]): WrittenFrame[] {
  const packets = firstBytes.flatMap((byte) => [packet, concat(Uint8Array.of(byte), packet.subarray(1))]);
  return packets.map((bytes, index) => ({
    timeNs: START_NS + BigInt(index) * STEP_NS,
    bytes: ethernet(version, bytes),
  }));
}

test("there is TCP and UDP of both versions", () => {
  expect(USUAL.length).toBe(4);
});

describe.each(USUAL)("$name", (usual) => {
  test("a frame of neither version has no flow, whatever its EtherType, and the usual ones around it keep theirs", () => {
    const frames = between(usual, OF_NO_VERSION);
    const rows = frames.map((frame, index) => ({
      ...rowOf(frame, usual, index),
      ...(index % 2 === 0 ? {} : NO_FLOW),
    }));
    expect(runCapture(writePcap(frames)).rows).toEqual(rows);
  });

  test("with any first byte a frame is read as in a pcapng", () => {
    const frames = between(usual, FIRST_BYTES);
    const { rows, colors, stats } = runCapture(writePcap(frames));
    const ng = frames.reduce((writer, frame) => writer.packet(frame), new NgWriter().interface());
    const long = runCapture(ng.done());
    expect({ rows, colors, stats }).toEqual({ rows: long.rows, colors: long.colors, stats: long.stats });
  });
});
