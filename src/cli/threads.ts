/** Whether a run takes a second thread. */
import { availableParallelism } from "node:os";
import { coreModule } from "../core/module.node.ts";
import type { DecoderThread } from "../threads/decoderthread.ts";
import { CapturePipeline } from "../threads/pipeline.ts";
import type { CaptureMeter, CaptureMeterOptions } from "../trace/meter.ts";
import type { Captures } from "./captures.ts";
import { PIPED_BYTES_MIN } from "./early.ts";
import { countOf } from "./options.ts";

const THREADS_LIMIT = 1024;

export interface Threads {
  readonly count: number;
  /** Captures below this are left to one thread. */
  readonly bytesMin: number;
}

/** From `--threads`. Who names a number gets it for small captures, too. Throws ConfigError. */
export function threadsOf(text: string | undefined): Threads {
  if (text !== undefined) return { count: countOf("threads", text, 1, THREADS_LIMIT), bytesMin: 0 };
  return { count: availableParallelism(), bytesMin: PIPED_BYTES_MIN };
}

/**
 * The second thread for captures that `meter`, made of `options`, is about to meter; undefined when one thread does it
 * all: for pipes, for compressed captures (what decompresses is a thread or process of its own already), and where
 * threads or shared memory are missing. `early`, when there is one, is that thread already, and is ended when none is
 * needed.
 */
export async function pipelineFor(
  { count, bytesMin }: Threads,
  captures: Captures,
  meter: CaptureMeter,
  options: CaptureMeterOptions,
  early?: DecoderThread,
): Promise<CapturePipeline | undefined> {
  if (count < 2 || !captures.arePlainFiles || captures.totalBytes < bytesMin) {
    void early?.end();
    return undefined;
  }
  return CapturePipeline.start(meter, { module: coreModule(), paths: captures.paths, options }, early);
}
