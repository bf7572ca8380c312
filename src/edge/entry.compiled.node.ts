/** weir-meter/compiled in Node. */
import { compiledLibraryOf } from "./compiled.ts";
import { nodeCore } from "./nodecore.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./compiledexports.ts";

export const { createMeter, restoreMeter } = compiledLibraryOf((bytes) => createWasmEngine(nodeCore(), bytes));
