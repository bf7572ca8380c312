/** Packets that two policies treat differently, and their rows in `--diff`. */
import type { CaptureMeter } from "../trace/meter.ts";
import type { Comparison } from "./comparison.ts";
import { DROPPED, type Side } from "./side.ts";

/** One packet. Times in ns. */
export interface Difference {
  readonly index: bigint;
  readonly timeNs: bigint;
  /** As A has it. */
  readonly flow: string;
  readonly length: number;
  readonly colors: readonly [number, number];
  /** Undefined: it does not depart. */
  readonly delaysNs: readonly [number | undefined, number | undefined];
  readonly departuresNs: readonly [bigint | undefined, bigint | undefined];
}

const COLORS = ["green", "yellow", "red"] as const;

/** The name of a color by its number. */
export function colorName(color: number): string {
  return COLORS[color] ?? "red";
}

const decoder = new TextDecoder();

/** The row of `--packets` of one packet of the batch: index, time, flow and length come first. */
export function packetRow({ core, views }: CaptureMeter, packet: number): string {
  core.writePacketRows(packet, packet + 1);
  return decoder.decode(views.text.subarray(0, core.textBytes()));
}

/** Columns of `--diff`; delays and departures in ns, empty where a packet does not depart. */
export const DIFFERENCE_COLUMNS = "index,time_ns,flow,length,color_a,color_b,delay_a,delay_b,departure_a,departure_b";
/** Those that are as in `--packets`. */
const SHARED_COLUMNS = 4;

/** A packet's row up to the last comma of the shared columns. */
function sharedPart(row: string): string {
  let end = 0;
  for (let column = 0; column < SHARED_COLUMNS; column += 1) end = row.indexOf(",", end) + 1;
  return row.slice(0, end);
}

function ownPart([a, b]: readonly [Side, Side], packet: number): string {
  const delay = (side: Side) => (side.delayNs[packet] === DROPPED ? "" : `${side.delayNs[packet]}`);
  const colors = `${colorName(a.color[packet]!)},${colorName(b.color[packet]!)}`;
  return `${colors},${delay(a)},${delay(b)},${a.departureNs(packet) ?? ""},${b.departureNs(packet) ?? ""}\n`;
}

/** Rows of the packets of the batch at hand that differ. The core writes each stretch of neighbours in one go. */
export function differenceRows({ sides, differing }: Comparison): string {
  const { core, views } = sides[0].meter;
  const rows: string[] = [];
  for (let at = 0; at < differing.length;) {
    let last = at;
    while (last + 1 < differing.length && differing[last + 1] === differing[last]! + 1) last += 1;
    for (let packet = differing[at]!; packet <= differing[last]!;) {
      const next = core.writePacketRows(packet, differing[last]! + 1);
      const written = decoder.decode(views.text.subarray(0, core.textBytes())).split("\n");
      for (const row of written.slice(0, next - packet)) {
        rows.push(sharedPart(row) + ownPart(sides, packet));
        packet += 1;
      }
    }
    at = last + 1;
  }
  return rows.join("");
}
