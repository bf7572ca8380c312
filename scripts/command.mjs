// Bundles the command: one file for each of its parts instead of 150 modules, which Node takes 50 ms longer to find and
// read. Then removes the modules that nothing in the package imports any more: those that only the command has.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const TARGET = "node20.19";
const outdir = join(root, "dist", "src", "cli");
const IMPORTED = /(?:\bfrom|\bimport\(|\bimport)\s*"(\.[^"?]+)"/gu;
/** What the library starts in threads of its own: its name is put together at run time. */
const LIBRARY_WORKERS = ["dist/src/threads/shardworker.js"];

/** Every file that a value of "exports" names, under whatever conditions. */
function targetsOf(value) {
  return typeof value === "string" ? [value] : Object.values(value).flatMap(targetsOf);
}

/** Adds the module and all that it imports to `reached`. */
function reachFrom(path, reached) {
  if (reached.has(path)) return;
  reached.add(path);
  for (const [, name] of readFileSync(path, "utf8").matchAll(IMPORTED)) reachFrom(join(dirname(path), name), reached);
}

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries = targetsOf(exports).filter((path) => path.startsWith("./dist/src/") && path.endsWith(".js"));
const library = new Set();
for (const path of [...entries, ...LIBRARY_WORKERS]) reachFrom(join(root, path), library);
for (const folder of ["src", "assembly"]) {
  for (const name of readdirSync(join(root, "dist", folder), { recursive: true })) {
    const path = join(root, "dist", folder, name);
    if (path.endsWith(".js") && !library.has(path)) rmSync(path);
  }
}

const FACADE = join(root, "src", "policies.ts");
const EXPORTED = /export (?:type )?\{([^}]*)\} from "\.(\/policy\/[^"]+)";/gu;
const FROM_FACADE = /import (type )?\{([^}]*)\} from "([./]+)\/policies\.ts";/gu;
const ON_DEMAND =
  /[\\/]src[\\/](?:cli[\\/](?:commands[\\/]\w+|policyfile)|columnar[\\/](?:packetfile|records)|trace[\\/](?:gzip|programs|zstd))\.ts$/;

function namesIn(list) {
  return list.split(",").flatMap((name) => name.trim() || []);
}

/** Where the facade of policies has each name from. */
const homes = new Map(
  [...readFileSync(FACADE, "utf8").matchAll(EXPORTED)].flatMap(([, list, home]) =>
    namesIn(list).map((name) => [name, home]),
  ),
);

/** Imports each name from the module that has it: esbuild takes all that a facade names for loaded with it. */
function pastFacade(text) {
  return text.replaceAll(FROM_FACADE, (_, type = "", list, up) =>
    namesIn(list)
      .map((name) => `import ${type}{ ${name} } from "${up}${homes.get(name.replace("type ", ""))}";`)
      .join(""),
  );
}

/**
 * Lets each module that is loaded on demand reach all that the program loads anyway, so that this becomes one chunk: as
 * many chunks as there are sets of them that share a module take longer to find than to read.
 */
const together = {
  name: "together",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = pastFacade(readFileSync(path, "utf8"));
      if (!ON_DEMAND.test(path)) return { contents: text, loader: "ts" };
      const program = relative(dirname(path), join(root, "src", "cli", "program.ts")).replaceAll("\\", "/");
      return { contents: `${text}export * as program from "./${program}";\n`, loader: "ts" };
    });
  },
};

/** The one package that every command loads becomes part of it: six files less to find, and a third of the text. */
const inside = {
  name: "inside",
  setup({ onResolve }) {
    onResolve({ filter: /^commander$/ }, ({ path }) => {
      return { path: fileURLToPath(import.meta.resolve(path)) };
    });
  },
};

/**
 * What the command does without: commander starts programs for commands that are files of their own, which ours are not;
 * and of a core without imports the loader makes what the platform makes. Each takes Node 2 ms to find and load.
 */
const WITHOUT = {
  "node:child_process": { importers: /[\\/]commander[\\/]/, text: "module.exports = {};" },
  "@assemblyscript/loader": {
    importers: /[\\/]src[\\/]core[\\/]instance\.ts$/,
    text: "export const instantiateSync = (module, imports) => ({ instance: new WebAssembly.Instance(module, imports) });",
  },
};
const without = {
  name: "without",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:child_process|@assemblyscript\/loader)$/ }, ({ path, importer }) =>
      WITHOUT[path].importers.test(importer) ? { path, namespace: "without" } : undefined,
    );
    onLoad({ filter: /./, namespace: "without" }, ({ path }) => ({ contents: WITHOUT[path].text, loader: "js" }));
  },
};

const bundled = await build({
  absWorkingDir: root,
  // The thread that decodes captures is a file beside the others, where `new URL` in them looks for it.
  entryPoints: { main: "src/cli/main.ts", decoder: "src/threads/decoder.ts" },
  outdir,
  bundle: true,
  splitting: true,
  write: false,
  packages: "external",
  format: "esm",
  platform: "node",
  target: TARGET,
  // The library's modules, which it shares with the command, are in the package once more: as small as they get.
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [together, without, inside],
});

// CommonJS, which Node begins to run 5 ms sooner than ES modules; esbuild splits the latter only.
const HERE = "moduleUrl";
for (const { path, text } of bundled.outputFiles) {
  const { code } = await transform(text, {
    format: "cjs",
    platform: "node",
    target: TARGET,
    minify: true,
    // `require` instead.
    supported: { "dynamic-import": false },
    define: { "import.meta.url": HERE, "import.meta.resolve": "require.resolve" },
    banner: text.includes("import.meta.url") ? `const ${HERE}=require("node:url").pathToFileURL(__filename).href;` : "",
    logLevel: "warning",
  });
  writeFileSync(path, code);
}
copyFileSync(join(root, "node_modules", "commander", "LICENSE"), join(outdir, "commander-license.txt"));
writeFileSync(join(outdir, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
