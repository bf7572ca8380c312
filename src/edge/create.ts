/** Meters over an engine that is chosen: what every entry of the package is made of. */
import type { EdgeEngine, EngineMaker } from "./engine.ts";
import { Meter } from "./meter.ts";
import { restoreFrom } from "./snapshot.ts";
import type { EdgeMeter, MeterOptions, RestoreOptions } from "./types.ts";

export { createDecision } from "./meter.ts";
export { SnapshotError } from "./snapshot.ts";

/** A meter over an engine of its own. Throws ConfigError for options that cannot be. */
export function meterOver(options: MeterOptions, makeEngine: EngineMaker): EdgeMeter {
  return new Meter(options, makeEngine());
}

/** A meter with the state of a snapshot, over an engine of its own. Throws SnapshotError. */
export function restoreOver(
  chunks: readonly Uint8Array[] | Uint8Array,
  options: RestoreOptions,
  makeEngine: EngineMaker,
): EdgeMeter {
  return restoreFrom(chunks instanceof Uint8Array ? [chunks] : chunks, options, makeEngine);
}

export type { EdgeEngine, EngineMaker };
