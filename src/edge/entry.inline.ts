/** weir-meter, where nothing says how a module is had: the core is inlined, and compiled at the first meter. */
import { libraryOf } from "./create.ts";
import { inlineCore } from "./inlinecore.ts";
import { readTersely } from "./terse/policy.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./exports.ts";

export const { compileMeter, createMeter, restoreMeter } = /* @__PURE__ */ libraryOf(
  { wasm: (bytes) => createWasmEngine(inlineCore(), bytes) },
  readTersely,
);
