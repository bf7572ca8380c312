import type { Color } from "../../types.ts";
import { COLOR_RED } from "../outcome.ts";
import type { Held } from "./entries.ts";
import { judge } from "./judge.ts";
import type { ClassProgram } from "./program.ts";
import type { Entry, WaitNs } from "./slotprogram.ts";

/**
 * The least time after which a packet that is red now would not be, were it to come then instead; null: never. Once a
 * bucket fits it goes on to fit, so a verdict can only change at the instants at which one begins to.
 */
export function delayOf(
  program: ClassProgram,
  held: readonly Held<Entry>[],
  colorIn: Color,
  lengthBytes: number,
): WaitNs {
  const waits = program.slots.flatMap((slot, index) => slot.waits(held[index]!.entry, lengthBytes));
  const instants = waits.filter((wait) => wait !== null).toSorted((left, right) => (left < right ? -1 : 1));
  const found = instants.find((instant) => judge(program, colorIn, fitsAt(waits, instant)).color !== COLOR_RED);
  return found ?? null;
}

/** Bits of the buckets that fit so many ns from now. */
function fitsAt(waits: readonly WaitNs[], instant: bigint): number {
  let fits = 0;
  for (const [bit, wait] of waits.entries()) if (wait !== null && wait <= instant) fits |= 1 << bit;
  return fits;
}
