/** weir-meter/compiled: the core inlined, for meters that were compiled elsewhere; the smallest entry. */
import { compiledLibraryOf } from "./compiled.ts";
import { inlineCore } from "./inlinecore.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./compiledexports.ts";

export const { createMeter, restoreMeter } = /* @__PURE__ */ compiledLibraryOf((bytes) =>
  createWasmEngine(inlineCore(), bytes),
);
