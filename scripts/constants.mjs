// A plugin for esbuild, which leaves a module's own constants under their names where the module imports anything: puts
// numbers, and what is calculated of other constants, in their places.
import { readFileSync } from "node:fs";

const CONSTANT =
  /^const ([A-Z][A-Z0-9_]*)(?:: number)? = (-?[\dA-Z_][\dA-Z_xa-f.]*(?: (?:[-+*/]|\*\*|<<|>>>) [\dA-Z_]+)*);$/gmu;

/** Addresses as indexes of words, which they are multiples of. */
const WORDS = /\b([A-Z][A-Z0-9_]+) \/ ([48])\b/gu;

export const inlineConstants = {
  name: "constants",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [declaration, name, value] of contents.matchAll(CONSTANT)) {
        contents = contents.replace(declaration, "").replaceAll(new RegExp(`\\b${name}\\b`, "gu"), `(${value})`);
      }
      // Of constants it calculates shifts, but no quotients.
      contents = contents.replaceAll(WORDS, (_, name, bytes) => `(${name} >>> ${Math.log2(bytes)})`);
      return { contents, loader: "ts" };
    });
  },
};
