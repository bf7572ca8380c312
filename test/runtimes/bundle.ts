/** The conformance trace as each runtime loads it, made by esbuild with the conditions that runtime's tools use. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";

export interface Bundle {
  readonly code: string;
  /** WebAssembly files that the code imports, by the name it knows them under. */
  readonly modules: ReadonlyMap<string, Uint8Array>;
}

async function bundled(options: BuildOptions): Promise<Bundle> {
  const modules = new Map<string, Uint8Array>();
  // Workers import a compiled module by its path; esbuild would want to read it.
  const wasm: Plugin = {
    name: "wasm",
    setup({ onResolve, resolve }) {
      // Without the flag "u", which Go's expressions do not have.
      onResolve({ filter: /\.wasm$/ }, async ({ path, pluginData, ...args }) => {
        if (pluginData === "seen") return undefined;
        const found = await resolve(path, { ...args, pluginData: "seen" });
        const name = basename(found.path);
        modules.set(name, readFileSync(found.path));
        return { path: `./${name}`, external: true };
      });
    },
  };
  const result = await build({
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    logLevel: "silent",
    ...options,
    // workerd's own modules.
    external: ["cloudflare:*", ...(options.external ?? [])],
    plugins: [wasm],
  });
  return { code: result.outputFiles![0]!.text, modules };
}

/** What tools set for each kind of target: wrangler for Workers, bundlers for pages. */
const TARGETS: Readonly<Record<"worker" | "page", BuildOptions>> = {
  worker: { conditions: ["workerd", "worker", "browser"], platform: "browser" },
  page: { platform: "browser", format: "iife" },
};

function entryAt(path: string): BuildOptions {
  return { entryPoints: [fileURLToPath(new URL(path, import.meta.url))] };
}

/** For Node, Deno and Bun: they resolve the package themselves. */
export async function programBundle(): Promise<Bundle> {
  return bundled({ ...entryAt("program.ts"), platform: "neutral", external: ["weir-meter", "weir-meter/*"] });
}

/** For workerd; `entry` is a path from here. */
export async function workerBundle(entry: string): Promise<Bundle> {
  return bundled({ ...TARGETS.worker, ...entryAt(entry) });
}

/** For a page. */
export async function pageBundle(): Promise<Bundle> {
  return bundled({ ...TARGETS.page, ...entryAt("page.ts") });
}

/** Of a text of code that imports the package. */
export async function bundleOf(code: string, target: "worker" | "page"): Promise<Bundle> {
  const resolveDir = fileURLToPath(new URL(".", import.meta.url));
  return bundled({ ...TARGETS[target], stdin: { contents: code, resolveDir } });
}
