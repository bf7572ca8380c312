/** The main loop of a run whose captures another thread decodes: batches in, verdicts out, until the end or Ctrl-C. */
import type { Pipeline } from "../threads/pipeline.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { Breath, BREATH_MS } from "./breath.ts";
import { pauseCompiler } from "./compilerpause.ts";
import type { Interruptible, RunHooks, RunResult } from "./run.ts";
import { Verdicts } from "./verdicts.ts";

export class PipelineRun implements Interruptible {
  readonly #meter: CaptureMeter;
  readonly #pipeline: Pipeline;
  readonly #totalBytes: number;
  readonly #hooks: RunHooks;
  readonly #verdicts = new Verdicts();
  readonly #state = () => ({
    packets: this.#verdicts.packets,
    doneBytes: this.#pipeline.doneBytes,
    totalBytes: this.#totalBytes,
  });
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
    return { digest: this.#verdicts.digest(), isInterrupted: this.#isInterrupted, readFailures };
  }

  async #meterAll(): Promise<void> {
    const breath = new Breath();
    for (;;) {
      const step = this.#pipeline.next(BREATH_MS);
      if (step.kind === "done") break;
      if (step.kind === "batch") {
        const work = this.#take(step.packets);
        if (work !== undefined) await work;
      }
      this.#hooks.progress.update(this.#state);
      if (breath.isDue || step.kind === "waits") await breath.take();
    }
  }

  /** Hands on the batch that was just metered. */
  #take(packets: number): void | Promise<void> {
    this.#verdicts.add(this.#meter.views.color, packets);
    this.#hooks.forecast?.update(this.#state);
    return this.#hooks.onBatch?.(packets);
  }
}
