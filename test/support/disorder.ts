// Captures whose times go back and forth, and frames without a time, for the clock of `weir police`.
import * as fc from "fast-check";
import { arpFrame, ipFrame } from "./cli.ts";
import { NgWriter } from "./ngwriter.ts";
import { SECOND_NS, type WrittenFrame } from "./writer.ts";

export interface DisorderedFrame extends WrittenFrame {
  readonly source: string;
  readonly dscp: number;
  /** Simple packet blocks have none. */
  readonly hasTime: boolean;
  readonly hasIp: boolean;
}

const STEP_NS = SECOND_NS / 10n;
const STEPS = 40;
const SOURCES = ["10.0.0.1", "10.0.0.2", "10.0.1.1"];
const DSCPS = [0, 10, 12, 14];

const disorderedFrame = fc
  .record({
    steps: fc.nat(STEPS),
    source: fc.constantFrom(...SOURCES),
    bytes: fc.integer({ min: 60, max: 1600 }),
    dscp: fc.constantFrom(...DSCPS),
    hasTime: fc.constantFrom(true, true, true, false),
    hasIp: fc.constantFrom(true, true, true, true, false),
  })
  .map(({ steps, source, bytes, dscp, hasTime, hasIp }) => {
    const timeNs = BigInt(steps) * STEP_NS;
    const frame = hasIp ? ipFrame(timeNs, bytes, { source, dscp }) : arpFrame(timeNs, bytes);
    return Object.assign(frame, { source, dscp, hasTime, hasIp });
  });

/** A few frames between which times go on, stay, and step back by any amount. */
export function disorderedFrames(framesMax: number): fc.Arbitrary<DisorderedFrame[]> {
  return fc.array(disorderedFrame, { minLength: framesMax / 2, maxLength: framesMax, size: "max" });
}

/** A pcapng in which frames without a time are simple packet blocks. */
export function pcapngOf(frames: readonly DisorderedFrame[]): Uint8Array {
  const writer = new NgWriter().interface({});
  for (const frame of frames) {
    if (frame.hasTime) writer.packet(frame);
    else writer.simplePacket(frame.bytes, frame.originalBytes);
  }
  return writer.done();
}

const TREE = `{name: site, by: all, rate: 16 kbit/s, burst: 2500 B}`;
const LEAF = `match: {dscp: [10, 12]}, by: src`;

/** Policies whose refused packets leave no trace. */
export const FORGETFUL = [
  "{meter: token-bucket, rate: 8 kbit/s, burst: 1600 B}",
  "{meter: leaky-bucket, rate: 8 kbit/s, burst: 1000 B, check: pre}",
  "{meter: token-bucket, rate: 8 kbit/s, burst: 1000 B, check: overdraft}",
  "{meter: leaky-bucket, rate: 2 packets/s, burst: 3 packets, cost: packets}",
  "{meter: gcra, increment: 400 ms, limit: 700 ms, cost: packets}",
  "{meter: srtcm, cir: 8 kbit/s, cbs: 1000 B, ebs: 1600 B}",
  "{meter: trtcm, cir: 8 kbit/s, cbs: 1600 B, pir: 16 kbit/s, pbs: 2 kB}",
  "{meter: trtcm, cir: 8 kbit/s, cbs: 1600 B, pir: 16 kbit/s, pbs: 2 kB, color-aware: true}",
  "{meter: trtcm-4115, cir: 4 kbit/s, cbs: 1000 B, eir: 4 kbit/s, ebs: 1600 B}",
  "{meter: mef, cir: 4 kbit/s, cbs: 1000 B, eir: 4 kbit/s, ebs: 1600 B, coupling: on, color-aware: true}",
  "{meter: dual, peak-rate: 16 kbit/s, peak-burst: 1600 B, rate: 8 kbit/s, burst: 3 kB}",
  "{meter: dual, peak-rate: 16 kbit/s, peak-burst: 1600 B, rate: 8 kbit/s, burst: 3 kB, tag: true}",
  "{meter: multi, buckets: [8 kbit/s 3 kB, 16 kbit/s 2 kB, 32 kbit/s 1600 B]}",
  `{nodes: [${TREE}], classes: [{name: a, ${LEAF}, rate: 8 kbit/s, burst: 1600 B, parent: site}, {name: b, by: src, rate: 4 kbit/s, burst: 2 kB, parent: site}]}`,
  `{nodes: [${TREE}], classes: [{name: a, ${LEAF}, meter: srtcm, cir: 8 kbit/s, cbs: 1600 B, ebs: 1 kB, parent: site}, {name: b, by: all, rate: 8 kbit/s, burst: 1600 B}]}`,
  `{classes: [{name: a, match: {dscp: [10, 12]}, action: block}, {name: b, by: src, rate: 8 kbit/s, burst: 1600 B}]}`,
  `{charge: borrow, nodes: [{name: site, by: all, rate: 16 kbit/s, burst: 6 kB}], classes: [{name: a, match: {dscp: [10, 12]}, by: class, rate: 4 kbit/s, burst: 1600 B, parent: site, ceiling-rate: 8 kbit/s, ceiling-burst: 3 kB}, {name: b, by: class, rate: 4 kbit/s, burst: 1600 B, parent: site}]}`,
] as const;

/** Policies in which a refused packet counts. */
export const UNFORGETFUL = [
  "{meter: turner, rate: 8 kbit/s, burst: 1600 B}",
  "{meter: event-counter, rate: 2 packets/s, alarm: 3 packets}",
  "{meter: dual, peak-rate: 16 kbit/s, peak-burst: 1600 B, rate: 8 kbit/s, burst: 3 kB, mode: sequential}",
  "{meter: dual, peak-rate: 16 kbit/s, peak-burst: 1600 B, rate: 8 kbit/s, burst: 3 kB, mode: independent}",
  "{meter: token-bucket, rate: 8 kbit/s, burst: 1600 B, initial: empty}",
  `{charge: series, nodes: [${TREE}], classes: [{name: a, by: src, rate: 8 kbit/s, burst: 1600 B, parent: site}]}`,
] as const;
