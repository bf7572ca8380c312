/** weir-meter, where nothing says how a module is had: the core is inlined, and compiled at the first meter. */
import { libraryOf } from "./create.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./create.ts";

/** The core in hexadecimal, put in by scripts/edge.mjs: compressed it is 15 % smaller than base64. */
declare const EDGE_CORE_HEX: string;

let module: WebAssembly.Module | undefined;

function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(Uint8Array.from(EDGE_CORE_HEX.match(/../gu)!, (byte) => Number.parseInt(byte, 16)));
  return module;
}

export const { createMeter, restoreMeter } = /* @__PURE__ */ libraryOf({ wasm: () => createWasmEngine(compiled()) });
