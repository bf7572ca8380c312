/** Columns of the CSV files, in the order that the core writes them (assembly/text). */
import type { EntryLabel } from "../trace/labels.ts";

const PACKET_COLUMNS = "index,time_ns,flow,length,color,delay_ns,reason";
const DEPARTURE_COLUMN = "departure_ns";
const LEVEL_COLUMNS = "level,level2";
const FLOW_COLUMNS =
  "flow,packets,bytes,green_packets,green_bytes,yellow_packets,yellow_bytes,red_packets,red_bytes,first_ns,last_ns";

/** What rows of packets have besides the columns of every run. */
export interface PacketColumns {
  /** A shaper's: when the last byte has left. */
  readonly departures: boolean;
  readonly levels: boolean;
}

/** Columns of `--packets`. */
export function packetColumns({ departures, levels }: PacketColumns): string {
  return [PACKET_COLUMNS, ...(departures ? [DEPARTURE_COLUMN] : []), ...(levels ? [LEVEL_COLUMNS] : [])].join(",");
}

/** What the last column of `--flows` and `--nodes` is called under a policy of classes. */
export const LABEL_COLUMNS: Readonly<Record<EntryLabel["kind"], "class" | "node">> = { flow: "class", node: "node" };

/** Columns of `--flows` and `--nodes`; `kind` only under a policy of classes. */
export function flowColumns(kind: EntryLabel["kind"] | undefined): string {
  return kind === undefined ? FLOW_COLUMNS : `${FLOW_COLUMNS},${LABEL_COLUMNS[kind]}`;
}
