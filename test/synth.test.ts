// Goal: made captures are the same everywhere, hold valid packets, and are read back by the core as they were meant.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { exp, ln } from "../src/synth/arithmetic.ts";
import { meanBytes } from "../src/synth/choice.ts";
import { Random } from "../src/synth/random.ts";
import { PRESETS } from "../src/synth/presets.ts";
import type { SynthInput } from "../src/synth/table.ts";
import { type FrameRow, runCapture } from "./support/capture.ts";
import { captureOf, dissect, pcapFrames, piecesOf, START_NS, trafficOf } from "./support/synth.ts";

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function rows(capture: Uint8Array): readonly FrameRow[] {
  return runCapture(capture, { build: "release" }).rows;
}

describe("equal options give equal bytes", () => {
  // Heavy tails, Zipf's law, both IP versions and protocols; an even pace, floods and marks. A change of these digests
  // is a change of everyone's captures.
  test.for<readonly [string, SynthInput, string, string]>([
    [
      "office",
      { preset: "office", packets: "3000" },
      "office.pcap",
      "262fccf03a73e83041b131c2fa50ad8a041c2407f5f1b06df903b244f712bb06",
    ],
    [
      "flood",
      { preset: "flood", duration: "1010ms", dscp: "af11,af12" },
      "flood.pcapng",
      "403857b1fca2c55811f1f0fcd1c630e7cfe0d5a35d06450c242eed59a5d651ea",
    ],
  ])("%s", ([, input, output, wanted]) => {
    expect(digest(captureOf(input, output))).toBe(wanted);
  });

  test("twice, and other ones for another seed", () => {
    for (const { name } of PRESETS) {
      const input = { preset: name, packets: "500" };
      expect(digest(captureOf(input))).toBe(digest(captureOf(input)));
      expect(digest(captureOf(input))).not.toBe(digest(captureOf({ ...input, seed: "2" })));
    }
  });

  test("sizes and marks do not move arrivals", () => {
    const [times, others] = [{ sizes: "fixed:100", dscp: "ef" }, { sizes: "uniform:60-1514" }].map((input) =>
      pcapFrames(captureOf({ packets: "500", rate: "1000packets/s", arrivals: "on-off", ...input })).map(
        ({ timeNs }) => timeNs,
      ),
    );
    expect(times).toStrictEqual(others);
  });
});

describe("valid packets", () => {
  test.for<SynthInput>([
    ...PRESETS.map(({ name }) => ({ preset: name, packets: "4000" })),
    { packets: "4000", sizes: "uniform:60-1514", ipv6: "50%", udp: "50%", dscp: "af11,af21,ef,63" },
    { packets: "4000", sizes: "uniform:60-90", ipv6: "50%", udp: "50%", vlan: "4094", dscp: "cs7" },
    { packets: "50", sizes: "60,61,62,63,65534,65535", ipv6: "50%", udp: "50%" },
    { duration: "20ms", flood: "0s-1s", ipv6: "40%", vlan: "7" },
  ])("%j: every length and checksum", (input) => {
    const frames = pcapFrames(captureOf(input));
    expect(frames.length).toBeGreaterThan(49);
    const dissected = frames.map(dissect);
    const vlan = input.vlan === undefined ? null : Number(input.vlan);
    expect(new Set(dissected.map((frame) => frame.vlan))).toStrictEqual(new Set([vlan]));
    // TCP: each segment of a flow goes on where the last one ended.
    const expected = new Map<string, number>();
    for (const { flow, protocol, sequence, flags, payloadBytes } of dissected) {
      if (protocol !== 6 || flags === 2) continue;
      expect(sequence).toBe(expected.get(flow) ?? sequence);
      expected.set(flow, (sequence + payloadBytes) >>> 0);
    }
  });

  test("a flipped bit of a header or a payload is noticed by these checks", () => {
    for (const kind of [{}, { ipv6: "100%" }, { udp: "100%" }, { ipv6: "100%", udp: "100%" }]) {
      const [frame] = pcapFrames(captureOf({ packets: "1", sizes: "fixed:120", ...kind }));
      expect(() => dissect(frame!)).not.toThrow();
      // Of IPv6 neither class and label nor hop limit are under a checksum.
      const isFree = (at: number) => "ipv6" in kind && ((at >= 14 && at < 18) || at === 21);
      for (let at = 14; at < frame!.bytes.length; at += 1) {
        if (isFree(at)) continue;
        const bytes = frame!.bytes.slice();
        bytes[at]! ^= 0x10;
        expect(() => dissect({ ...frame!, bytes }), `${JSON.stringify(kind)} at ${at}`).toThrow("invalid frame");
      }
    }
  });

  test("a snap length cuts frames and changes nothing else", () => {
    const input: SynthInput = { preset: "office", packets: "2000" };
    const whole = pcapFrames(captureOf(input));
    for (const snap of [1, 14, 53, 54, 96, 1513, 70_000]) {
      const cut = pcapFrames(captureOf({ ...input, snap: `${snap}` }));
      expect(cut.map(({ timeNs, frameBytes }) => [timeNs, frameBytes])).toStrictEqual(
        whole.map(({ timeNs, frameBytes }) => [timeNs, frameBytes]),
      );
      for (const [index, { bytes }] of cut.entries()) {
        expect(Buffer.compare(bytes, whole[index]!.bytes.subarray(0, snap))).toBe(0);
      }
    }
  });
});

describe("containers", () => {
  const input: SynthInput = { preset: "office", packets: "3000", "burst-at": "0s,1ms", "burst-packets": "30" };
  const fromPcap = rows(captureOf(input));

  test("the core reads the packets that were written", () => {
    const frames = pcapFrames(captureOf(input));
    expect(fromPcap.map(({ timeNs, length }) => [timeNs, length])).toStrictEqual(
      frames.map(({ timeNs, frameBytes }) => [START_NS + BigInt(timeNs), frameBytes]),
    );
    const told = new Map<string, string>();
    for (const [index, frame] of frames.entries()) {
      const { source, destination, protocol, sourcePort, destinationPort } = fromPcap[index]!;
      const text = [source, destination, protocol, sourcePort, destinationPort].join(" ");
      const { flow } = dissect(frame);
      expect(told.get(flow) ?? text).toBe(text);
      told.set(flow, text);
    }
    expect(new Set(told.values()).size).toBe(told.size);
  });

  test("pcapng holds the same packets", () => {
    expect(rows(captureOf(input, "out.pcapng"))).toStrictEqual(fromPcap);
    expect(rows(captureOf({ ...input, snap: "97" }, "out.pcapng"))).toStrictEqual(fromPcap);
    expect(rows(captureOf({ ...input, format: "pcapng" }, "-"))).toStrictEqual(fromPcap);
  });

  test.for(["out.pcap", "out.pcapng"])("microseconds are rounded down, %s", (output) => {
    const rounded = rows(captureOf({ ...input, times: "us" }, output));
    expect(rounded.map(({ timeNs }) => timeNs)).toStrictEqual(fromPcap.map(({ timeNs }) => timeNs - (timeNs % 1000n)));
  });

  test("pieces end where a packet ends, and their buffer does not grow", () => {
    const traffic = trafficOf({ packets: "20000", sizes: "60:50,65535" });
    const [header, ...pieces] = piecesOf(traffic);
    expect(header).toHaveLength(24);
    const counts = pieces.map((piece) => pcapFrames(piece, 0).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(20_000);
    expect(pieces.length).toBeGreaterThan(50);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2 ** 18 + 70_000);
  });

  test("no packet at all is a capture too", () => {
    const empty = captureOf({ duration: "1ns" });
    expect(pcapFrames(empty)).toStrictEqual([]);
    expect(runCapture(empty).rows).toStrictEqual([]);
    expect(rows(captureOf({ packets: "1" }))).toHaveLength(1);
  });
});

test("memory does not grow with packets", () => {
  const traffic = trafficOf({ packets: "2000000", snap: "64", arrivals: "on-off", flows: "1000" });
  traffic.next();
  traffic.next();
  const before = process.memoryUsage().arrayBuffers;
  let bytes = 0;
  for (let piece = traffic.next(); piece !== undefined; piece = traffic.next()) bytes += piece.length;
  expect(bytes).toBeGreaterThan(140_000_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16_000_000);
});

describe("arithmetic", () => {
  test("ln and exp agree with the engine's to 12 digits", () => {
    const random = new Random(1, 0);
    for (let round = 0; round < 20_000; round += 1) {
      const x = random.unit();
      for (const value of [x, 1 / x, 1 + x * 1e7, 1 - x * 1e-9]) {
        expect(Math.abs(ln(value) - Math.log(value))).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(ln(value))));
      }
      for (const value of [x, -x, 60 * x, -60 * x, 1e-9 * x]) {
        expect(Math.abs(exp(value) / Math.exp(value) - 1)).toBeLessThan(1e-13);
      }
    }
    expect([ln(1), exp(0), ln(2)]).toStrictEqual([0, 1, Math.LN2]);
  });

  test("draws lie where they should", () => {
    const random = new Random(7, 3);
    const draws = Array.from({ length: 100_000 }, () => random.unit());
    expect(Math.min(...draws)).toBeGreaterThan(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    expect(draws.reduce((sum, draw) => sum + draw) / draws.length).toBeCloseTo(0.5, 2);
    const counts = Array.from({ length: 7 }, () => 0);
    for (let draw = 0; draw < 70_000; draw += 1) counts[random.below(7)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  test("mean sizes are exact", () => {
    const mix = [
      { value: { firstBytes: 60, lastBytes: 99 }, weight: 3 },
      { value: { firstBytes: 1000, lastBytes: 1000 }, weight: 2 },
    ];
    for (const least of [54, 60, 61, 80, 99, 120, 1200]) {
      let sum = 0;
      for (let size = 60; size <= 99; size += 1) sum += (3 * Math.max(size, least)) / 40;
      sum += 2 * Math.max(1000, least);
      const { num, den } = meanBytes(mix, least);
      expect(Number(num) / Number(den)).toBeCloseTo(sum / 5, 9);
    }
  });
});
