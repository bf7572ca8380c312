/** The edge library in Node. */
import { libraryOf } from "./create.ts";
import { readInFull } from "./fullpolicy.ts";
import { createJsEngine } from "./js/engine.ts";
import { nodeCore } from "./nodecore.ts";
import { createWasmEngine } from "./wasmengine.ts";

export const { compileMeter, createMeter, restoreMeter } = libraryOf(
  { wasm: (bytes) => createWasmEngine(nodeCore(), bytes), js: createJsEngine },
  readInFull,
);
