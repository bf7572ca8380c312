/** What a policy takes of a packet. */
import type { CompiledPolicy } from "../../types.ts";
import type { CaptureColumns } from "../capture/columns.ts";

/** True when the policy asks with what color a packet arrives. */
export function readsColors({ definition }: CompiledPolicy): boolean {
  return "isAware" in definition && definition.isAware;
}

/** The column of lengths that a policy meters. */
export function lengthsOf(columns: CaptureColumns, { length }: CompiledPolicy): Uint32Array {
  return length === "ip" ? columns.ipBytes : columns.frameBytes;
}
