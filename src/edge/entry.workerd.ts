/** weir-meter on workerd, which compiles modules before it runs anything, and no bytes afterwards. */
import module from "./edge.wasm";
import { libraryOf } from "./create.ts";
import { readTersely } from "./terse/policy.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./exports.ts";

export const { compileMeter, createMeter, restoreMeter } = /* @__PURE__ */ libraryOf(
  { wasm: (bytes) => createWasmEngine(module, bytes) },
  readTersely,
);
