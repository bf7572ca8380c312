/** Engines for the page's flows. */
import { createCoreEngine } from "../../core/engine.ts";
import type { CompiledPolicy, MeterEngine } from "../../types.ts";

/** Spare room: the table never has to make any. */
const FLOWS_SPARE = 64;
/** Keys are indexes that the page gave out itself; nobody chooses them. */
const SECRET = [0x5765_6972, 1, 2, 3] as const;

/** An engine for so many flows. A fresh core is a table of drained flows, and costs about half a millisecond. */
export function engineFor(
  module: WebAssembly.Module,
  policy: CompiledPolicy,
  flows: number,
  levels: boolean,
): MeterEngine {
  const slots = flows * policy.profiles.length + FLOWS_SPARE;
  const room = { maxFlows: slots, expectedFlows: slots };
  return createCoreEngine(module, { policy, ...room, secret: SECRET, records: false, delays: false, levels });
}
