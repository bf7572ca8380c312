/**
 * Meters captures: file bytes go straight into the core's windows, which answers a batch of colors at a time.
 * Synchronous and without files: inputs push bytes, callers read the batch's columns.
 */
import {
  BY_ALL,
  BY_DESTINATION,
  BY_FIVE_TUPLE,
  BY_PAIR,
  BY_SOURCE,
  CONFIG_BY,
  CONFIG_LENGTH_IP,
  CONFIG_PREFIX,
  CONFIG_SKIP_OTHER,
  DECODE_DONE,
  DECODE_READY,
  SOURCE_WORDS,
  SOURCES_MAX,
  WHOLE_ADDRESS,
} from "../../assembly/abi.ts";
import { type CoreExports, instantiateCore } from "../core/instance.ts";
import { configureCore } from "../core/setup.ts";
import { type CoreViews, viewsOf } from "../core/views.ts";
import { ConfigError } from "../errors.ts";
import type { CompiledPolicy } from "../types.ts";

/** What makes packets one flow; `prefixBits` for `source` and `destination` (absent: whole addresses). */
export interface FlowKeying {
  readonly by: "5-tuple" | "source" | "destination" | "pair" | "all";
  readonly prefixBits?: number;
}

export interface CaptureMeterOptions {
  readonly policy: CompiledPolicy;
  readonly keying: FlowKeying;
  /** Captures to be merged by time. */
  readonly captureCount: number;
  readonly maxFlows: number;
  readonly expectedFlows?: number;
  readonly secret: readonly [number, number, number, number];
  /** Keep per-flow totals and keys (needed for `flowText`). */
  readonly records: boolean;
  /** Fill the delay column. */
  readonly delays: boolean;
  /** Leave frames without an IP header out instead of metering them as one flow. */
  readonly skipOther: boolean;
}

/** `needs`: capture of that index wants bytes. `batch`: packets were metered. `done`: no more will come. */
export type Step =
  | { readonly kind: "needs"; readonly capture: number }
  | { readonly kind: "batch"; readonly packets: number; readonly firstFrame: bigint }
  | { readonly kind: "done" };

const BY = {
  "5-tuple": BY_FIVE_TUPLE,
  source: BY_SOURCE,
  destination: BY_DESTINATION,
  pair: BY_PAIR,
  all: BY_ALL,
} as const;

/** One run over one or more captures. */
export class CaptureMeter {
  readonly core: CoreExports;
  readonly #sources: number[] = [];
  #isDone = false;

  /** Throws ConfigError when the captures or the first table do not fit in memory. */
  constructor(module: WebAssembly.Module, options: CaptureMeterOptions) {
    this.core = instantiateCore(module);
    configureCore(this.core, options);
    const { config } = viewsOf(this.core.memory);
    config[CONFIG_BY] = BigInt(BY[options.keying.by]);
    config[CONFIG_PREFIX] = BigInt(options.keying.prefixBits ?? WHOLE_ADDRESS);
    config[CONFIG_SKIP_OTHER] = options.skipOther ? 1n : 0n;
    config[CONFIG_LENGTH_IP] = options.policy.length === "ip" ? 1n : 0n;
    for (let index = 0; index < options.captureCount; index += 1) this.#sources.push(this.#addSource(index));
    if (!this.core.initialize()) {
      throw new ConfigError(
        "RANGE",
        "max-flows",
        `${options.maxFlows}`,
        "the table does not fit in memory; ask for fewer flows",
      );
    }
  }

  #addSource(index: number): number {
    const source = this.core.addSource();
    if (source === 0) {
      const limit = `at most ${SOURCES_MAX}, and what fits in memory, are merged in one run; merge some of them first`;
      throw new ConfigError("RANGE", "captures", `${index + 1}`, limit);
    }
    return source;
  }

  /** Views over the core's columns; ask again after every step, growth re-makes them. */
  get views(): CoreViews {
    return viewsOf(this.core.memory);
  }

  /** Goes on until input is needed, a batch has been metered, or everything has ended. */
  step(): Step {
    if (this.#isDone) return { kind: "done" };
    const answer = this.core.decodeBatch();
    if (answer !== DECODE_READY && answer !== DECODE_DONE) return { kind: "needs", capture: answer };
    this.#isDone = answer === DECODE_DONE;
    const firstFrame = BigInt.asUintN(64, this.core.batchFirstFrame());
    const packets = this.core.meterDecoded();
    return packets === 0 && this.#isDone ? { kind: "done" } : { kind: "batch", packets, firstFrame };
  }

  /** Meters what has been decoded so far, for input that pauses. Answers the number of packets. */
  flush(): number {
    return this.core.meterDecoded();
  }

  /** The part of a capture's window where bytes may be written next. */
  space(capture: number): Uint8Array {
    const length = this.core.spaceFor(capture);
    const start = this.core.spaceAt(capture);
    return this.views.bytes.subarray(start, start + length);
  }

  /** Tells that so many bytes were written to `space`; 0 ends the capture. */
  feed(capture: number, bytes: number): void {
    this.core.feed(capture, bytes);
  }

  /** Counters of one capture, by SOURCE_* (assembly/abi.ts). */
  counters(capture: number): BigUint64Array {
    const start = this.#sources[capture]! / 8;
    return this.views.longs.subarray(start, start + SOURCE_WORDS);
  }
}
