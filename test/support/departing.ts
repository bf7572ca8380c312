/** Sends frames through the departure queue with departures that a test chooses. */
import { BATCH, COLUMN_CLOCK, COLUMN_COLOR, COLUMN_DEPARTURE, STAT_NEWEST } from "../../assembly/abi.ts";
import { type CoreBuild, coreModule } from "../../src/core/module.node.ts";
import { Departures, type DepartureSettings, type Piece } from "../../src/shape/departures.ts";
import { CaptureMeter } from "../../src/trace/meter.ts";
import { Input, POLICY } from "./capture.ts";

/** What becomes of the frame of that index: how long it waits from the clock on, or null when it is dropped. */
export type Fate = (index: number) => bigint | null;

export interface Departed {
  readonly departed: Buffer;
  readonly dropped: Buffer;
  /** The clock at each frame. */
  readonly clocks: readonly bigint[];
  readonly queue: Departures;
}

export interface DepartingOptions extends Partial<DepartureSettings> {
  readonly build?: CoreBuild;
  readonly chunkBytes?: number;
}

/** Everything that is written. Throws when a frame comes out later than the clock allows. */
export function depart(captures: readonly Uint8Array[], fate: Fate, options: DepartingOptions = {}): Departed {
  const {
    build = "debug",
    chunkBytes = Infinity,
    format = "pcap",
    droppedFormat = format,
    holdBytes = 2 ** 28,
  } = options;
  const meter = new CaptureMeter(coreModule(build), {
    policy: POLICY,
    keying: { by: "5-tuple" },
    captureCount: captures.length,
    maxFlows: 1 << 16,
    secret: [1, 2, 3, 4],
    records: false,
    delays: false,
    skipOther: false,
    frames: true,
  });
  const queue = new Departures(meter, { format, droppedFormat, holdBytes });
  const inputs = captures.map((bytes) => new Input(bytes, chunkBytes));
  const parts = { departed: [] as Buffer[], dropped: [] as Buffer[] };
  const keep = (pieces: Iterable<Piece>) => {
    for (const { stream, bytes } of pieces) parts[stream].push(Buffer.from(bytes));
  };
  const clocks: bigint[] = [];
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "needs") {
      inputs[step.capture]!.feed(meter, step.capture);
      continue;
    }
    decide(meter, step.packets, clocks, fate);
    keep(queue.take(step.packets));
  }
  keep(queue.finish());
  return { departed: Buffer.concat(parts.departed), dropped: Buffer.concat(parts.dropped), clocks, queue };
}

/** Writes the batch's departures and colors as a shaper would. */
function decide(meter: CaptureMeter, packets: number, clocks: bigint[], fate: Fate): void {
  const { longs, bytes, stats } = meter.views;
  for (let row = 0; row < packets; row += 1) {
    const clock = longs[(BATCH + COLUMN_CLOCK) / 8 + row]!;
    const waits = fate(clocks.length);
    clocks.push(clock);
    if (clock > stats[STAT_NEWEST]!) throw new Error("a clock beyond the newest time");
    longs[(BATCH + COLUMN_DEPARTURE) / 8 + row] = waits === null ? 2n ** 64n - 1n : clock + waits;
    bytes[BATCH + COLUMN_COLOR + row] = waits === null ? 2 : 0;
  }
}
