/** What users install: the modules, the dependencies, the files of the package. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/**
 * A third reads captures and classifies frames, a third is meters, trees and groups, a third delays and writes packets.
 * Two of its 83 KiB are the rounds of the hash, written out, two compact flows, one new flows admitted together, one
 * captures read from their middle.
 */
const RELEASE_BYTES_MAX = 83 * 1024;
const RELEASE_GZIP_BYTES_MAX = 35 * 1024;
/**
 * Half is JavaScript for Node (commands and commander, policies, translations, the second engine), a fifth the
 * playground's page, which holds all that it runs, a sixth the edge library: its modules for Node, its bundles for all
 * else, its core. The rest are the pages of report and watch, the core, and types.
 */
const PACKAGE_BYTES_MAX = 666 * 1024;
/** The entry, what starts the other thread, what that one shares, the rest, and two of the bundler's. */
const COMMAND_FILES_MAX = 6;

function read(path: string): Buffer {
  return readFileSync(join(ROOT, path));
}

function importsOf(module: string): string[] {
  const compiled = new WebAssembly.Module(new Uint8Array(read(module)));
  return WebAssembly.Module.imports(compiled).map((entry) => `${entry.module}.${entry.name}`);
}

function exportsOf(module: string): string[] {
  const compiled = new WebAssembly.Module(new Uint8Array(read(module)));
  return WebAssembly.Module.exports(compiled).map(({ name, kind }) => `${kind} ${name}`);
}

/** Files that a module or a declaration of the package imports, as paths in it. */
function relativeImportsOf(path: string): string[] {
  const text = read(path).toString();
  return [...text.matchAll(/(?:\bfrom|\bimport\(|\bimport|\brequire\()\s*"(\.[^"]+)"/gu)].map(([, name]) => {
    // What follows "?" is for the bundler.
    const target = posix.join(posix.dirname(path), name!.replace(/\?.*$/u, ""));
    return /\.d\.c?ts$/u.test(path) ? target.replace(/\.[jt]s$/u, ".d.ts") : target;
  });
}

/** What an entry of "exports" is: a file, or more of them by condition. */
type Target = string | { readonly [condition: string]: Target };

/** Every file that a target names, under whatever conditions. */
function filesOf(target: Target): string[] {
  return typeof target === "string" ? [target] : Object.values(target).flatMap(filesOf);
}

/** The conditions of a target, and of those within it. */
function conditionsOf(target: Target): string[][] {
  return typeof target === "string" ? [] : [Object.keys(target), ...Object.values(target).flatMap(conditionsOf)];
}

interface Manifest {
  readonly version: string;
  readonly type: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, Target>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read("package.json").toString()) as Manifest;

describe("modules", () => {
  test.for(["build/core.wasm", "build/core.scalar.wasm", "dist/build/core.wasm"])("%s imports nothing", (module) => {
    expect(importsOf(module)).toStrictEqual([]);
  });

  test("the debug build imports the report of a failed assertion only", () => {
    expect(importsOf("build/core.debug.wasm")).toStrictEqual(["env.abort"]);
  });

  test("the package's module is the release build", () => {
    expect(read("dist/build/core.wasm").equals(read("build/core.wasm"))).toBe(true);
  });

  test.for(["build/core.wasm", "build/core.scalar.wasm"])("%s is small", (module) => {
    const bytes = read(module);
    const gzipBytes = gzipSync(bytes, { level: 9 }).length;
    process.stdout.write(`${module}: ${bytes.length} bytes, ${gzipBytes} with gzip -9\n`);
    expect(bytes.length).toBeLessThanOrEqual(RELEASE_BYTES_MAX);
    expect(gzipBytes).toBeLessThanOrEqual(RELEASE_GZIP_BYTES_MAX);
  });

  test("all builds export the same, so that one can stand in for another", () => {
    expect(exportsOf("build/core.scalar.wasm")).toStrictEqual(exportsOf("build/core.wasm"));
    expect(exportsOf("build/core.debug.wasm")).toStrictEqual(exportsOf("build/core.wasm"));
  });
});

describe("package.json", () => {
  test("run-time dependencies are these two", () => {
    expect(Object.keys(manifest.dependencies).toSorted()).toStrictEqual(["@assemblyscript/loader", "yaml"]);
  });

  test("every dependency is pinned to one version, the compiler and its loader to the same", () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/u.test(version))).toStrictEqual([]);
    expect(manifest.dependencies["@assemblyscript/loader"]).toBe(manifest.devDependencies["assemblyscript"]);
  });

  test("Node 20.19 is enough, in package.json and in the setup script", () => {
    expect(manifest.engines.node).toBe(">=20.19");
    expect(read("scripts/setup.mjs").toString()).toContain("OLDEST_NODE = [20, 19]");
  });

  test("types come first among the conditions of an export, and default last", () => {
    const conditions = Object.values(manifest.exports).flatMap(conditionsOf);
    expect(conditions.length).toBeGreaterThan(0);
    for (const keys of conditions) {
      if (keys.includes("types")) expect(keys).toStrictEqual(["types", "default"]);
      else expect(keys.includes("default") ? keys.at(-1) : keys.join()).toMatch(/^(?:default|import,require)$/u);
    }
  });

  test("exports and bin name files that are built", () => {
    const files = [...Object.values(manifest.exports).flatMap(filesOf), ...Object.values(manifest.bin)];
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toStrictEqual([]);
    expect(read(manifest.bin["weir"]!).toString()).toMatch(/^#!\/usr\/bin\/env node\n/u);
  });

  test("the library can be imported as a user does", async () => {
    const name = "weir-meter";
    const library = (await import(name)) as Readonly<Record<string, unknown>>;
    expect(Object.keys(library)).toContain("compilePolicy");
  });
});

describe("the command", () => {
  test("reads few files to meter a capture: finding each takes as long as reading 10 kB", () => {
    const code = `
      import { createRequire } from "node:module";
      const { cache } = createRequire(process.argv[1]);
      process.on("exit", () => process.stderr.write(Object.keys(cache).join("\\n")));`;
    const hook = `data:text/javascript,${encodeURIComponent(code)}`;
    const main = join(ROOT, manifest.bin["weir"]!);
    const { stderr } = spawnSync(process.execPath, ["--import", hook, main, "meter", "--help"], { encoding: "utf8" });
    const files = stderr.split("\n").filter((path) => path.startsWith(dirname(main)));
    expect(files).toContain(main);
    expect(files.length).toBeLessThanOrEqual(COMMAND_FILES_MAX);
  });
});

describe("npm pack", () => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const packed = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8", shell: process.platform === "win32" });
  const [listing] = JSON.parse(packed.stdout) as [{ size: number; files: { path: string }[] }];
  const files = listing.files.map(({ path }) => path);

  test("holds the module, the command, the library and its types", () => {
    expect(files).toEqual(
      expect.arrayContaining([
        "package.json",
        "LICENSE",
        "dist/build/core.wasm",
        "dist/src/cli/main.js",
        "dist/src/index.js",
        "dist/src/index.d.ts",
        "dist/assembly/abi.js",
      ]),
    );
  });

  test("holds no sources, tests, benchmarks or examples", () => {
    const outside = files.filter((path) => !path.startsWith("dist/") && path.includes("/"));
    expect(outside).toStrictEqual([]);
    expect(files.filter((path) => /(?:^|\/)(?:test|bench|examples|node_modules)\/|\.test\./u.test(path))).toStrictEqual(
      [],
    );
    expect(files.filter((path) => path.endsWith(".ts") && !/\.d\.c?ts$/u.test(path))).toStrictEqual([]);
  });

  test("every module and every declaration in it finds what it imports", () => {
    const lost = files
      .filter((path) => /\.(?:js|d\.c?ts)$/u.test(path) && !path.startsWith("dist/build/"))
      .flatMap((path) => relativeImportsOf(path).map((target) => [path, target] as const))
      .filter(([, target]) => !files.includes(target));
    expect(lost).toStrictEqual([]);
  });

  test("holds no reference, no page's parts, and no declaration that the exported ones do not reach", () => {
    expect(files.filter((path) => /\/(?:reference|page)\//u.test(path))).toStrictEqual([]);
    const entries = Object.values(manifest.exports)
      .flatMap(filesOf)
      .filter((path) => /\.d\.c?ts$/u.test(path))
      .map((path) => posix.normalize(path));
    const reached = new Set(entries);
    for (const path of reached) for (const target of relativeImportsOf(path)) reached.add(target);
    expect(files.filter((path) => /\.d\.c?ts$/u.test(path)).toSorted()).toStrictEqual([...reached].toSorted());
  });

  test("holds the licenses of what is bundled", () => {
    const licenses = files.filter((path) => path.endsWith("-license.txt"));
    expect(licenses).toStrictEqual(["dist/build/assets/uplot-license.txt", "dist/src/cli/commander-license.txt"]);
  });

  test("is small", () => {
    process.stdout.write(`package: ${listing.size} bytes, ${files.length} files\n`);
    expect(listing.size).toBeLessThanOrEqual(PACKAGE_BYTES_MAX);
  });
});
