/**
 * What the edge core calls its exports: names are text, in the core as in bundles of this library, which call them the
 * same (scripts/edge.mjs). What is renamed here is left out of bundles, where nothing is.
 */
import type { EdgeFunctions } from "./engine.ts";

export const CORE_NAMES: Readonly<Record<keyof EdgeFunctions, string>> = {
  layOut: "sa",
  mostUnits: "sb",
  decideUsual: "sc",
  allowUsual: "sd",
  decideNow: "se",
  moves: "sf",
  decideNs: "sg",
  peekNs: "sh",
  chargeNs: "si",
  refundNs: "sj",
  blockUntil: "sk",
  resetKey: "sl",
  sweepBlocks: "sm",
  identify: "sn",
  placeWord: "so",
  nextSlot: "sp",
  wrongRow: "sq",
  runRows: "sr",
};

/** The functions that a core exports, by the names of `EdgeFunctions`. */
export function functionsOf(exports: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(CORE_NAMES).map(([name, short]) => [name, exports[short]]));
}
