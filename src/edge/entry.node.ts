/** The edge library in Node: the core is a file beside the package's code, read and compiled at the first meter. */
import { readFileSync } from "node:fs";
import { libraryOf } from "./create.ts";
import { readInFull } from "./fullpolicy.ts";
import { createJsEngine } from "./js/engine.ts";
import { createWasmEngine } from "./wasmengine.ts";

let module: WebAssembly.Module | undefined;

function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(readFileSync(new URL("../../build/edge.wasm", import.meta.url)));
  return module;
}

export const { createMeter, restoreMeter } = libraryOf(
  { wasm: () => createWasmEngine(compiled()), js: createJsEngine },
  readInFull,
);
