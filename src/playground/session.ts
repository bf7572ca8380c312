/** The worker's side: one capture, metered under one policy after the other; the latest question wins. */
import { keyingOf } from "../policy/keying.ts";
import { Answer, spanOf, windowOf } from "./answer.ts";
import { type CaptureSource, FormatError } from "./capture/inflate.ts";
import { type KeyedFlows, keyFlows } from "./capture/keying.ts";
import { type LoadedCapture, loadCapture } from "./capture/load.ts";
import { FlowNames } from "./capture/names.ts";
import type { LevelLines } from "./meter/flowlevels.ts";
import { hasLevels } from "./meter/levelreader.ts";
import { type Followed, MeterPass } from "./meter/pass.ts";
import type { Ask, FromWorker } from "./protocol.ts";

export interface SessionHost {
  post(message: FromWorker): void;
  /** Lets messages that have come in be taken. */
  breathe(): Promise<void>;
  nowMs(): number;
}

/** Between looks at the messages. */
const SLICE_MS = 12;
/** A pass that takes longer shows what it has, and only then gives way: a slider that never rests still draws. */
const PARTIAL_MS = 100;
/** Between messages on how far reading is. */
const PROGRESS_MS = 100;
/** A flow with more than this part of all packets has its level drawn in the pass over all of them. */
const FOLLOWED_PART = 0.4;

/** Everything metered under one policy and one key. */
interface Metered {
  readonly policyText: string;
  readonly by: string;
  readonly pass: MeterPass;
}

export class Session {
  readonly #module: WebAssembly.Module;
  readonly #host: SessionHost;
  readonly #names: FlowNames;
  #capture: LoadedCapture | undefined;
  #color = new Uint8Array(0);
  #keyed: { readonly by: string; readonly flows: KeyedFlows; readonly names: string[] } | undefined;
  #metered: Metered | undefined;
  #next: Ask | undefined;
  #isWorking = false;
  #loads = 0;
  /** The flow whose level was shown last. */
  #lastFlow = 0;

  constructor(module: WebAssembly.Module, host: SessionHost) {
    this.#module = module;
    this.#host = host;
    this.#names = new FlowNames(module);
  }

  /** Reads another capture; what went on before is dropped. */
  async load(source: CaptureSource): Promise<void> {
    this.#loads += 1;
    const load = this.#loads;
    this.#next = undefined;
    this.#forget();
    let reportedMs = this.#host.nowMs();
    const onProgress = (bytesRead: number, packets: number) => {
      if (this.#host.nowMs() - reportedMs < PROGRESS_MS) return;
      reportedMs = this.#host.nowMs();
      this.#host.post({ kind: "progress", bytesRead, packets });
    };
    try {
      const capture = await loadCapture(this.#module, source, { onProgress, isAborted: () => load !== this.#loads });
      if (capture === undefined || load !== this.#loads) return;
      this.#take(capture);
    } catch (error) {
      if (load === this.#loads) this.#host.post({ kind: "failed", line: `${source.name}: ${reasonOf(error)}` });
    }
  }

  #forget(): void {
    this.#capture = undefined;
    this.#keyed = undefined;
    this.#metered = undefined;
    this.#color = new Uint8Array(0);
  }

  #take(capture: LoadedCapture): void {
    const { name, columns, failure, remarks } = capture;
    if (columns.packets === 0) {
      const line = failure ?? `${name}: holds no packets`;
      this.#host.post({ kind: "failed", line });
      return;
    }
    this.#capture = capture;
    this.#color = new Uint8Array(columns.packets);
    this.#host.post({ kind: "loaded", name, packets: columns.packets, spanNs: spanOf(capture), failure, remarks });
  }

  /** Asks for a picture; a question that came before and was not answered yet is dropped. */
  ask(ask: Ask): void {
    this.#next = ask;
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      while (this.#next !== undefined && this.#capture !== undefined) {
        const ask = this.#next;
        this.#next = undefined;
        await this.#answer(this.#capture, ask);
      }
    } catch (error) {
      this.#metered = undefined;
      this.#host.post({ kind: "failed", line: `${this.#capture?.name}: ${reasonOf(error)}` });
    } finally {
      this.#isWorking = false;
    }
  }

  async #answer(capture: LoadedCapture, ask: Ask): Promise<void> {
    const startMs = this.#host.nowMs();
    const keyed = this.#keyedBy(capture, ask.by);
    const { pass, isNew } = this.#meteredBy(capture, keyed, ask);
    const answer = new Answer(capture, keyed, ask, pass, this.#color, (flow) => this.#nameOf(flow));
    let shownMs = startMs;
    while (!pass.isDone) {
      this.#slice(() => pass.isDone || pass.step());
      if (pass.isDone) break;
      await this.#host.breathe();
      if (this.#isStale(capture)) return;
      if (this.#host.nowMs() - shownMs < PARTIAL_MS) continue;
      this.#host.post(answer.picture(null, this.#host.nowMs() - startMs, this.#host.nowMs() - startMs));
      if (this.#next !== undefined) return;
      await this.#host.breathe();
      if (this.#next !== undefined || this.#isStale(capture)) return;
      shownMs = this.#host.nowMs();
    }
    const meterMs = this.#host.nowMs() - startMs;
    this.#lastFlow = answer.flow ?? 0;
    const levels = (isNew ? answer.followedLevels() : null) ?? (await this.#levels(capture, answer));
    if (levels === "stale") return;
    this.#host.post(answer.picture(levels, this.#host.nowMs() - startMs, meterMs));
  }

  /** Repeats a step until it is done, or the slice of time is over. */
  #slice(step: () => boolean | void): void {
    const untilMs = this.#host.nowMs() + SLICE_MS;
    while (step() !== true && this.#host.nowMs() < untilMs);
  }

  #isStale(capture: LoadedCapture): boolean {
    return this.#capture !== capture;
  }

  async #levels(capture: LoadedCapture, answer: Answer): Promise<LevelLines | null | "stale"> {
    const trace = answer.levelTrace(this.#module);
    if (trace === null) return null;
    const startMs = this.#host.nowMs();
    while (!trace.isDone) {
      this.#slice(() => trace.isDone || trace.step());
      if (trace.isDone) break;
      await this.#host.breathe();
      if (this.#isStale(capture)) return "stale";
      // The rates and totals of this question are there already: they are shown, and the level is left out.
      if (this.#next !== undefined && this.#host.nowMs() - startMs >= PARTIAL_MS) return null;
    }
    return trace.lines();
  }

  #keyedBy(capture: LoadedCapture, by: string): KeyedFlows {
    if (this.#keyed?.by !== by) {
      this.#keyed = { by, flows: keyFlows(capture, keyingOf(by)), names: [] };
      this.#metered = undefined;
      this.#lastFlow = 0;
    }
    return this.#keyed.flows;
  }

  /** The pass that was made for the same policy, or a new one. */
  #meteredBy(
    capture: LoadedCapture,
    keyed: KeyedFlows,
    ask: Ask,
  ): { readonly pass: MeterPass; readonly isNew: boolean } {
    const { policy, policyText, by } = ask;
    if (this.#metered?.policyText === policyText && this.#metered.by === by) {
      return { pass: this.#metered.pass, isNew: false };
    }
    const followed = this.#followedBy(capture, keyed, ask);
    const pass = new MeterPass(this.#module, capture.columns, keyed, policy, this.#color, followed);
    this.#metered = { policyText, by, pass };
    return { pass, isNew: true };
  }

  /** The flow that is asked for, or that was the worst before, if most packets are its own. */
  #followedBy(capture: LoadedCapture, keyed: KeyedFlows, ask: Ask): Followed | undefined {
    const flow = ask.flow ?? this.#lastFlow;
    const part = (keyed.packets[flow] ?? 0) / capture.columns.packets;
    if (part < FOLLOWED_PART || !hasLevels(ask.policy)) return undefined;
    return { flow, window: windowOf(capture, ask), pixels: ask.columns };
  }

  #nameOf(flow: number): string {
    const { flows, names } = this.#keyed!;
    names[flow] ??= this.#names.nameOf(flows.keys, flow);
    return names[flow];
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof FormatError) return error.message;
  if (error instanceof RangeError) return `does not fit in the memory of this page (${error.message}); use weir meter`;
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
