/** The core in Node: a file beside the package's code, read and compiled at the first meter. */
import { readFileSync } from "node:fs";

let module: WebAssembly.Module | undefined;

/** The core, compiled once. */
export function nodeCore(): WebAssembly.Module {
  module ??= new WebAssembly.Module(readFileSync(new URL("../../build/edge.wasm", import.meta.url)));
  return module;
}
