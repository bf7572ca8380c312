/** weir-meter on Vercel's edge runtime, which marks modules in their name. */
import module from "./edge.wasm?module";
import { libraryOf } from "./create.ts";
import { readTersely } from "./terse/policy.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./exports.ts";

export const { compileMeter, createMeter, restoreMeter } = /* @__PURE__ */ libraryOf(
  { wasm: (bytes) => createWasmEngine(module, bytes) },
  readTersely,
);
