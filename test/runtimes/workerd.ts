/** The conformance trace in workerd: as miniflare runs it, and confined as in production. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { type Bundle, workerBundle } from "./bundle.ts";
import type { ConfinedReport } from "./confined.ts";
import type { Report } from "./driver.ts";

export const COMPATIBILITY_DATE = "2026-04-01";
/** What an isolate has, in all. */
export const CEILING_BYTES = 128 * 2 ** 20;
const PAGE_BYTES = 65_536;
const HEAP_MIB = 64;
const STARTUP_MS = 20_000;

/** Modules of a bundle as miniflare takes them. */
export function miniflareModules({ code, modules }: Bundle) {
  return [
    { type: "ESModule" as const, path: "worker.js", contents: code },
    ...[...modules].map(([path, contents]) => ({ type: "CompiledWasm" as const, path, contents })),
  ];
}

async function answerOf(response: { readonly ok: boolean; text(): Promise<string> }): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`workerd: ${text}`);
  return text;
}

export async function miniflareReport(): Promise<Report> {
  const modules = miniflareModules(await workerBundle("worker.ts"));
  const miniflare = new Miniflare({ modules, modulesRoot: "/", compatibilityDate: COMPATIBILITY_DATE });
  try {
    return JSON.parse(await answerOf(await miniflare.dispatchFetch("http://worker.example/"))) as Report;
  } finally {
    await miniflare.dispose();
  }
}

/** A configuration with V8's own limits on the memory of a module and on the heap. */
function configOf({ modules }: Bundle): string {
  const wasm = [...modules.keys()].map((name) => `(name = "${name}", wasm = embed "${name}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ["--wasm-max-mem-pages=${CEILING_BYTES / PAGE_BYTES}", "--max-heap-size=${HEAP_MIB}"],
  services = [(name = "main", worker = (
    modules = [${[`(name = "worker.js", esModule = embed "worker.js")`, ...wasm].join(", ")}],
    compatibilityDate = "${COMPATIBILITY_DATE}"
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`;
}

/** Where the program of the workerd package is. */
function workerdProgram(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  return join(dirname(require.resolve("workerd/package.json")), "bin", "workerd");
}

/** The port that workerd tells once it listens. */
async function portOf(control: Readable): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("workerd did not listen")), STARTUP_MS);
    let text = "";
    control.on("data", (part: Buffer) => {
      text += part.toString();
      const line = text.split("\n").find((candidate) => candidate.includes('"listen"'));
      if (line === undefined) return;
      clearTimeout(timer);
      resolve((JSON.parse(line) as { port: number }).port);
    });
    control.on("close", () => reject(new Error("workerd ended before it listened")));
  });
}

/** Most resident memory that a process has had, in bytes; undefined where the system does not tell. */
function peakBytes(pid: number): number | undefined {
  try {
    return Number(/VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, "latin1"))![1]) * 1024;
  } catch {
    return undefined;
  }
}

export interface Confined {
  readonly report: ConfinedReport;
  /** By how much the process grew at most, in bytes; undefined where the system does not tell. */
  readonly grownBytes: number | undefined;
}

/** Runs the trace and a large meter where V8 has been told the limits and the clock stands still. */
export async function confinedReport(): Promise<Confined> {
  const bundle = await workerBundle("confined.ts");
  const folder = mkdtempSync(join(tmpdir(), "weir-workerd-"));
  writeFileSync(join(folder, "worker.js"), bundle.code);
  for (const [name, bytes] of bundle.modules) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, "config.capnp"), configOf(bundle));
  const child = spawn(workerdProgram(), ["serve", "config.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    const port = await portOf(child.stdio[3] as Readable);
    const before = peakBytes(child.pid!);
    const text = await answerOf(await fetch(`http://127.0.0.1:${port}/`));
    const after = peakBytes(child.pid!);
    const grownBytes = before === undefined || after === undefined ? undefined : after - before;
    return { report: JSON.parse(text) as ConfinedReport, grownBytes };
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
