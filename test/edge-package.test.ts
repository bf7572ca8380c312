// Goal: the edge library as npm hands it out: each condition gets its own entry and the types that go with it, nothing runs
// by being imported, nothing is in it twice, and what pages and Workers load stays below its limit.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMPILED_NAMES } from "../src/edge/compilednames.ts";
import { CORE_NAMES } from "../src/edge/corenames.ts";
import { compileMeter } from "../src/edge/entry.node.ts";
import type { MeterOptions } from "../src/edge/types.ts";
import { POLICIES } from "./support/edge.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const EDGE = join(ROOT, "dist", "edge");
const PACK_MS = 60_000;
const NAMES = [
  "weir-meter",
  "weir-meter/js",
  "weir-meter/module",
  "weir-meter/compiled",
  "weir-meter/http",
  "weir-meter/hono",
];
const DEPENDENCIES = ["@assemblyscript", "yaml"];

/** A project that has installed the package: `project/node_modules/weir-meter`. */
let project = "";
let tarball = "";

function run(command: string, args: readonly string[], cwd: string) {
  return spawnSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
}

/** Runs a program of the repository's own dependencies with this Node. */
function runTool(path: string, args: readonly string[], cwd = ROOT) {
  return run(process.execPath, [join(ROOT, "node_modules", path), ...args], cwd);
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "weir-package-"));
  const packed = run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", project], ROOT);
  tarball = join(project, packed.stdout.trim());
  const target = join(project, "node_modules", "weir-meter");
  mkdirSync(target, { recursive: true });
  run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"], project);
  for (const name of DEPENDENCIES)
    symlinkSync(join(ROOT, "node_modules", name), join(dirname(target), name), "junction");
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", version: "1.0.0" }));
}, PACK_MS);

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** A module and all that it imports of its folder. */
function filesOf(name: string): string[] {
  const files = [join(EDGE, name)];
  for (const path of files) {
    for (const [, from] of readFileSync(path, "utf8").matchAll(/\b(?:from|import)\s*"(\.\/[^"]+\.js)"/gu)) {
      const target = join(dirname(path), from!);
      if (!files.includes(target)) files.push(target);
    }
  }
  return files;
}

/** An entry as a bundler hands it on, all of it: one file, minified. */
async function bundled(name: string): Promise<Buffer> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "./${name}";`, resolveDir: EDGE },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    external: ["*.wasm", "*.wasm?module"],
    logLevel: "error",
  });
  return Buffer.from(outputFiles[0]!.contents);
}

describe("size", () => {
  // With Brotli the core is 5.2 kB and what reads it 0.5, what meters do 9.8 kB, and policies from text to exact integers 4.8.
  test.each([
    { entry: "compiled.js", gzipMax: 17_400, brotliMax: 15_400 },
    { entry: "compiled.workerd.js", gzipMax: 10_900, brotliMax: 9800 },
    { entry: "index.js", gzipMax: 22_400, brotliMax: 20_000 },
    { entry: "index.workerd.js", gzipMax: 16_100, brotliMax: 14_600 },
    { entry: "js.js", gzipMax: 25_000, brotliMax: 22_600 },
    { entry: "http.js", gzipMax: 3900, brotliMax: 3550 },
    { entry: "hono.js", gzipMax: 2900, brotliMax: 2600 },
  ])("$entry: at most $gzipMax bytes with gzip -9, $brotliMax with Brotli", async ({ entry, gzipMax, brotliMax }) => {
    const bytes = await bundled(entry);
    const [gzipBytes, brotliBytes] = [gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
    process.stdout.write(`dist/edge/${entry}: ${gzipBytes} bytes with gzip -9, ${brotliBytes} with Brotli\n`);
    expect(gzipBytes).toBeLessThanOrEqual(gzipMax);
    expect(brotliBytes).toBeLessThanOrEqual(brotliMax);
  });

  test("names that bundles shorten are no names of the interface, and those of compiled meters are the same in all", async () => {
    const types = readFileSync(join(ROOT, "src", "edge", "types.ts"), "utf8");
    const names = Array.from(types.matchAll(/^ *(?:readonly )?(\w+)\??[:(]/gmu), ([, name]) => name);
    expect(names).toContain("batchRows");
    const shortened = (await import(join(ROOT, "scripts", "edgenames.mjs"))) as {
      readonly OWN_NAMES: readonly string[];
    };
    expect(shortened.OWN_NAMES).toContain("views");
    const short = [...shortened.OWN_NAMES, ...Object.keys(COMPILED_NAMES), ...Object.keys(CORE_NAMES)];
    expect(short.filter((name) => names.includes(name))).toStrictEqual([]);
    const bundle = (await import(join(EDGE, "index.js"))) as { readonly compileMeter: typeof compileMeter };
    for (const policy of POLICIES) {
      const options: MeterOptions = { policies: [policy], maxFlows: 10 };
      const [own, told] = [compileMeter(options), bundle.compileMeter(options)];
      expect(JSON.parse(told.settings)).toStrictEqual(JSON.parse(own.settings));
    }
  });

  test("the core is in the package once as a file and once as text", async () => {
    const { coreText } = (await import(join(ROOT, "scripts", "coretext.mjs"))) as {
      readonly coreText: (bytes: Uint8Array) => string;
    };
    const core = readFileSync(join(ROOT, "build", "edge.wasm"));
    const files = readdirSync(join(project, "node_modules", "weir-meter"), { recursive: true, encoding: "utf8" });
    const paths = files.map((name) => join(project, "node_modules", "weir-meter", name));
    const same = paths.filter((path) => path.endsWith(".wasm") && readFileSync(path).equals(core));
    expect(same.length).toBe(1);
    const text = coreText(core);
    const texts = paths.filter((path) => path.endsWith(".js") && readFileSync(path, "utf8").includes(text));
    expect(texts.length).toBe(1);
  });
});

describe("entries", () => {
  test("/js and what it imports say nothing of WebAssembly", () => {
    for (const path of filesOf("js.js")) expect(readFileSync(path, "utf8")).not.toContain("WebAssembly");
  });

  test.each([
    { name: "workerd", conditions: ["workerd", "worker", "browser"], file: "index.workerd.js", wasm: "edge.wasm" },
    {
      name: "edge-light",
      conditions: ["edge-light", "browser"],
      file: "index.edge-light.js",
      wasm: "edge.wasm?module",
    },
    { name: "deno", conditions: ["deno", "node", "import"], file: "index.js" },
    { name: "bun", conditions: ["bun", "node", "import"], file: "index.js" },
    { name: "browser", conditions: ["browser", "import"], file: "index.js" },
    { name: "default", conditions: ["import"], file: "index.js" },
  ])("$name gets $file", async ({ conditions, file, wasm }) => {
    const loaded: string[] = [];
    const { metafile } = await build({
      stdin: { contents: 'import { createMeter } from "weir-meter"; console.log(createMeter);', resolveDir: project },
      conditions,
      platform: "neutral",
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      plugins: [
        {
          name: "wasm",
          setup({ onResolve }) {
            onResolve({ filter: /\.wasm(?:\?module)?$/ }, ({ path }) => {
              loaded.push(basename(path));
              return { path, external: true };
            });
          },
        },
      ],
    });
    expect(Object.keys(metafile.inputs).map((path) => basename(path))).toContain(file);
    expect(loaded).toStrictEqual(wasm === undefined ? [] : [wasm]);
  });

  test.each(NAMES)("importing %s for nothing leaves nothing in a bundle", async (name) => {
    const { outputFiles } = await build({
      stdin: { contents: `import * as all from "${name}";`, resolveDir: project },
      bundle: true,
      write: false,
      format: "esm",
      minify: true,
    });
    expect(outputFiles[0]!.text.trim()).toBe("");
  });

  test("at module scope, as on workerd, meters and limiters are made without clock, timer and random number", () => {
    const inspected = [
      "Date.now",
      "performance.now",
      "Math.random",
      "setTimeout",
      "setInterval",
      "crypto.getRandomValues",
    ];
    writeFileSync(
      join(project, "scope.mjs"),
      `for (const path of ${JSON.stringify(inspected)}) {
        const [name, owner = ""] = path.split(".").reverse();
        (owner === "" ? globalThis : globalThis[owner])[name] = () => { throw new Error(path); };
      }
      const entry = (name) => import(${JSON.stringify(pathToFileURL(EDGE).href)} + "/" + name);
      const { byAddress, createLimiter } = await entry("http.js");
      const { rateLimit } = await entry("hono.js");
      const policies = [{ meter: "token-bucket", rate: "1 packet/s", burst: "1 packet" }];
      for (const name of ["index.js", "js.js"]) {
        const { createMeter } = await entry(name);
        const options = { meter: createMeter({ policies, maxFlows: 10 }), key: byAddress({ header: "x-real-ip" }) };
        console.log(typeof createLimiter(options).check, typeof rateLimit(options));
      }`,
    );
    const { stdout, stderr } = run(process.execPath, [join(project, "scope.mjs")], project);
    expect(`${stderr}${stdout}`).toBe("function function\nfunction function\n");
  });

  test("import and require in Node are one and the same module, of every entry", () => {
    writeFileSync(
      join(project, "same.mjs"),
      `import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      for (const name of ${JSON.stringify(NAMES)}) {
        const [imported, required] = [await import(name), require(name)];
        const keys = Object.keys(imported);
        console.log(name, keys.length > 0 && keys.every((key) => imported[key] === required[key]));
      }
      const [{ ConfigError }, { byHeader }] = [await import("weir-meter"), await import("weir-meter/http")];
      try { byHeader(""); } catch (error) { console.log(error instanceof ConfigError); }`,
    );
    const { stdout, stderr } = run(process.execPath, [join(project, "same.mjs")], project);
    expect(`${stderr}${stdout}`).toBe(`${NAMES.map((name) => `${name} true\n`).join("")}true\n`);
  });

  test("elsewhere too an error of one entry is an error of another", async () => {
    const classes = ["index.js", "js.js", "compiled.js", "http.js"].map(async (name) => {
      const { ConfigError } = (await import(join(EDGE, name))) as { readonly ConfigError: unknown };
      return ConfigError;
    });
    expect(new Set(await Promise.all(classes)).size).toBe(1);
  });
});

describe("types", () => {
  test("publint has nothing to say", () => {
    const { status, stdout } = runTool("publint/src/cli.js", ["run", "--strict", tarball]);
    expect(stdout).toContain("All good!");
    expect(status).toBe(0);
  });

  test("are right in every resolution mode (attw)", () => {
    const args = [
      "--profile",
      "node16",
      "--no-definitely-typed",
      "--exclude-entrypoints",
      "core.wasm",
      "--format",
      "json",
    ];
    const { status, stdout, stderr } = runTool("@arethetypeswrong/cli/dist/index.js", [...args, tarball]);
    expect({ status, stderr, problems: (JSON.parse(stdout) as { problems?: unknown }).problems ?? {} }).toMatchObject({
      status: 0,
      problems: {},
    });
  });

  const USE = `
const meter: m.EdgeMeter = m.createMeter({ policies: [{ meter: "gcra", rate: "1 packet/s", burst: "1 packet" }], maxFlows: 1 });
const options: h.LimiterOptions<string> = { meter, key: h.byAddress({ forwardedFor: 1 }), cost: "content-length" };
const limiter: h.Limiter<string> = h.createLimiter(options);
const compiled: c.CompiledMeter = m.compileMeter({ policies: [], maxFlows: 1 });
export const small: c.EdgeMeter = c.createMeter(compiled);
export const use = [limiter, o.rateLimit({ meter, key: h.byHeader("x") }), j.createMeter, x.withCore] as const;
export function wrong(error: unknown): m.ConfigError | undefined { return error instanceof m.ConfigError ? error : undefined; }
// @ts-expect-error a meter has to be told its policies
m.createMeter({ maxFlows: 1 });
`;
  const IMPORTS = [
    ["m", ""],
    ["h", "/http"],
    ["o", "/hono"],
    ["j", "/js"],
    ["x", "/module"],
    ["c", "/compiled"],
  ] as const;

  test.each([
    { name: "import, nodenext", file: "use.mts", options: ["--module", "nodenext"], node: true },
    { name: "require, nodenext", file: "use.cts", options: ["--module", "nodenext"], node: true },
    { name: "require, node16", file: "use.cts", options: ["--module", "node16"], node: true },
    {
      name: "a bundler",
      file: "use.ts",
      options: ["--module", "esnext", "--moduleResolution", "bundler"],
      node: false,
    },
    {
      name: "a Worker",
      file: "use.ts",
      options: ["--module", "esnext", "--moduleResolution", "bundler", "--customConditions", "workerd"],
      node: false,
    },
  ])("$name", ({ file, options, node }) => {
    const imports = IMPORTS.map(([as, path]) =>
      file.endsWith(".cts")
        ? `import ${as} = require("weir-meter${path}");`
        : `import * as ${as} from "weir-meter${path}";`,
    );
    // Of the library for captures there is nothing but in Node.
    const captures = `${node ? "" : "// @ts-expect-error only in Node\n"}export const compile = m.compilePolicy;\n`;
    writeFileSync(join(project, file), `${imports.join("\n")}\n${USE}${captures}`);
    const common = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--target",
      "es2022",
      "--lib",
      "es2023,dom",
      "--types",
      "",
    ];
    const { stdout } = runTool("typescript/bin/tsc", [...common, ...options, file], project);
    expect(stdout).toBe("");
  });
});
