/** Runs captures that lie in memory through the capture meter, and reads what it answers back as rows. */
import {
  KEY_BYTES,
  KEY_KIND,
  KIND_FIVE4,
  KIND_FIVE6,
  SOURCE_FRAME_BYTES,
  SOURCE_FRAMING_BYTES,
  SOURCE_SKIPPED_BYTES,
  SOURCE_TRAILING_BYTES,
} from "../../assembly/abi.ts";
import { type CoreBuild, coreModule } from "../../src/core/module.node.ts";
import { compilePolicy } from "../../src/policies.ts";
import { CaptureMeter, type CaptureMeterOptions, type FlowKeying } from "../../src/trace/meter.ts";
import type { Policy } from "../../src/types.ts";

/** What identifies a frame's flow, as text and numbers. Frames without an IP header have empty addresses. */
export interface FiveTuple {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface FrameRow extends FiveTuple {
  readonly frame: bigint;
  readonly timeNs: bigint;
  readonly length: number;
  /** KIND_* of assembly/abi.ts. */
  readonly kind: number;
}

export interface CaptureRun {
  readonly rows: readonly FrameRow[];
  readonly colors: readonly number[];
  /** By SOURCE_*, for each capture. */
  readonly counters: readonly (readonly bigint[])[];
  /** What the core took of each capture: less than all of it when it is refused or damaged. */
  readonly fedBytes: readonly number[];
  /** By STAT_*. */
  readonly stats: readonly bigint[];
}

export interface RunOptions {
  /** Bytes handed over at a time, of every capture or of each; as many as fit when absent. */
  readonly chunkBytes?: number | readonly number[];
  readonly build?: CoreBuild;
  readonly policy?: Policy;
  readonly keying?: FlowKeying;
  readonly skipOther?: boolean;
}

export const POLICY = compilePolicy({ meter: "token-bucket", rate: "10 Mbit/s", burst: "64 kB" });

/** What the captures are metered with. */
export function meterOptions(captureCount: number, options: RunOptions): CaptureMeterOptions {
  return {
    policy: options.policy ?? POLICY,
    keying: options.keying ?? { by: "5-tuple" },
    captureCount,
    maxFlows: 1 << 20,
    secret: [1, 2, 3, 4],
    records: false,
    delays: false,
    skipOther: options.skipOther ?? false,
  };
}

/** Meters the captures, merged by time. Throws when the core asks for what it cannot want, so that nothing hangs. */
export function runCaptures(captures: readonly Uint8Array[], options: RunOptions = {}): CaptureRun {
  const meter = new CaptureMeter(coreModule(options.build ?? "debug"), meterOptions(captures.length, options));
  const inputs = captures.map((bytes, index) => new Input(bytes, chunkOf(options.chunkBytes, index)));
  const rows: FrameRow[] = [];
  const colors: number[] = [];
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "needs") inputs[step.capture]!.feed(meter, step.capture);
    else readBatch(meter, step, rows, colors);
  }
  const counters = captures.map((_, index) => [...meter.counters(index)]);
  return { rows, colors, counters, fedBytes: inputs.map((input) => input.offset), stats: [...meter.views.stats] };
}

/** One capture, fed in chunks of any size. */
export function runCapture(capture: Uint8Array, options: RunOptions = {}): CaptureRun {
  return runCaptures([capture], options);
}

/** The counters that each byte of a capture goes into one of. */
export const BYTE_COUNTERS = [SOURCE_FRAMING_BYTES, SOURCE_FRAME_BYTES, SOURCE_SKIPPED_BYTES, SOURCE_TRAILING_BYTES];

/** What a capture's byte counters come to: the bytes that were fed. */
export function accountedBytes(counters: readonly bigint[] | BigUint64Array): bigint {
  return BYTE_COUNTERS.reduce((sum, part) => sum + counters[part]!, 0n);
}

function chunkOf(chunkBytes: RunOptions["chunkBytes"], index: number): number {
  return (typeof chunkBytes === "object" ? chunkBytes[index] : chunkBytes) ?? Infinity;
}

/** One capture in memory, handed over in chunks. */
export class Input {
  readonly #bytes: Uint8Array;
  readonly #chunkBytes: number;
  offset = 0;
  #isEnded = false;

  constructor(bytes: Uint8Array, chunkBytes: number) {
    this.#bytes = bytes;
    this.#chunkBytes = chunkBytes;
  }

  feed(meter: CaptureMeter, capture: number): void {
    if (this.#isEnded) throw new Error(`capture ${capture} wants input after its end`);
    const space = meter.space(capture);
    if (space.length === 0) throw new Error(`capture ${capture} wants input into a full window`);
    const chunk = this.#bytes.subarray(this.offset, this.offset + Math.min(space.length, this.#chunkBytes));
    space.set(chunk);
    this.offset += chunk.length;
    this.#isEnded = chunk.length === 0;
    meter.feed(capture, chunk.length);
  }
}

/** Adds the batch that was just metered. */
export function readBatch(
  meter: CaptureMeter,
  step: { readonly packets: number; readonly firstFrame: bigint },
  rows: FrameRow[],
  colors: number[],
): void {
  const { time, length, frame, fullKey, color } = meter.views;
  for (let index = 0; index < step.packets; index += 1) {
    const key = fullKey.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES);
    rows.push({
      frame: step.firstFrame + BigInt(frame[index]!),
      timeNs: (BigInt(time[2 * index + 1]!) << 32n) | BigInt(time[2 * index]!),
      length: length[index]!,
      kind: key[KEY_KIND]!,
      ...fiveTupleOf(key),
    });
    colors.push(color[index]!);
  }
}

/** The parts of a 5-tuple key; nothing for other kinds. */
function fiveTupleOf(key: Uint8Array): FiveTuple {
  const kind = key[KEY_KIND]!;
  if (kind !== KIND_FIVE4 && kind !== KIND_FIVE6) {
    return { source: "", destination: "", protocol: 0, sourcePort: 0, destinationPort: 0 };
  }
  const bytes = kind === KIND_FIVE4 ? 4 : 16;
  const text = kind === KIND_FIVE4 ? ipv4Text : ipv6Text;
  const ports = 2 * bytes;
  return {
    source: text(key.subarray(0, bytes)),
    destination: text(key.subarray(bytes, ports)),
    sourcePort: word(key, ports),
    destinationPort: word(key, ports + 2),
    protocol: key[ports + 4]!,
  };
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!;
}

function ipv4Text(bytes: Uint8Array): string {
  return bytes.join(".");
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

/** RFC 5952: the first of the longest runs of zero groups becomes "::". */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => word(bytes, 2 * index));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start += 1) {
    const next = groups.findIndex((group, index) => index >= start && group !== 0);
    const length = (next < 0 ? groups.length : next) - start;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return hex(groups);
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}
