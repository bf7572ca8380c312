/** Flow totals out of a capture meter: the worst ones, all as CSV, all as JSON. */
import { RECORD_BYTE_COUNTS, RECORD_FIRST, RECORD_LAST, STAT_RECORDS } from "../../assembly/abi.ts";
import { viewsOf } from "../core/views.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Output } from "../trace/output.ts";
import type { Count } from "../types.ts";
import { countJson, exactJson } from "./number.ts";

/** Columns of `--packets`, in the order that the core writes them (assembly/text/rows.ts). */
export const PACKET_COLUMNS = "index,time_ns,flow,length,color,delay_ns,reason";

/** Columns of `--flows`, in the order that the core writes them (assembly/text/rows.ts). */
export const FLOW_COLUMNS =
  "flow,packets,bytes,green_packets,green_bytes,yellow_packets,yellow_bytes,red_packets,red_bytes,first_ns,last_ns";

export interface FlowTotals {
  readonly flow: string;
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly green: Count;
  readonly yellow: Count;
  readonly red: Count;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

const decoder = new TextDecoder();
/** Record 0 gathers packets that no slot could be found for; flows begin behind it. */
const FIRST_RECORD = 1;
const CANDIDATES_MIN = 4096;

function recordEnd(meter: CaptureMeter): number {
  return Number(meter.views.stats[STAT_RECORDS]);
}

/** Totals of one record. */
function totalsOf(meter: CaptureMeter, index: number): FlowTotals {
  const { core } = meter;
  core.writeFlowName(index);
  const { longs, text } = viewsOf(core.memory);
  const flow = decoder.decode(text.subarray(0, core.textBytes()));
  const at = core.recordAt(index) >>> 3;
  const bytes = at + RECORD_BYTE_COUNTS / 8;
  const count = (color: number): Count => ({ packets: longs[at + color]!, bytes: longs[bytes + color]! });
  const [green, yellow, red] = [count(0), count(1), count(2)];
  return {
    flow,
    packets: green.packets + yellow.packets + red.packets,
    bytes: green.bytes + yellow.bytes + red.bytes,
    green,
    yellow,
    red,
    firstNs: longs[at + RECORD_FIRST / 8]!,
    lastNs: longs[at + RECORD_LAST / 8]!,
  };
}

interface Candidate {
  readonly index: number;
  readonly red: number;
  readonly bytes: number;
}

/** Most refused bytes first, then most bytes, then earliest seen. */
function byHarm(left: Candidate, right: Candidate): number {
  return right.red - left.red || right.bytes - left.bytes || left.index - right.index;
}

/** The flows with most refused bytes, then most bytes, then earliest seen; at most `count`. */
export function worstFlows(meter: CaptureMeter, count: number): FlowTotals[] {
  if (count === 0) return [];
  const { words } = meter.views;
  // 64-bit counters as two words: exact below 2^53 bytes, and no BigInt for each of millions of flows.
  const wide = (word: number) => words[word + 1]! * 0x1_0000_0000 + words[word]!;
  // Gathered up to twice the count and room for more, then sorted and cut: n log count in all.
  const most = 2 * count + CANDIDATES_MIN;
  let best: Candidate[] = [];
  const end = recordEnd(meter);
  for (let index = FIRST_RECORD; index < end; index += 1) {
    if (meter.core.isFreeRecord(index)) continue;
    const bytesAt = (meter.core.recordAt(index) + RECORD_BYTE_COUNTS) >>> 2;
    const red = wide(bytesAt + 4);
    best.push({ index, red, bytes: wide(bytesAt) + wide(bytesAt + 2) + red });
    if (best.length === most) best = best.toSorted(byHarm).slice(0, count);
  }
  return best
    .toSorted(byHarm)
    .slice(0, count)
    .map(({ index }) => totalsOf(meter, index));
}

/** A flow as it stands in JSON. */
export function flowJson(flow: FlowTotals): Record<string, unknown> {
  return {
    flow: flow.flow,
    packets: exactJson(flow.packets),
    bytes: exactJson(flow.bytes),
    green: countJson(flow.green),
    yellow: countJson(flow.yellow),
    red: countJson(flow.red),
    firstNs: exactJson(flow.firstNs),
    lastNs: exactJson(flow.lastNs),
  };
}

/** Writes all flows as CSV, with a header. */
export async function writeFlowsCsv(meter: CaptureMeter, output: Output): Promise<void> {
  await output.write(`${FLOW_COLUMNS}\n`);
  const end = recordEnd(meter);
  for (let index = FIRST_RECORD; index < end;) {
    index = meter.core.writeFlowRows(index);
    await output.write(meter.views.text.subarray(0, meter.core.textBytes()));
  }
}

/** Writes all flows as a JSON array, one flow a line. */
export async function writeFlowsJson(meter: CaptureMeter, output: Output): Promise<void> {
  const end = recordEnd(meter);
  let lines: string[] = [];
  let lead = "[\n";
  const flush = async () => {
    if (lines.length > 0) await output.write(lead + lines.join(",\n"));
    if (lines.length > 0) lead = ",\n";
    lines = [];
  };
  for (let index = FIRST_RECORD; index < end; index += 1) {
    if (meter.core.isFreeRecord(index)) continue;
    lines.push(JSON.stringify(flowJson(totalsOf(meter, index))));
    if (lines.length === 1024) await flush();
  }
  await flush();
  await output.write(lead === "[\n" ? "[]\n" : "\n]\n");
}
