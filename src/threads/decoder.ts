/** What the decoding thread runs: waits for its task, then captures to hashed batches, until their end or until told to stop. */
import { parentPort } from "node:worker_threads";
import { CaptureError } from "../errors.ts";
import type { CaptureInput } from "../trace/captureinput.ts";
import { openInput } from "../trace/input.ts";
import { CaptureMeter, type CaptureMeterOptions } from "../trace/meter.ts";
import { HandedColumns } from "./columns.ts";
import { BatchRing } from "./ring.ts";
import { decodeStretches } from "./stretchdecoder.ts";
import type { StretchTask } from "./stretches.ts";

/** What the thread is given. */
export interface DecoderTask {
  readonly module: WebAssembly.Module;
  readonly paths: readonly string[];
  readonly options: CaptureMeterOptions;
  readonly memory: SharedArrayBuffer;
  /** Of the only capture, where both threads decode it. */
  readonly stretches?: StretchTask;
}

/** What it says: that it begins, and at the end what decoding has counted. */
export type DecoderReport =
  | { readonly kind: "begins" }
  | {
      readonly kind: "ended";
      /** All counters of the core that decodes, STAT_*. */
      readonly stats: BigUint64Array;
      /** SOURCE_* of each capture. */
      readonly counters: readonly BigUint64Array[];
      readonly readFailures: readonly (string | null)[];
    };

class Decoder {
  readonly #meter: CaptureMeter;
  readonly #inputs: readonly CaptureInput[];
  readonly #columns: HandedColumns;
  readonly #ring: BatchRing;
  readonly #readFailures: (string | null)[];
  readonly #targets: readonly (() => Uint8Array)[];

  constructor({ module, options, memory }: DecoderTask, inputs: readonly CaptureInput[]) {
    // Its table stays empty.
    this.#meter = new CaptureMeter(module, { ...options, maxFlows: 1, expectedFlows: 0 });
    this.#inputs = inputs;
    this.#columns = new HandedColumns(this.#meter.core, "clocks");
    this.#ring = new BatchRing(this.#columns.batchBytes, memory);
    this.#readFailures = inputs.map(() => null);
    this.#targets = inputs.map((_, capture) => () => this.#meter.space(capture));
  }

  /** Decodes until the end, or until the other side stops it. */
  async run(): Promise<DecoderReport> {
    sayBegins();
    while (!this.#ring.isStopped) {
      const step = this.#meter.decode();
      if (step.kind === "done") break;
      if (step.kind === "batch") {
        this.#handOver(step.packets, step.firstFrame);
        continue;
      }
      const waits = this.#feed(step.capture);
      // Plain files give no promise: millions of them would be garbage.
      if (waits !== undefined) await waits;
    }
    const { core, views } = this.#meter;
    const firstFrame = core.batchFirstFrame();
    const rest = core.hashDecoded();
    if (rest > 0) this.#handOver(rest, firstFrame);
    this.#handOver(0, firstFrame);
    const counters = this.#inputs.map((_, capture) => this.#meter.counters(capture).slice());
    return { kind: "ended", stats: views.stats.slice(), counters, readFailures: this.#readFailures };
  }

  #handOver(packets: number, firstFrame: bigint): void {
    this.#columns.save(this.#ring.room(), packets);
    const doneBytes = this.#inputs.reduce((sum, { consumedBytes }) => sum + consumedBytes, 0);
    this.#ring.write({ packets, firstFrame: Number(firstFrame), startsAt: 0, doneBytes });
  }

  /** Gives a capture its next bytes; a failed read ends it. Plain files give no promise. */
  #feed(capture: number): void | Promise<void> {
    try {
      const bytes = this.#inputs[capture]!.read(this.#targets[capture]!);
      if (typeof bytes === "number") return this.#meter.feed(capture, bytes);
      return this.#feedLater(capture, bytes);
    } catch (error) {
      this.#endCapture(capture, error);
    }
  }

  async #feedLater(capture: number, answer: Promise<number>): Promise<void> {
    try {
      this.#meter.feed(capture, await answer);
    } catch (error) {
      this.#endCapture(capture, error);
    }
  }

  #endCapture(capture: number, error: unknown): void {
    if (!(error instanceof CaptureError)) throw error;
    this.#readFailures[capture] = error.message;
    this.#meter.feed(capture, 0);
  }
}

/** Not before the captures are open: the other side does it all itself where they cannot be opened again. */
function sayBegins(): void {
  parentPort!.postMessage({ kind: "begins" } satisfies DecoderReport, []);
}

async function decode(task: DecoderTask): Promise<void> {
  if (task.stretches !== undefined) return decodeStretches(task, task.stretches, sayBegins);
  const inputs = await Promise.all(task.paths.map(openInput));
  parentPort!.postMessage(await new Decoder(task, inputs).run(), []);
  for (const input of inputs) await input.close();
}

// One task, and no reason to stay after it.
parentPort!.once("message", (task: DecoderTask) => void decode(task));
