/**
 * Meters captures: file bytes go straight into the core's windows, which answers a batch of colors at a time.
 * Synchronous and without files: inputs push bytes, callers read the batch's columns.
 */
import {
  BY_FIVE_TUPLE,
  CONFIG_BY,
  CONFIG_CLASSES,
  CONFIG_DSCP_COLORS,
  CONFIG_FRAMES,
  CONFIG_ROWLESS,
  CONFIG_LENGTH_IP,
  CONFIG_PREFIX,
  CONFIG_SKIP_OTHER,
  DECODE_DONE,
  DECODE_READY,
  SOURCE_WORDS,
  SOURCES_MAX,
  WHOLE_ADDRESS,
} from "../../assembly/abi.ts";
import {
  BACKLOG_FLUID,
  BACKLOG_QUEUE,
  CONFIG_BACKLOG,
  CONFIG_LINE_DRAIN,
  CONFIG_LINE_UNIT,
  CONFIG_MEASURES,
} from "../../assembly/abi/departures.ts";
import { CONFIG_PASSED_CLOCK } from "../../assembly/abi/rewrite.ts";
import { BY } from "../core/classes.ts";
import { installClassifier } from "../core/classifier/install.ts";
import { whyNotCompact } from "../core/compact.ts";
import { type CoreExports, instantiateCore } from "../core/instance.ts";
import { configureLink } from "../core/link.ts";
import { configureCore } from "../core/setup.ts";
import { type CoreViews, viewsOf } from "../core/views.ts";
import { ConfigError } from "../errors.ts";
import type { CompiledPolicy, FlowKeying, LinkPolicy, Policy } from "../types.ts";
import { type EntryLabel, labelsOf, writeLabels } from "./labels.ts";

export type { FlowKeying } from "../types.ts";

/** Packets of a link that may wait unless said otherwise: 40 MiB. */
export const QUEUED_DEFAULT = 2 ** 20;

/** What departures are compared with (assembly/abi/departures.ts). */
export interface MeasureSettings {
  /** Level steps that drain each ns, and of a unit; 0: bursts are not measured. */
  readonly drainPerNs: bigint;
  readonly levelPerUnit: bigint;
  /** How what waits is known: from the departures of a leaky bucket, or from the second level column. */
  readonly backlog: "fluid" | "queue";
}

export interface CaptureMeterOptions {
  /** Of a link (src/core/link.ts tells what departed) batches have no flows: what is said of them means nothing there. */
  readonly policy: Policy | LinkPolicy;
  /** Most packets of a link that wait at once; default QUEUED_DEFAULT. */
  readonly maxQueued?: number;
  /** What makes packets one flow under a policy of one meter; classes and nodes state their own keys. */
  readonly keying: FlowKeying;
  /** Captures to be merged by time. */
  readonly captureCount: number;
  /** Most flows tracked at once; nodes of a path, and each further slot of `multi`, count as flows of their own. */
  readonly maxFlows: number;
  readonly expectedFlows?: number;
  readonly secret: readonly [number, number, number, number];
  /** Keep per-flow totals and keys (needed for `flowText`). */
  readonly records: boolean;
  /**
   * Fill what only rows of packets and records tell: the column of keys, and with two threads those of times and frame
   * numbers. Records need them. Default: yes.
   */
  readonly rows?: boolean;
  /** Fill the delay and reason columns. */
  readonly delays: boolean;
  /** Fill the level columns (policies of one meter in one slot). Default: no. */
  readonly levels?: boolean;
  /** Four flows a line, 32 bytes each instead of 64, as in EngineOptions; not with `passedClock` either. Default: no. */
  readonly compact?: boolean;
  /** Leave frames without an IP header out instead of metering them as one flow. */
  readonly skipOther: boolean;
  /**
   * Fill the columns that say where a frame's bytes lie in the core (`views.frameAt` and those behind it). They hold
   * from the step that answered the batch until the next step: a batch then ends before a capture needs bytes. Of a
   * frame longer than a window (WINDOW_BYTES) the first bytes are there. Default: no.
   */
  readonly frames?: boolean;
  /**
   * Only packets that pass carry the clock: red ones, which have to leave no trace in the policy, are dropped from what is
   * written of the one capture (src/police). Needs `frames`. Default: all packets do.
   */
  readonly passedClock?: boolean;
  /** Of shapers: measure delays, bursts and backlog (MEASURE_*). Needs records, and levels for a backlog of "queue". */
  readonly measures?: MeasureSettings;
}

/** `needs`: capture of that index wants bytes. `batch`: packets were metered. `done`: no more will come. */
export type Step =
  | { readonly kind: "needs"; readonly capture: number }
  | { readonly kind: "batch"; readonly packets: number; readonly firstFrame: bigint }
  | { readonly kind: "done" };

function isAware({ definition }: CompiledPolicy): boolean {
  return "isAware" in definition && definition.isAware;
}

/** True when a meter of the policy asks with what color a packet arrives: in captures its DSCP tells. */
function readsColors(policy: Policy | LinkPolicy): boolean {
  if (policy.meter === "shaper" || policy.meter === "link") return false;
  if (policy.meter !== "classes") return isAware(policy);
  return policy.classes.some(({ path }) => path.some((entry) => isAware(entry.policy)));
}

/** One run over one or more captures. */
export class CaptureMeter {
  readonly core: CoreExports;
  /** What the records are, by `core.entryOf`; undefined under a policy of one meter. */
  readonly labels: readonly EntryLabel[] | undefined;
  /** Address of the labels in the core; 0 without. */
  readonly labelsAt: number;
  readonly #sources: number[] = [];
  #isDone = false;

  /** Throws ConfigError when the captures, the policy or the first table do not fit in memory, or flows cannot be compact. */
  constructor(module: WebAssembly.Module, options: CaptureMeterOptions) {
    const { policy } = options;
    const why = options.compact === true ? whyNotCompact(options) : undefined;
    if (why !== undefined) throw new ConfigError("CONFLICT", "compact", "true", why);
    this.core = instantiateCore(module);
    this.labels = policy.meter === "classes" ? labelsOf(policy) : undefined;
    this.labelsAt = this.#configure(options);
    if (policy.meter === "classes") installClassifier(this.core, policy.matches, policy.classes.length - 1);
    if (policy.meter === "link") installClassifier(this.core, policy.matches, policy.defaultClass);
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

  /** Answers the address of the labels. */
  #configure(options: CaptureMeterOptions): number {
    const { policy, keying } = options;
    let labelsAt = 0;
    try {
      if (policy.meter === "link") this.#configureLink(policy, options.maxQueued ?? QUEUED_DEFAULT);
      else configureCore(this.core, { ...options, policy }, keying);
      if (this.labels !== undefined) labelsAt = writeLabels(this.core, this.labels);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ConfigError(
        "RANGE",
        "policy",
        undefined,
        `${error.message.replace(/^policy: /u, "")}; use fewer classes`,
      );
    }
    const { config } = viewsOf(this.core.memory);
    // The nodes of a path derive their keys from the 5-tuple.
    const hasPaths = config[CONFIG_CLASSES] !== 0n;
    config[CONFIG_BY] = BigInt(hasPaths ? BY_FIVE_TUPLE : BY[keying.by]);
    config[CONFIG_PREFIX] = BigInt(keying.prefixBits ?? WHOLE_ADDRESS);
    config[CONFIG_SKIP_OTHER] = options.skipOther ? 1n : 0n;
    config[CONFIG_ROWLESS] = options.rows === false && !options.records ? 1n : 0n;
    config[CONFIG_FRAMES] = options.frames === true ? 1n : 0n;
    config[CONFIG_PASSED_CLOCK] = options.passedClock === true ? 1n : 0n;
    this.#configureMeasures(options.measures);
    config[CONFIG_LENGTH_IP] = policy.length === "ip" ? 1n : 0n;
    config[CONFIG_DSCP_COLORS] = readsColors(policy) ? 1n : 0n;
    return labelsAt;
  }

  #configureLink(policy: LinkPolicy, maxQueued: number): void {
    try {
      configureLink(this.core, { policy, maxQueued });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const detail = "packets that wait do not fit in memory, or are no whole number above 0; ask for others";
      throw new ConfigError("RANGE", "max-queued", `${maxQueued}`, detail);
    }
  }

  /** The table's message says what to do when they do not fit: `initialize` finds no memory either. */
  #configureMeasures(measures: MeasureSettings | undefined): void {
    if (measures === undefined) return;
    const { config } = viewsOf(this.core.memory);
    config[CONFIG_MEASURES] = 1n;
    config[CONFIG_LINE_DRAIN] = measures.drainPerNs;
    config[CONFIG_LINE_UNIT] = measures.levelPerUnit;
    config[CONFIG_BACKLOG] = BigInt(measures.backlog === "fluid" ? BACKLOG_FLUID : BACKLOG_QUEUE);
    if (!this.core.createMeasures()) throw new RangeError("measures do not fit in memory");
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
    return this.#advance(this.core.meterDecoded);
  }

  /** The same for a core elsewhere to meter: batches are decoded and hashed only (src/threads). */
  decode(): Step {
    return this.#advance(this.core.hashDecoded);
  }

  #advance(finishBatch: () => number): Step {
    if (this.#isDone) return { kind: "done" };
    const answer = this.core.decodeBatch();
    if (answer !== DECODE_READY && answer !== DECODE_DONE) return { kind: "needs", capture: answer };
    this.#isDone = answer === DECODE_DONE;
    const firstFrame = BigInt.asUintN(64, this.core.batchFirstFrame());
    const packets = finishBatch();
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
