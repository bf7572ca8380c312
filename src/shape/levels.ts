/** Levels that only the measures ask for. */
import { CONFIG_LEVELS } from "../../assembly/abi.ts";
import type { CaptureMeter } from "../trace/meter.ts";

/** The core writes the levels that it fills into its rows: `write` runs with them left out, unless they are shown. */
export async function writeWithLevels(
  meter: CaptureMeter,
  areShown: boolean,
  write: () => Promise<void>,
): Promise<void> {
  const filled = meter.views.config[CONFIG_LEVELS]!;
  meter.views.config[CONFIG_LEVELS] = areShown ? 1n : 0n;
  await write();
  // The memory may have grown.
  meter.views.config[CONFIG_LEVELS] = filled;
}
