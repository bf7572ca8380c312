// Modules of src that scripts use as they are: without types, and without imports.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";

/** What the module at this path below src exports. */
export function sourceModule(path) {
  const file = fileURLToPath(new URL(`../src/${path}`, import.meta.url));
  const { code } = transformSync(readFileSync(file, "utf8"), { loader: "ts" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
