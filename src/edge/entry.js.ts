/** weir-meter/js: no WebAssembly at all, for runtimes that lack or forbid it. */
import { libraryOf } from "./create.ts";
import { createJsEngine } from "./js/engine.ts";
import { readTersely } from "./terse/policy.ts";

export * from "./exports.ts";

export const { compileMeter, createMeter, restoreMeter } = /* @__PURE__ */ libraryOf(
  { js: createJsEngine },
  readTersely,
);
