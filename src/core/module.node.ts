/** How the compiled core arrives in Node: from the file beside the package's code. */
import { readFileSync } from "node:fs";

/** The core's builds: assertions on, for users, and for users without SIMD. */
export type CoreBuild = "release" | "scalar" | "debug";

const FILES: Record<CoreBuild, string> = { release: "core.wasm", scalar: "core.scalar.wasm", debug: "core.debug.wasm" };
const compiled = new Map<CoreBuild, WebAssembly.Module>();

/** The compiled module, made once a process. */
export function coreModule(build: CoreBuild = "release"): WebAssembly.Module {
  let module = compiled.get(build);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`../../build/${FILES[build]}`, import.meta.url)));
    compiled.set(build, module);
  }
  return module;
}
