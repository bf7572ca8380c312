/** Starting threads, and what is said when one fails. */
import { Worker } from "node:worker_threads";

/** How the file of a thread is called: threads run what has been built, or the sources where those run. */
export const SOURCE_SUFFIX = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/**
 * Threads work in linear memory and leave next to no garbage. Without a limit, what little there is lets the young
 * generation grow through a long capture: 2 GB took 1.06 times the memory of 100 MB.
 */
const YOUNG_MIB = 2;

/** A thread ended before its work was done: out of memory, as a rule. One line. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  /** What the command exits with. */
  readonly exitCode = 1;

  constructor(cause: string) {
    super(`threads: one of them failed (${cause.split("\n", 1)[0]}); use one thread, which needs less memory`);
  }
}

/** A thread that runs `file`, with `data` as its `workerData`. */
export function startWorker(file: URL, data: unknown): Worker {
  // What the process was started with, such as code to run first, is meant for its main thread only.
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MIB };
  return new Worker(file, { workerData: data, resourceLimits, ...(SOURCE_SUFFIX === ".js" ? { execArgv: [] } : {}) });
}
