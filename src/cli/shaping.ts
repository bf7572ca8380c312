/** A run of `weir shape`: captures in, captures in order of departure out. */
import { OutputError } from "../errors.ts";
import type { Departures } from "../shape/departures.ts";
import type { ShapedFiles } from "../shape/files.ts";
import { writeWithLevels } from "../shape/levels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Captures } from "./captures.ts";
import { Progress } from "./progress.ts";
import type { RowFiles } from "./rows.ts";
import type { RunResult } from "./run.ts";

/** What a run works with. */
export interface ShapingRun {
  /** The capture to write, as errors name it. */
  readonly path: string;
  readonly meter: CaptureMeter;
  readonly queue: Departures;
  readonly files: ShapedFiles;
  readonly rows: RowFiles;
  readonly showsLevels: boolean;
}

/** Reads the captures through the shaper and writes what departs. Throws OutputError, PipeClosed. */
export async function shape(captures: Captures, run: ShapingRun, isQuiet: boolean): Promise<RunResult> {
  const { meter, queue, files, rows } = run;
  await rows.begin();
  try {
    const result = await captures.run(meter, {
      onBatch: (packets) => onBatch(run, packets),
      onInterrupt: () => {
        rows.hurry();
        files.hurry();
      },
      progress: new Progress(process.stderr, !isQuiet),
    });
    await files.write(queue.finish());
    await files.close();
    await rows.finish(meter);
    return result;
  } catch (error) {
    await files.abandon();
    throw error;
  }
}

/** Plain files give no promise: millions of them would be garbage. */
function onBatch(run: ShapingRun, packets: number): void | Promise<void> {
  const { queue, files, rows, meter, showsLevels } = run;
  const written = files.write(queue.take(packets));
  if (written === undefined && !rows.hasPackets && queue.whyStopped === null) return;
  return afterBatch(written, async () => {
    if (queue.whyStopped !== null) await endEarly(run, queue.whyStopped);
    await writeWithLevels(meter, showsLevels, () => rows.writePackets(meter, packets));
  });
}

async function afterBatch(written: void | Promise<void>, then: () => Promise<void>): Promise<void> {
  await written;
  await then();
}

/** All that was taken departs, so that the capture is right as far as it goes. Throws OutputError. */
async function endEarly({ queue, files, path }: ShapingRun, reason: string): Promise<never> {
  await files.write(queue.finish());
  await files.close();
  throw new OutputError(path, new Error(`${reason} (the packets up to there are written)`));
}
