// A plugin for esbuild, which writes the values of constants for their names only where these are imported, or where the
// module imports nothing: numbers that the other modules name get a module of their own.
import { readFileSync } from "node:fs";

const IMPORTS = /^import\s/mu;
const NUMBER = /^const ([A-Z][A-Z0-9_]*) = (-?(?:0x)?[\da-f._]+(?: \*\* -?\d+)?);$/gmu;
const namespace = "constants";

export const inlineConstants = {
  name: namespace,
  setup({ onLoad, onResolve }) {
    const modules = new Map();
    onResolve({ filter: /\?constants$/ }, ({ path }) => ({ path, namespace, sideEffects: false }));
    onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: modules.get(path) }));
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const constants = IMPORTS.test(text) ? [...text.matchAll(NUMBER)] : [];
      if (constants.length === 0) return undefined;
      const own = `${path}?constants`;
      modules.set(own, constants.map(([declaration]) => `export ${declaration}`).join("\n"));
      const names = constants.map(([, name]) => name).join(", ");
      const rest = text.replaceAll(NUMBER, "");
      return { contents: `import { ${names} } from ${JSON.stringify(own)};\n${rest}`, loader: "ts" };
    });
  },
};
