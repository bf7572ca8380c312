/** Columns of the CSV files, in the order that the core writes them (assembly/text). */
import type { EntryLabel } from "../trace/labels.ts";

const PACKET_COLUMNS = "index,time_ns,flow,length,color,delay_ns,reason";
const LEVEL_COLUMNS = "level,level2";
const FLOW_COLUMNS =
  "flow,packets,bytes,green_packets,green_bytes,yellow_packets,yellow_bytes,red_packets,red_bytes,first_ns,last_ns";

/** Columns of `--packets`. */
export function packetColumns(hasLevels: boolean): string {
  return hasLevels ? `${PACKET_COLUMNS},${LEVEL_COLUMNS}` : PACKET_COLUMNS;
}

/** What the last column of `--flows` and `--nodes` is called under a policy of classes. */
export const LABEL_COLUMNS: Readonly<Record<EntryLabel["kind"], "class" | "node">> = { flow: "class", node: "node" };

/** Columns of `--flows` and `--nodes`; `kind` only under a policy of classes. */
export function flowColumns(kind: EntryLabel["kind"] | undefined): string {
  return kind === undefined ? FLOW_COLUMNS : `${FLOW_COLUMNS},${LABEL_COLUMNS[kind]}`;
}
