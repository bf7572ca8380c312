/** The edge core in WebAssembly as an engine. */
import { EDGE_ABI_VERSION } from "../../assembly/edge/abi.ts";
import type { EdgeEngine, EdgeFunctions } from "./engine.ts";

interface Exports extends EdgeFunctions {
  readonly memory: WebAssembly.Memory;
  abiVersion(): number;
}

/** An engine of its own instance of the compiled core. Throws when the module was built for other constants than this package. */
export function createWasmEngine(module: WebAssembly.Module): EdgeEngine {
  const functions = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
  if (functions.abiVersion() !== EDGE_ABI_VERSION) {
    throw new Error(`edge core has ABI version ${functions.abiVersion()}, this package needs ${EDGE_ABI_VERSION}`);
  }
  return { name: "wasm", functions, memory: functions.memory, setProfile: () => {}, refresh: () => {} };
}
