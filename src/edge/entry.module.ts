/** weir-meter/module: the caller brings the compiled core (weir-meter/core.wasm), however it is had. */
import { libraryOf, type MeterLibrary } from "./create.ts";
import { readTersely } from "./terse/policy.ts";
import { createWasmEngine } from "./wasmengine.ts";

export * from "./exports.ts";

/** The library over a compiled core. */
export function withCore(module: WebAssembly.Module): MeterLibrary {
  return libraryOf({ wasm: (bytes) => createWasmEngine(module, bytes) }, readTersely);
}

/** The same from a response or its promise, compiled while it comes in; needs the type application/wasm. */
export async function withCoreStreaming(response: Response | PromiseLike<Response>): Promise<MeterLibrary> {
  return withCore(await WebAssembly.compileStreaming(response));
}
