/** The edge core in WebAssembly as an engine. */
import { EDGE_ABI_VERSION } from "../../assembly/edge/abi.ts";
import { functionsOf } from "./corenames.ts";
import type { EdgeEngine, EdgeFunctions } from "./engine.ts";

interface Exports extends Readonly<Record<string, unknown>> {
  abiVersion(): number;
}

const PAGE_BYTES = 65_536;

/**
 * An engine of its own instance of the compiled core. Its memory is made as large as it has to be: growing would detach a
 * buffer, and from then on V8 checks every access to any typed array of the process for that.
 * Throws when the module was built for other constants than this package.
 */
export function createWasmEngine(module: WebAssembly.Module, bytes: number): EdgeEngine {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  if (exports.abiVersion() !== EDGE_ABI_VERSION) {
    throw new Error(`edge core has ABI version ${exports.abiVersion()}, this package needs ${EDGE_ABI_VERSION}`);
  }
  const functions = functionsOf(exports) as unknown as EdgeFunctions;
  return { name: "wasm", functions, memory, setProfile: () => {}, refresh: () => {} };
}
