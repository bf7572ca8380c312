/**
 * What the decoding thread does with a capture in stretches: takes one after the other, finds its first record, and hands
 * batches over with where in the file they begin and end. Whatever goes wrong here, it takes no more: the thread that
 * meters compares places, and reads on by itself from where they do not fit.
 */
import { CONFIG_CLOCKLESS } from "../../assembly/abi.ts";
import { CaptureError } from "../errors.ts";
import { FileSource } from "../trace/file.ts";
import { CaptureMeter } from "../trace/meter.ts";
import { StretchReader } from "../trace/stretchreader.ts";
import { HandedColumns } from "./columns.ts";
import { COUNTS_BYTES, DecodedCounts } from "./counts.ts";
import type { DecoderTask } from "./decoder.ts";
import { BatchRing } from "./ring.ts";
import { Stretches, type StretchTask } from "./stretches.ts";

export class StretchDecoder {
  readonly #meter: CaptureMeter;
  readonly #reader: StretchReader;
  readonly #columns: HandedColumns;
  readonly #counts: DecodedCounts;
  readonly #ring: BatchRing;
  readonly #stretches: Stretches;
  /** Where the next batch begins. */
  #startsAt = 0;
  /** Where the newest stretch ends. */
  #end = 0;
  #isOpened = false;

  constructor({ module, options, memory }: Omit<DecoderTask, "paths">, task: StretchTask, file: FileSource) {
    // Its table stays empty.
    this.#meter = new CaptureMeter(module, { ...options, maxFlows: 1, expectedFlows: 0 });
    this.#meter.views.config[CONFIG_CLOCKLESS] = 1n;
    this.#reader = new StretchReader(this.#meter, file);
    this.#columns = new HandedColumns(this.#meter.core, "times");
    this.#counts = new DecodedCounts(this.#columns.batchBytes);
    this.#ring = new BatchRing(this.#columns.batchBytes + COUNTS_BYTES, memory);
    this.#stretches = new Stretches(task);
  }

  /** Takes the next stretch and hands it over. False, and says so, when there is none, or none that it can decode. */
  next(): boolean {
    if (this.#decodeNext()) return true;
    // What was decoded before a read failed, too.
    this.#flush();
    this.#handOver(0);
    return false;
  }

  #decodeNext(): boolean {
    try {
      return (this.#isOpened || this.#open()) && this.#decodeStretch();
    } catch (error) {
      // The other thread reads the same bytes in their turn, and tells what is wrong with them.
      if (error instanceof CaptureError) return false;
      throw error;
    }
  }

  /** Reads the file's header alone, which belongs to the first stretch. */
  #open(): boolean {
    this.#reader.limit(1);
    this.#isOpened = this.#decodeToLimit();
    DecodedCounts.clear(this.#meter);
    return this.#isOpened;
  }

  #decodeStretch(): boolean {
    const next = this.#stretches.take();
    if (next?.start !== this.#end) this.#flush();
    if (next === undefined) return false;
    if (next.start !== this.#end) {
      if (!this.#reader.seek(next.start)) return false;
      this.#startsAt = this.#reader.offset;
    }
    this.#end = next.limit;
    this.#reader.limit(this.#end);
    return this.#decodeToLimit();
  }

  /** False when there is nothing behind: the capture has ended, or the run is over. */
  #decodeToLimit(): boolean {
    while (!this.#ring.isStopped) {
      const answer = this.#reader.advance(this.#meter.core.hashDecoded);
      if (typeof answer !== "number") return answer === "limit";
      this.#handOver(answer);
    }
    return false;
  }

  #flush(): void {
    const packets = this.#meter.core.hashDecoded();
    if (packets > 0) this.#handOver(packets);
  }

  #handOver(packets: number): void {
    const batch = this.#ring.room();
    this.#columns.save(batch, packets);
    this.#counts.save(this.#meter, batch);
    const doneBytes = this.#reader.offset;
    this.#ring.write({ packets, firstFrame: 0, startsAt: this.#startsAt, doneBytes });
    this.#startsAt = doneBytes;
  }
}

/** Decodes the only capture of `task`; `onBegin` is called once it is open. */
export async function decodeStretches(task: DecoderTask, stretches: StretchTask, onBegin: () => void): Promise<void> {
  const file = await FileSource.open(task.paths[0]!);
  try {
    const decoder = new StretchDecoder(task, stretches, file);
    onBegin();
    while (decoder.next());
  } finally {
    await file.close();
  }
}
