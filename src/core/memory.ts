import type { CoreExports } from "./instance.ts";

/** Zeroed memory in the core, before it is initialized. Throws RangeError when there is not enough. */
export function reserve(core: CoreExports, bytes: number): number {
  const address = core.reserve(bytes) >>> 0;
  if (address === 0) throw new RangeError(`policy: its tables (${bytes} bytes) do not fit in memory`);
  return address;
}
