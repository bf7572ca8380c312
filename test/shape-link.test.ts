// Goal: a capture through a link holds every packet that the reference twin sends, at the time it says, in that order, and
// what the twin drops is dropped; the delays that are measured are those.
import { describe, expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { coreModule } from "../src/core/module.node.ts";
import { compileLink } from "../src/policies.ts";
import { createReferenceLink } from "../src/reference/schedule/link.ts";
import { Departures, type Piece } from "../src/shape/departures.ts";
import { LINK_MEASURES } from "../src/shape/line.ts";
import { linkResultOf } from "../src/shape/linkresult.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import type { LinkPolicy, SchedulerName } from "../src/types.ts";
import { Input } from "./support/capture.ts";
import { ipFrame } from "./support/cli.ts";
import { readCapture } from "./support/readcapture.ts";
import { SECOND_NS, writePcap, type WrittenFrame } from "./support/writer.ts";

const START_NS = 1_700_000_000n * SECOND_NS;
const PORTS = [5001, 5002, 5003];
const BUILDS = ["debug", "release", "scalar"] as const;

function linkOf(scheduler: SchedulerName): LinkPolicy {
  return compileLink({
    link: { rate: "3333333 bit/s", scheduler, limit: "60 kB" },
    classes: [
      { name: "first", match: { "dst-port": PORTS[0] }, queue: { limit: "8 kB" } },
      { name: "second", match: { "dst-port": PORTS[1] }, queue: { limit: "30 packets" } },
      { name: "rest", queue: { limit: "40 kB" } },
    ],
  });
}

interface Arrival {
  readonly frame: WrittenFrame;
  readonly packetClass: number;
}

function traffic(seed: number, packets: number): Arrival[] {
  const random = new Random(seed);
  let timeNs = START_NS;
  return Array.from({ length: packets }, () => {
    timeNs += BigInt(random.below(8) === 0 ? random.below(20_000_000) : random.below(1_000_000));
    const packetClass = random.below(PORTS.length);
    const destinationPort = PORTS[packetClass]!;
    return { frame: ipFrame(timeNs, 60 + random.below(1440), { destinationPort }), packetClass };
  });
}

interface Sent {
  readonly sequence: number;
  readonly departureNs: bigint;
}

/** What the twin sends, in the order that it does, and the sequence numbers of what it drops. */
function twinOf(policy: LinkPolicy, arrivals: readonly Arrival[]): { sent: Sent[]; dropped: number[] } {
  const link = createReferenceLink({ policy, maxQueued: 100_000 });
  const sent: Sent[] = [];
  const dropped: number[] = [];
  const collect = () => {
    const { count, sequence, departure } = link.departed;
    for (let row = 0; row < count; row += 1) {
      const departureNs = BigInt(departure[2 * row]!) + (BigInt(departure[2 * row + 1]!) << 32n);
      sent.push({ sequence: sequence[2 * row]!, departureNs });
    }
  };
  for (const [index, { frame, packetClass }] of arrivals.entries()) {
    const { batch } = link;
    batch.time[0] = Number(frame.timeNs & 0xffff_ffffn);
    batch.time[1] = Number(frame.timeNs >> 32n);
    batch.length[0] = frame.originalBytes ?? frame.bytes.length;
    batch.class[0] = packetClass;
    link.run(1);
    if (link.batch.color[0] === 2) dropped.push(index);
    collect();
  }
  link.flush();
  collect();
  return { sent, dropped };
}

function most(values: readonly bigint[]): bigint {
  return values.reduce((left, right) => (left > right ? left : right), 0n);
}

describe.each(["priority", "drr", "fifo"] as const)("%s", (scheduler) => {
  test.each(BUILDS)("as the twin sends it: %s", (build) => {
    const policy = linkOf(scheduler);
    const arrivals = traffic(scheduler.length, 3000);
    const meter = new CaptureMeter(coreModule(build), {
      policy,
      keying: { by: "5-tuple" },
      captureCount: 1,
      maxFlows: 1,
      secret: [1, 2, 3, 4],
      records: false,
      delays: false,
      skipOther: false,
      frames: true,
      measures: LINK_MEASURES,
    });
    const queue = new Departures(meter, { format: "pcap", droppedFormat: "pcapng", holdBytes: 2 ** 26 });
    const parts = { departed: [] as Buffer[], dropped: [] as Buffer[] };
    const keep = (pieces: Iterable<Piece>) => {
      for (const { stream, bytes } of pieces) parts[stream].push(Buffer.from(bytes));
    };
    const capture = writePcap(
      arrivals.map(({ frame }) => frame),
      { clock: "nano" },
    );
    const input = new Input(capture, 10_000);
    for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
      if (step.kind === "needs") input.feed(meter, step.capture);
      else keep(queue.take(step.packets));
    }
    keep(queue.finish());
    const { sent, dropped } = twinOf(policy, arrivals);
    expect(sent.length + dropped.length).toBe(arrivals.length);
    expect(dropped.length).toBeGreaterThan(100);
    const read = readCapture(Buffer.concat(parts.departed)).frames;
    expect(read.map(({ timeNs }) => timeNs)).toStrictEqual(sent.map(({ departureNs }) => departureNs));
    const wanted = sent.map(({ sequence }) => arrivals[sequence]!.frame);
    expect(read.every(({ bytes }, index) => bytes.equals(wanted[index]!.bytes))).toBe(true);
    const lost = readCapture(Buffer.concat(parts.dropped)).frames;
    expect(lost.map(({ timeNs }) => timeNs)).toStrictEqual(dropped.map((index) => arrivals[index]!.frame.timeNs));

    const counts = queue.counts;
    const told = { queue: counts, outputs: [], line: null, digest: "", captures: [], isInterrupted: false };
    const { measures, classes } = linkResultOf(meter, { policy, ...told });
    const delays = sent.map(({ sequence, departureNs }) => departureNs - arrivals[sequence]!.frame.timeNs);
    expect(measures.delay!.mostNs).toBe(most(delays));
    expect(classes.map(({ mostDelayNs }) => mostDelayNs)).toStrictEqual(
      PORTS.map((_, index) => most(delays.filter((_delay, at) => arrivals[sent[at]!.sequence]!.packetClass === index))),
    );
  });
});
