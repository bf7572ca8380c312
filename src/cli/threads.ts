/** Whether a run takes a second thread. */
import { availableParallelism } from "node:os";
import { coreModule } from "../core/module.node.ts";
import type { DecoderThread } from "../threads/decoderthread.ts";
import { CapturePipeline, type Pipeline } from "../threads/pipeline.ts";
import { StretchPipeline } from "../threads/stretchpipeline.ts";
import { STRETCH_BYTES } from "../threads/stretches.ts";
import type { FileSource } from "../trace/file.ts";
import { isPcap, PCAP_MAGIC_BYTES } from "../trace/magic.ts";
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
): Promise<Pipeline | undefined> {
  const files = captures.plainFiles;
  if (count < 2 || files === undefined || captures.totalBytes < bytesMin) {
    void early?.end();
    return undefined;
  }
  const task = { module: coreModule(), paths: captures.paths, options };
  const [file] = files;
  if (files.length === 1 && isShared(file!, options)) return StretchPipeline.start(meter, task, { file: file! }, early);
  return CapturePipeline.start(meter, task, early);
}

/**
 * True when both threads can decode the file: one in which records are found in its middle, and none of whose frames is
 * left out, since who meters has to number them.
 */
function isShared(file: FileSource, { skipOther }: CaptureMeterOptions): boolean {
  if (skipOther || file.sizeBytes! < 2 * STRETCH_BYTES) return false;
  const head = new Uint8Array(PCAP_MAGIC_BYTES);
  return file.readAt(head, 0) === PCAP_MAGIC_BYTES && isPcap(head);
}
