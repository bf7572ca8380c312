/** How the compiled core arrives in a browser: inlined by the build, so that no page has to ask for it. */

/** Put in by scripts/playground.ts: deflated without a header, which makes it less than half as long. */
declare const CORE_WASM_DEFLATED_BASE64: string;

/** The compiled module. Rejects where the browser lacks WebAssembly, its SIMD, or decompression. */
export async function browserCoreModule(): Promise<WebAssembly.Module> {
  const deflated = Uint8Array.from(atob(CORE_WASM_DEFLATED_BASE64), (character) => character.charCodeAt(0));
  const bytes = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return WebAssembly.compile(await new Response(bytes).arrayBuffer());
}
