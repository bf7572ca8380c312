/** The other side of the thread that decodes: its start, its task, its reports and its end. */
import type { Worker } from "node:worker_threads";
import type { DecoderReport, DecoderTask } from "./decoder.ts";
import { SOURCE_SUFFIX, startWorker, WorkerError } from "./worker.ts";

export type EndReport = Extract<DecoderReport, { kind: "ended" }>;

/**
 * Starts at once and waits for a task: it takes 30 ms to load, whatever the captures are. Until it has one it does not
 * keep the process alive.
 */
export class DecoderThread {
  readonly #worker: Worker;
  readonly #begun: Promise<DecoderReport>;
  readonly #ended: Promise<DecoderReport>;
  #isOver = false;

  /** Throws where there are no threads. A thread that fails later says so when it is given its task. */
  constructor() {
    this.#worker = startWorker(new URL(`./decoder${SOURCE_SUFFIX}`, import.meta.url), undefined);
    this.#worker.once("exit", () => (this.#isOver = true));
    this.#begun = this.#reported("begins");
    this.#ended = this.#reported("ended");
    // Who gives it a task hears of its failure; without one it is nobody's.
    for (const report of [this.#begun, this.#ended]) report.catch(() => undefined);
    // At last: who listens keeps the process alive.
    this.#worker.unref();
  }

  /** Hands the task over. Resolves when decoding begins; throws, or rejects with a WorkerError, when it cannot. */
  async begin(task: DecoderTask): Promise<void> {
    this.#worker.ref();
    this.#worker.postMessage(task, []);
    await this.#begun;
  }

  /** What decoding has counted, at its end. Rejects with a WorkerError when the thread fails. */
  async ended(): Promise<EndReport> {
    return (await this.#ended) as EndReport;
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    if (!this.#isOver) await this.#worker.terminate();
  }

  /** Its report of a kind. Rejects when it ends without one. */
  async #reported(kind: DecoderReport["kind"]): Promise<DecoderReport> {
    return new Promise((resolve, reject) => {
      this.#worker.on("message", (report: DecoderReport) => {
        if (report.kind === kind) resolve(report);
      });
      this.#worker.once("error", (error) => reject(new WorkerError(error.message)));
      this.#worker.once("exit", () => reject(new WorkerError("it ended early")));
    });
  }
}
