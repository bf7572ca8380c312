/** Single records out of a capture meter: totals of a flow, or of an instance of a node. */
import {
  CHUNK_RECORDS_BITS,
  RECORD_BYTE_COUNTS,
  RECORD_BYTES,
  RECORD_FIRST,
  RECORD_LAST,
  STAT_RECORDS,
} from "../../assembly/abi.ts";
import { viewsOf } from "../core/views.ts";
import type { EntryLabel } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Count } from "../types.ts";
import { LABEL_COLUMNS } from "./columns.ts";
import { countJson, exactJson } from "./number.ts";

interface Colors extends Count {
  readonly green: Count;
  readonly yellow: Count;
  readonly red: Count;
}

export interface RecordTotals extends Colors {
  readonly flow: string;
  /** Under a policy of classes only. */
  readonly label: EntryLabel | undefined;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** Gathers packets that belong to no flow: untracked ones, and those of classes without a meter. */
const NO_FLOW_RECORD = 0;
const CHUNK_RECORDS = 2 ** CHUNK_RECORDS_BITS;
const RECORD_WORDS = RECORD_BYTES / 4;
const decoder = new TextDecoder();

/** Indexes of the records that have packets, in the order of first arrival as far as known. */
export function* recordsOf(meter: CaptureMeter): Generator<number> {
  const end = Number(meter.views.stats[STAT_RECORDS]);
  for (let index = NO_FLOW_RECORD + 1; index < end; index += 1) {
    if (!meter.core.isFreeRecord(index)) yield index;
  }
}

/**
 * Calls `visit` for each record that has packets, in the same order, with its refused bytes and all its bytes. Records
 * lie side by side in chunks, so the core is asked once a chunk; counters are read as two words, exact below 2^53, for a
 * BigInt for each of millions of flows would cost more than metering them.
 */
export function visitRecords(meter: CaptureMeter, visit: (index: number, red: number, bytes: number) => void): void {
  const { words, stats } = meter.views;
  const wide = (word: number) => words[word + 1]! * 2 ** 32 + words[word]!;
  const end = Number(stats[STAT_RECORDS]);
  for (let first = 0; first < end; first += CHUNK_RECORDS) {
    const chunk = meter.core.recordAt(first) >>> 2;
    for (let index = Math.max(first, NO_FLOW_RECORD + 1); index < Math.min(end, first + CHUNK_RECORDS); index += 1) {
      const at = chunk + (index - first) * RECORD_WORDS;
      const bytes = at + RECORD_BYTE_COUNTS / 4;
      const red = wide(bytes + 4);
      const all = wide(bytes) + wide(bytes + 2) + red;
      // Packets without a byte are packets all the same.
      if (all > 0 || wide(at) + wide(at + 2) + wide(at + 4) > 0) visit(index, red, all);
    }
  }
}

/** What a record is; undefined under a policy of one meter, where all are flows. */
export function labelOf({ core, labels }: CaptureMeter, index: number): EntryLabel | undefined {
  return labels?.[core.entryOf(index)];
}

function colorsOf(meter: CaptureMeter, index: number): Colors {
  const { longs } = viewsOf(meter.core.memory);
  const at = meter.core.recordAt(index) >>> 3;
  const bytes = at + RECORD_BYTE_COUNTS / 8;
  const count = (color: number): Count => ({ packets: longs[at + color]!, bytes: longs[bytes + color]! });
  return withSum({ green: count(0), yellow: count(1), red: count(2) });
}

/** Counts by color and their sum. */
export function withSum({ green, yellow, red }: Omit<Colors, keyof Count>): Colors {
  const sum = (pick: (count: Count) => bigint) => pick(green) + pick(yellow) + pick(red);
  return { packets: sum(({ packets }) => packets), bytes: sum(({ bytes }) => bytes), green, yellow, red };
}

/** Packets and bytes of a record. */
export function countOf(meter: CaptureMeter, index: number): Count {
  const { packets, bytes } = colorsOf(meter, index);
  return { packets, bytes };
}

/** Packets that belong to no flow. */
export function countWithoutFlow(meter: CaptureMeter): Count {
  return countOf(meter, NO_FLOW_RECORD);
}

/** All that a record holds. */
export function totalsOf(meter: CaptureMeter, index: number): RecordTotals {
  const { core } = meter;
  const label = labelOf(meter, index);
  core.writeFlowName(index);
  const { longs, text } = viewsOf(core.memory);
  const flow = label?.text ?? decoder.decode(text.subarray(0, core.textBytes()));
  const at = core.recordAt(index) >>> 3;
  return {
    flow,
    label,
    ...colorsOf(meter, index),
    firstNs: longs[at + RECORD_FIRST / 8]!,
    lastNs: longs[at + RECORD_LAST / 8]!,
  };
}

/** Counts by color and their sum as they stand in JSON. */
export function colorsJson({ packets, bytes, green, yellow, red }: Colors): Record<string, unknown> {
  return {
    packets: exactJson(packets),
    bytes: exactJson(bytes),
    green: countJson(green),
    yellow: countJson(yellow),
    red: countJson(red),
  };
}

/** A record as it stands in JSON; the class or node last, as in CSV. */
export function recordJson(record: RecordTotals): Record<string, unknown> {
  const { flow, label, firstNs, lastNs } = record;
  return {
    flow,
    ...colorsJson(record),
    firstNs: exactJson(firstNs),
    lastNs: exactJson(lastNs),
    ...(label === undefined ? {} : { [LABEL_COLUMNS[label.kind]]: label.name }),
  };
}
