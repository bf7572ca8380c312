/** Topic `parse`: a capture in memory to columns, and to verdicts; beside a naive JavaScript parser. */
import { coreModule } from "../../src/core/module.node.ts";
import { CaptureMeter } from "../../src/trace/meter.ts";
import { cpuMs, interleave, pairedRatio, type Subject, type Timing } from "../harness.ts";
import { countText, short } from "../report.ts";
import { meterCapture, parseCapture } from "../rivals/capture.ts";
import { synthesize } from "../synth.ts";
import type { RunOptions, Topic, TopicResult } from "../topic.ts";
import { BURST_BYTES, contractOf } from "../workload.ts";

const COPY = "copy into the core's window (floor)";
const CORE_PARSE = "core: parse to columns";
const CORE_METER = "core: parse and meter, flow records";
const NAIVE_PARSE = "naive JS: parse to text key";
const NAIVE_METER = "naive JS: parse and meter, Map";
const SECRET = [1, 2, 3, 4] as const;

export const parse: Topic = {
  name: "parse",
  summary: "pcap bytes in memory to columns and to verdicts, beside a naive JavaScript parser: ns a packet, GB/s",
  run: async (options) => measureParsing(options),
};

function measureParsing({ smoke, seed, progress }: RunOptions): TopicResult {
  const shape = smoke ? { packets: 2 ** 17, flows: 10_000, seed } : { packets: 2 ** 20, flows: 100_000, seed };
  progress(`${countText(shape.packets)} packets of ${countText(shape.flows)} flows`);
  const capture = synthesize(shape);
  const colors = { core: new Uint8Array(shape.packets), naive: new Uint8Array(shape.packets) };
  const subjects = subjectsOf(capture, shape.flows, colors);
  const timings = interleave(subjects, smoke ? 3 : 9, { clock: "cpu", warmRounds: 2 });
  const find = (name: string) => timings.find((timing) => timing.name === name)!;
  const rowOf = (timing: Timing) => [
    timing.name,
    short((timing.medianMs * 1e6) / shape.packets),
    short(capture.length / timing.medianMs / 1e6),
    `${(timing.spread * 100).toFixed(0)} %`,
    short(pairedRatio(timing, find(timing.name === NAIVE_PARSE ? CORE_PARSE : CORE_METER))),
  ];
  let differing = 0;
  for (const [index, color] of colors.core.entries()) if (color !== colors.naive[index]) differing += 1;
  return {
    tables: [
      {
        title: `parse: ${countText(shape.packets)} packets, ${countText(shape.flows)} flows, 96 bytes of each, ${short(capture.length / 1e6)} MB`,
        head: ["", "ns/packet", "GB/s", "spread", "/ core"],
        rows: timings.map(rowOf),
        notes: [
          `Each sample starts with an empty flow table. The naive parser is compared with "${CORE_PARSE}", the rest with "${CORE_METER}".`,
          `Verdicts of the naive float meter that differ from the exact ones: ${differing} of ${countText(shape.packets)}.`,
        ],
      },
    ],
    bars: [],
    failures: [],
    data: { shape, bytes: capture.length, timings, differing },
  };
}

function subjectsOf(capture: Buffer, flows: number, colors: { core: Uint8Array; naive: Uint8Array }): Subject[] {
  const { bytesPerSec } = contractOf(flows);
  const window = new Uint8Array(2 ** 18);
  let meter = createMeter(flows);
  const renew = () => void (meter = createMeter(flows));
  let keyChars = 0;
  return [
    { name: COPY, sample: () => copyAll(capture, window) },
    { name: CORE_PARSE, before: renew, sample: () => ({ overriddenDuration: meterAll(meter, capture, colors.core) }) },
    { name: CORE_METER, before: renew, sample: () => void meterAll(meter, capture, colors.core) },
    { name: NAIVE_PARSE, sample: () => parseCapture(capture, (_, length, flow) => (keyChars += length + flow.length)) },
    { name: NAIVE_METER, sample: () => void meterCapture(capture, bytesPerSec, BURST_BYTES, colors.naive) },
  ];
}

function createMeter(flows: number): CaptureMeter {
  return new CaptureMeter(coreModule(), {
    policy: contractOf(flows).policy,
    keying: { by: "5-tuple" },
    captureCount: 1,
    maxFlows: flows,
    secret: SECRET,
    records: true,
    delays: false,
    skipOther: false,
  });
}

function copyAll(capture: Buffer, window: Uint8Array): void {
  for (let at = 0; at < capture.length; at += window.length) window.set(capture.subarray(at, at + window.length));
}

/** Meters the capture. Answers the milliseconds of it that went into feeding and decoding. */
function meterAll(meter: CaptureMeter, capture: Buffer, colors: Uint8Array): number {
  let at = 0;
  let metered = 0;
  let decodeMs = 0;
  for (;;) {
    const startMs = cpuMs();
    // What CaptureMeter.step does in one go: taken apart, to time its first half.
    const needs = meter.core.decodeBatch();
    if (needs === 0) {
      const space = meter.space(0);
      const bytes = Math.min(space.length, capture.length - at);
      space.set(capture.subarray(at, at + bytes));
      meter.feed(0, bytes);
      at += bytes;
    }
    decodeMs += cpuMs() - startMs;
    if (needs === 0) continue;
    const packets = meter.core.meterDecoded();
    colors.set(meter.views.color.subarray(0, packets), metered);
    metered += packets;
    if (packets === 0) return decodeMs;
  }
}
