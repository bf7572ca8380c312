// Goal: what scripts/coretext.mjs packs, the inline entries unpack to the same bytes, the core and any others; the text is
// such as no tool has to escape; and of WebAssembly it is smaller than what general compressors make.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { unpacked } from "../src/edge/inlinecore.ts";
import { drawer } from "./support/edge.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CORE = readFileSync(join(ROOT, "build", "edge.wasm"));
const BITS_A_DIGIT = 6;

const { coreText } = (await import(join(ROOT, "scripts", "coretext.mjs"))) as {
  readonly coreText: (bytes: Uint8Array) => string;
};

function drawn(length: number, seed: number): Uint8Array {
  const draw = drawer(seed);
  return Uint8Array.from({ length }, () => draw(256));
}

test.each([
  { name: "the core", bytes: CORE },
  { name: "nothing", bytes: new Uint8Array() },
  { name: "one byte", bytes: Uint8Array.of(0x80) },
  { name: "bytes that are all the same", bytes: new Uint8Array(20_000) },
  { name: "bytes that are all ones", bytes: new Uint8Array(20_000).fill(255) },
  { name: "random bytes", bytes: drawn(5000, 1) },
  { name: "what is surprising after long sameness", bytes: Uint8Array.of(...new Uint8Array(9000), ...drawn(100, 2)) },
])("$name", ({ bytes }) => {
  const text = coreText(bytes);
  expect(text).toMatch(/^[#-[\]-c]*$/u);
  expect(unpacked(text, bytes.length)).toStrictEqual(new Uint8Array(bytes));
});

test("the core is 0.85 of what Brotli makes of it, or less", () => {
  const packedBytes = (coreText(CORE).length * BITS_A_DIGIT) / 8;
  expect(packedBytes).toBeLessThan(0.85 * brotliCompressSync(CORE).length);
});
