/** How the compiled core arrives in a browser: inlined by the build, so that no page has to ask for it. */

/** Put in by scripts/playground.mjs. */
declare const CORE_WASM_BASE64: string;

/** The compiled module. Rejects where the browser lacks WebAssembly, or its SIMD. */
export async function browserCoreModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(Uint8Array.from(atob(CORE_WASM_BASE64), (character) => character.charCodeAt(0)));
}
