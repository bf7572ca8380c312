/** weir-meter/compiled on workerd, which compiles modules before it runs anything. */
import module from "./edge.wasm";
import { compiledLibraryOf } from "./compiled.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./compiledexports.ts";

export const { createMeter, restoreMeter } = /* @__PURE__ */ compiledLibraryOf((bytes) =>
  createWasmEngine(module, bytes),
);
