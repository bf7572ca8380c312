/** Reads a capture once: its bytes go through the core's own decoder into columns that are kept. */
import { KEY_BYTES } from "../../../assembly/abi.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { failureOf, remarksOn } from "../../report/captures.ts";
import { statsOf } from "../../core/engine.ts";
import { CaptureMeter } from "../../trace/meter.ts";
import { type CaptureColumns, ColumnsWriter } from "./columns.ts";
import { type CaptureSource, FormatError, inflate } from "./inflate.ts";

/** A capture in memory, ready to be metered again and again. */
export interface LoadedCapture {
  readonly name: string;
  readonly columns: CaptureColumns;
  /** The 5-tuple of each flow, KEY_BYTES each. */
  readonly keys: Uint8Array;
  readonly flows: number;
  /** One line when the capture could not be read to its end, else null. */
  readonly failure: string | null;
  /** Lines on what is unusual but not wrong. */
  readonly remarks: readonly string[];
}

export interface LoadOptions {
  /** Called now and then. */
  readonly onProgress?: (bytesRead: number, packets: number) => void;
  /** True when another capture was asked for: reading stops, and the answer is undefined. */
  readonly isAborted?: () => boolean;
  readonly packetsMax?: number;
  readonly flowsMax?: number;
}

/** About 1.2 GB of columns: what a page may hope to get. */
const PACKETS_MAX = 1 << 25;
/** With keys and totals about 1.3 GB of the core's 4 GiB. */
const FLOWS_MAX = 1 << 23;

/** Every flow's bucket takes its packets and never drains, so no flow is dropped, and its index stays its own. */
const READ_FRAMES = { cir: "0 packets/s", cbs: "1000000000 packets", ebs: "0 packets", colorAware: true } as const;

function secretWords(): readonly [number, number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = crypto.getRandomValues(new Uint32Array(4));
  return [a, b, c, d];
}

/** One meter gives a packet one length, so a second one, without flows, reads the other. */
class CaptureReader {
  readonly frames: CaptureMeter;
  readonly writer = new ColumnsWriter();
  readonly #ipLengths: CaptureMeter;

  constructor(module: WebAssembly.Module, flowsMax: number) {
    const options = { captureCount: 1, secret: secretWords(), delays: false, skipOther: false } as const;
    this.frames = new CaptureMeter(module, {
      ...options,
      policy: compilePolicy({ meter: "srtcm", ...READ_FRAMES, length: "frame" }),
      keying: { by: "5-tuple" },
      maxFlows: flowsMax,
      records: true,
    });
    this.#ipLengths = new CaptureMeter(module, {
      ...options,
      policy: compilePolicy({ meter: "token-bucket", rate: "1 packets/s", burst: "1 packets", length: "ip" }),
      keying: { by: "all" },
      maxFlows: 1,
      records: false,
    });
  }

  /** Bytes of the file; none at its end. */
  take(bytes: Uint8Array): void {
    pump(this.frames, bytes, (count) => this.writer.addFrames(this.frames.views, count));
    pump(this.#ipLengths, bytes, (count) => this.writer.addIpLengths(this.#ipLengths.views, count));
  }
}

function pump(meter: CaptureMeter, bytes: Uint8Array, onBatch: (packets: number) => void): void {
  const isEnd = bytes.length === 0;
  for (let at = 0; ;) {
    const step = meter.step();
    if (step.kind === "done") return;
    if (step.kind === "batch") {
      onBatch(step.packets);
      continue;
    }
    if (at === bytes.length && !isEnd) return;
    const space = meter.space(0);
    const part = bytes.subarray(at, at + space.length);
    space.set(part);
    meter.feed(0, part.length);
    at += part.length;
  }
}

/** Full keys of the first flows, in the order of their indexes. */
function keysOf({ core, views }: CaptureMeter, flows: number): Uint8Array {
  const keys = new Uint8Array(flows * KEY_BYTES);
  for (let flow = 0; flow < flows; flow += 1) {
    const at = core.keyAt(flow + 1) >>> 0;
    keys.set(views.bytes.subarray(at, at + KEY_BYTES), flow * KEY_BYTES);
  }
  return keys;
}

/** What a failed read says of itself. */
function reasonOf(error: unknown, format: string | undefined): string {
  const message = error instanceof Error ? error.message : String(error);
  if (format === undefined) return `cannot be read: ${message}`;
  return `its ${format} data is cut short, damaged, or followed by other data (${message})`;
}

function cutText(packetsMax: number): string {
  return `more packets than this page holds; the first ${packetsMax} are metered, weir meter takes all of them`;
}

/** Reads to the end, or as much as fits. False when it was aborted. */
async function readAll(
  reader: CaptureReader,
  stream: ReadableStream<Uint8Array>,
  { onProgress, isAborted, packetsMax = PACKETS_MAX }: LoadOptions,
): Promise<boolean> {
  const chunks = stream.getReader();
  let bytesRead = 0;
  try {
    for (;;) {
      const { done, value } = await chunks.read();
      if (isAborted?.() === true) return false;
      if (done) return true;
      if (value.length > 0) reader.take(value);
      bytesRead += value.length;
      onProgress?.(bytesRead, reader.writer.packets);
      if (reader.writer.packets > packetsMax) return true;
    }
  } finally {
    // Ends a stream that was left early; of one that has ended or failed it changes nothing.
    chunks.cancel().catch(() => undefined);
  }
}

/**
 * Reads a capture. Answers undefined when it was aborted. What was read before a failure is kept, as the command does.
 * Throws FormatError for a file that cannot be begun, RangeError when it does not fit in memory.
 */
export async function loadCapture(
  module: WebAssembly.Module,
  source: CaptureSource,
  options: LoadOptions = {},
): Promise<LoadedCapture | undefined> {
  const { packetsMax = PACKETS_MAX, flowsMax = FLOWS_MAX } = options;
  const reader = new CaptureReader(module, flowsMax);
  const { stream, format } = await inflate(source);
  let damage: string | null = null;
  try {
    if (!(await readAll(reader, stream, options))) return undefined;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    damage = reasonOf(error, format);
  }
  reader.take(new Uint8Array(0));
  const { untracked, evictedFlows } = statsOf(reader.frames.core);
  if (untracked.packets > 0n || evictedFlows > 0n) {
    throw new FormatError(`has more than ${flowsMax} flows, which is more than this page holds; use weir meter`);
  }
  const result = { name: source.name, counters: reader.frames.counters(0), damage, readFailure: null };
  const isCut = reader.writer.packets > packetsMax;
  const columns = reader.writer.columns(Math.min(reader.writer.packets, packetsMax));
  const flows = columns.flow.reduce((most, flow) => Math.max(most, flow + 1), 0);
  return {
    name: source.name,
    columns,
    keys: keysOf(reader.frames, flows),
    flows,
    failure: isCut ? `${source.name}: ${cutText(packetsMax)}` : failureOf(result),
    remarks: remarksOn(result),
  };
}
