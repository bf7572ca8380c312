/** The main loop of a run whose captures another thread decodes: batches in, verdicts out, until the end or Ctrl-C. */
import { createHash } from "node:crypto";
import type { Pipeline } from "../threads/pipeline.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { pauseCompiler } from "./compilerpause.ts";
import { BREATH_MS, type Interruptible, type RunHooks, type RunResult } from "./run.ts";

export class PipelineRun implements Interruptible {
  readonly #meter: CaptureMeter;
  readonly #pipeline: Pipeline;
  readonly #totalBytes: number;
  readonly #hooks: RunHooks;
  readonly #hash = createHash("sha256");
  readonly #state = () => ({
    packets: this.#packets,
    doneBytes: this.#pipeline.doneBytes,
    totalBytes: this.#totalBytes,
  });
  #packets = 0n;
  #isInterrupted = false;

  constructor(meter: CaptureMeter, pipeline: Pipeline, totalBytes: number, hooks: RunHooks) {
    this.#meter = meter;
    this.#pipeline = pipeline;
    this.#totalBytes = totalBytes;
    this.#hooks = hooks;
  }

  /** What the pipeline has in order is metered still. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#hooks.onInterrupt?.();
    this.#pipeline.stop();
  }

  async toEnd(): Promise<RunResult> {
    // Rows of columns are written in JavaScript.
    const pause = this.#hooks.onBatch === undefined ? await pauseCompiler() : undefined;
    try {
      await this.#meterAll();
    } finally {
      pause?.end();
    }
    const readFailures = await this.#pipeline.end();
    return { digest: this.#hash.digest("hex"), isInterrupted: this.#isInterrupted, readFailures };
  }

  async #meterAll(): Promise<void> {
    let breathMs = performance.now();
    for (;;) {
      const step = this.#pipeline.next(BREATH_MS);
      if (step.kind === "done") break;
      if (step.kind === "batch") {
        const work = this.#take(step.packets);
        if (work !== undefined) await work;
      }
      this.#hooks.progress.update(this.#state);
      if (step.kind === "batch" && performance.now() - breathMs <= BREATH_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      breathMs = performance.now();
    }
  }

  /** Hands on the batch that was just metered. */
  #take(packets: number): void | Promise<void> {
    this.#hash.update(this.#meter.views.color.subarray(0, packets));
    this.#packets += BigInt(packets);
    this.#hooks.forecast?.update(this.#state);
    return this.#hooks.onBatch?.(packets);
  }
}
