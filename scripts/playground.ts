// Builds the playground into one file that makes no request (dist/playground/index.html), and serves it on this machine:
// tsx scripts/playground.ts [--build] [--out FOLDER] [--port N]
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = join(ROOT, "src", "playground");
const OUT = join(ROOT, "dist", "playground");
const HOST = "127.0.0.1";
/** Browsers with WebAssembly SIMD and decompression, which the page needs. */
const TARGET = ["chrome111", "firefox115", "safari16.4"];
/** What would end a script in the middle of a page. */
const ENDS_SCRIPT = /<\/script|<!--/iu;

/** One script that needs no other. `names` stand for texts in it. */
async function bundle(entry: string, names: Readonly<Record<string, string>>): Promise<string> {
  const define = Object.fromEntries(Object.entries(names).map(([name, text]) => [name, JSON.stringify(text)]));
  const { outputFiles } = await build({
    entryPoints: [join(SOURCES, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: TARGET,
    legalComments: "none",
    logLevel: "warning",
    define,
  });
  return outputFiles[0]!.text.trim();
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** What the page may do: run its own script and style, start a worker made of its own text, and nothing else. */
function contentPolicy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)} 'wasm-unsafe-eval'`,
    `style-src ${hashOf(style)}`,
    "worker-src blob:",
    "img-src data:",
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
}

/** Builds the page. Answers its path. */
export async function buildPlayground(out = OUT): Promise<string> {
  const core = deflateRawSync(readFileSync(join(ROOT, "build", "core.wasm")), { level: 9 }).toString("base64");
  const worker = await bundle("worker.ts", { CORE_WASM_DEFLATED_BASE64: core });
  const script = await bundle(join("page", "main.ts"), { WORKER_SOURCE: worker });
  const style = readFileSync(join(SOURCES, "page", "style.css"), "utf8");
  if (ENDS_SCRIPT.test(script)) throw new Error("the playground's script holds what ends a script");
  const html = readFileSync(join(SOURCES, "page", "index.html"), "utf8")
    .replace('Policy" content=""', () => `Policy" content="${contentPolicy(script, style)}"`)
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace("<script></script>", () => `<script>${script}</script>`);
  mkdirSync(out, { recursive: true });
  const path = join(out, "index.html");
  writeFileSync(path, html);
  return path;
}

export interface PlaygroundServer {
  readonly url: string;
  readonly server: Server;
}

/** Serves the page to this machine only, once it listens. */
export async function servePlayground(path: string, port = 0): Promise<PlaygroundServer> {
  const server = createServer((request, response) => {
    if (request.url !== "/" && request.url !== "/index.html") {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    response.end(readFileSync(path));
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(port, HOST, listening);
  });
  return { url: `http://${HOST}:${(server.address() as AddressInfo).port}/`, server };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { build: { type: "boolean", default: false }, out: { type: "string" }, port: { type: "string" } },
  });
  const path = await buildPlayground(values.out === undefined ? OUT : resolve(values.out));
  if (values.build) return;
  const { url } = await servePlayground(path, Number(values.port ?? "0"));
  process.stdout.write(`The playground: ${url} (Ctrl-C ends it)\nThe same page as a file: ${path}\n`);
}

const [, started] = process.argv;
if (started !== undefined && resolve(started) === fileURLToPath(import.meta.url)) await main();
