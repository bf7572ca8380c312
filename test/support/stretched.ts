/** Captures metered in stretches, with both sides in one thread: a seed decides which of them goes on next. */
import { SOURCE_FRAMES } from "../../assembly/abi.ts";
import { coreModule } from "../../src/core/module.node.ts";
import { CaptureError } from "../../src/errors.ts";
import type { DecoderTask } from "../../src/threads/decoder.ts";
import { StretchDecoder } from "../../src/threads/stretchdecoder.ts";
import { type Decoding, StretchPipeline } from "../../src/threads/stretchpipeline.ts";
import { FileSource } from "../../src/trace/file.ts";
import { CaptureMeter } from "../../src/trace/meter.ts";
import { type CaptureRun, type FrameRow, meterOptions, readBatch, type RunOptions } from "./capture.ts";
import type { Dice } from "./mutate.ts";

/** Stretches that the side which decodes may be ahead: the ring has room for so many. */
const AHEAD_MAX = 8;

/** More than any capture of the tests has stretches: it would hang. */
const WAITS_MAX = 100_000;

/** The other thread, which does a stretch whenever it is asked to. */
class SteppedThread implements Decoding {
  readonly #file: FileSource;
  #decoder: StretchDecoder | undefined;
  #isDone = false;
  #die: (error: Error) => void = () => undefined;
  readonly #ended: Promise<never>;
  #stretchesLeft: number;

  constructor(file: FileSource, diesAfter: number) {
    this.#file = file;
    this.#stretchesLeft = diesAfter;
    this.#ended = new Promise((_, reject) => (this.#die = reject));
  }

  begin(task: DecoderTask): Promise<void> {
    this.#decoder = new StretchDecoder(task, task.stretches!, this.#file);
    return Promise.resolve();
  }

  ended(): Promise<never> {
    return this.#ended;
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  next(): void {
    if (this.#stretchesLeft === 0) return this.#die(new Error("it has died"));
    this.#stretchesLeft -= 1;
    this.#isDone = this.#isDone || !this.#decoder!.next();
  }
}

export interface StretchedRun extends CaptureRun {
  readonly readFailures: readonly (string | null)[];
  /** Frames that the other side has handed over and this one has taken. */
  readonly handedOver: number;
}

export interface StretchOptions extends RunOptions {
  readonly stretchBytes: number;
  readonly dice: Dice;
  /** Chances in four that the other side goes on first. */
  readonly eagerness: number;
  /** Reading fails behind it: for the side that meters, and for the other one. */
  readonly readableBytes?: readonly [number, number];
  /** Stretches after which the other side dies. */
  readonly diesAfter?: number;
}

/** A file whose reading fails behind `readableBytes`. */
async function opened(path: string, readableBytes: number): Promise<FileSource> {
  const file = await FileSource.open(path);
  const readAt = file.readAt.bind(file);
  file.readAt = (target, position) => {
    if (position >= readableBytes) throw new CaptureError("UNREADABLE", path, "reading fails (EIO)");
    return readAt(target.subarray(0, readableBytes - position), position);
  };
  return file;
}

/** Meters the capture at `path`. */
export async function runStretched(path: string, options: StretchOptions): Promise<StretchedRun> {
  const { dice, stretchBytes, eagerness, readableBytes = [Infinity, Infinity], diesAfter = Infinity } = options;
  const module = coreModule(options.build ?? "debug");
  const task = { module, paths: [path], options: meterOptions(1, options) };
  const meter = new CaptureMeter(module, task.options);
  const [file, again] = await Promise.all(readableBytes.map(async (bytes) => opened(path, bytes)));
  const thread = new SteppedThread(again!, diesAfter);
  const pipeline = StretchPipeline.start(meter, task, { file: file!, stretchBytes }, thread)!;
  const rows: FrameRow[] = [];
  const colors: number[] = [];
  let ahead = 0;
  let waits = 0;
  for (;;) {
    if (ahead < AHEAD_MAX && dice.below(4) < eagerness) {
      thread.next();
      ahead += 1;
    }
    const step = pipeline.next(0);
    if (step.kind === "done") break;
    if (step.kind === "batch") readBatch(meter, { ...step, firstFrame: meter.core.batchFirstFrame() }, rows, colors);
    else {
      if (++waits > WAITS_MAX) throw new Error("nobody goes on");
      thread.next();
      ahead = 1;
      // Its death is known.
      await Promise.resolve();
    }
  }
  const ownFrames = meter.counters(0)[SOURCE_FRAMES]!;
  const readFailures = await pipeline.end();
  const handedOver = Number(meter.counters(0)[SOURCE_FRAMES]! - ownFrames);
  await Promise.all([pipeline.close(), file!.close(), again!.close()]);
  const counters = [[...meter.counters(0)]];
  const fedBytes = [pipeline.doneBytes];
  return {
    rows,
    colors,
    counters,
    fedBytes,
    stats: [...meter.views.stats],
    readFailures,
    handedOver,
  };
}
