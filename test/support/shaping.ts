/** Shapes captures that lie in memory, as `weir shape` does, and reads back what each packet was given. */
import { COLUMN_CLOCK, BATCH } from "../../assembly/abi.ts";
import { type CoreBuild, coreModule } from "../../src/core/module.node.ts";
import { Departures, type DepartureSettings, type Piece } from "../../src/shape/departures.ts";
import { measureSettingsOf } from "../../src/shape/line.ts";
import { measuresOf, type ShapeMeasures } from "../../src/shape/measures.ts";
import { CaptureMeter } from "../../src/trace/meter.ts";
import type { FlowKeying, ShaperPolicy } from "../../src/types.ts";
import { Input } from "./capture.ts";

/** One packet as the shaper judged it. */
export interface ShapedPacket {
  readonly arrivalNs: bigint;
  /** Null when it was dropped. */
  readonly departureNs: bigint | null;
  readonly lengthBytes: number;
  /** Record of its flow. */
  readonly flow: number;
}

export interface Shaped {
  readonly departed: Buffer;
  readonly dropped: Buffer;
  readonly packets: readonly ShapedPacket[];
  readonly measures: ShapeMeasures;
  /** By QUEUE_*. */
  readonly counts: BigUint64Array;
}

export interface ShapingOptions extends Partial<DepartureSettings> {
  readonly build?: CoreBuild;
  readonly keying?: FlowKeying;
}

/** Everything that is written and measured. */
export function shapeInMemory(
  captures: readonly Uint8Array[],
  policy: ShaperPolicy,
  options: ShapingOptions = {},
): Shaped {
  const { build = "release", keying = { by: "5-tuple" }, format = "pcap" } = options;
  const { droppedFormat = format, holdBytes = 2 ** 28 } = options;
  const measures = measureSettingsOf(policy);
  const meter = new CaptureMeter(coreModule(build), {
    policy,
    keying,
    captureCount: captures.length,
    maxFlows: 1 << 16,
    secret: [1, 2, 3, 4],
    records: true,
    delays: false,
    levels: measures.backlog === "queue",
    skipOther: false,
    frames: true,
    measures,
  });
  const queue = new Departures(meter, { format, droppedFormat, holdBytes });
  const inputs = captures.map((bytes) => new Input(bytes, Infinity));
  const parts = { departed: [] as Buffer[], dropped: [] as Buffer[] };
  const keep = (pieces: Iterable<Piece>) => {
    for (const { stream, bytes } of pieces) parts[stream].push(Buffer.from(bytes));
  };
  const packets: ShapedPacket[] = [];
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "needs") {
      inputs[step.capture]!.feed(meter, step.capture);
      continue;
    }
    packets.push(...packetsOf(meter, step.packets));
    keep(queue.take(step.packets));
  }
  keep(queue.finish());
  return {
    departed: Buffer.concat(parts.departed),
    dropped: Buffer.concat(parts.dropped),
    packets,
    measures: measuresOf(meter, policy),
    counts: queue.counts,
  };
}

function packetsOf(meter: CaptureMeter, count: number): ShapedPacket[] {
  const { longs, color, length, flow, departure } = meter.views;
  return Array.from({ length: count }, (_, row) => ({
    arrivalNs: longs[(BATCH + COLUMN_CLOCK) / 8 + row]!,
    departureNs: color[row] === 2 ? null : BigInt(departure[2 * row]!) + (BigInt(departure[2 * row + 1]!) << 32n),
    lengthBytes: length[row]!,
    flow: flow[row]!,
  }));
}
