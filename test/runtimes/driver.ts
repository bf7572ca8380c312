/** What every runtime runs: the conformance trace through the package's entry points, found by its own conditions. */
import { createMeter, restoreMeter } from "weir-meter";
import { createMeter as createJsMeter, restoreMeter as restoreJsMeter } from "weir-meter/js";
import { conformance, type Section } from "./trace.ts";

export interface Report {
  /** Through `weir-meter`: the core, where WebAssembly can be had. */
  readonly core: readonly Section[];
  /** Which engine that was. */
  readonly engine: string;
  /** Through `weir-meter/js`. */
  readonly js: readonly Section[];
}

// At module scope, as Workers do it: no clock, no random number and no timer can be had there.
const early = createMeter({
  policies: [{ meter: "token-bucket", rate: "1 packet/s", burst: "1 packet" }],
  maxFlows: 8,
});

export async function report(): Promise<Report> {
  return {
    engine: early.stats().engine,
    core: await conformance({ createMeter, restoreMeter }),
    js: await conformance({ createMeter: createJsMeter, restoreMeter: restoreJsMeter }),
  };
}
