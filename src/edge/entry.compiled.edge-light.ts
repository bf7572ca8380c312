/** weir-meter/compiled on Vercel's edge runtime, which compiles modules before it runs anything. */
import module from "./edge.wasm?module";
import { compiledLibraryOf } from "./compiled.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./compiledexports.ts";

export const { createMeter, restoreMeter } = /* @__PURE__ */ compiledLibraryOf((bytes) =>
  createWasmEngine(module, bytes),
);
