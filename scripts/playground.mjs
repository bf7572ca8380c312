// Builds the playground into one file that makes no request (dist/playground/index.html), and serves it on this machine:
// node scripts/playground.mjs [--build] [--out FOLDER] [--port N]
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "src", "playground");
const OUT = join(root, "dist", "playground");
const HOST = "127.0.0.1";
/** The browsers that have WebAssembly SIMD, and module features that the sources use. */
const TARGET = ["chrome111", "firefox115", "safari16.4"];

/** What would end a script in the middle of a page. */
const ENDS_SCRIPT = /<\/script|<!--/iu;

/** One script that needs no other; `names` stand for texts. */
async function bundle(entry, names) {
  const define = Object.fromEntries(Object.entries(names).map(([name, text]) => [name, JSON.stringify(text)]));
  const { outputFiles } = await build({
    entryPoints: [join(sources, entry)],
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
  return outputFiles[0].text.trim();
}

function hashOf(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** What the page may do: run its own script and style, start a worker made of its own text, and nothing else. */
function contentPolicy(script, style) {
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
export async function buildPlayground(out = OUT) {
  const core = readFileSync(join(root, "build", "core.wasm")).toString("base64");
  const worker = await bundle("worker.ts", { CORE_WASM_BASE64: core });
  const script = await bundle(join("page", "main.ts"), { WORKER_SOURCE: worker });
  const style = readFileSync(join(sources, "page", "style.css"), "utf8");
  if (ENDS_SCRIPT.test(script)) throw new Error("the playground's script holds what ends a script");
  const html = readFileSync(join(sources, "page", "index.html"), "utf8")
    .replace('Policy" content=""', () => `Policy" content="${contentPolicy(script, style)}"`)
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace("<script></script>", () => `<script>${script}</script>`);
  mkdirSync(out, { recursive: true });
  const path = join(out, "index.html");
  writeFileSync(path, html);
  return path;
}

/** Serves the page to this machine only. Answers the server once it listens. */
export async function servePlayground(path, port = 0) {
  const server = createServer((request, response) => {
    if (request.url !== "/" && request.url !== "/index.html") {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    response.end(readFileSync(path));
  });
  await new Promise((done, fail) => server.once("error", fail).listen(port, HOST, done));
  return server;
}

async function main() {
  const { values } = parseArgs({
    options: { build: { type: "boolean" }, out: { type: "string" }, port: { type: "string" } },
  });
  const path = await buildPlayground(values.out === undefined ? OUT : resolve(values.out));
  if (values.build) return;
  const server = await servePlayground(path, Number(values.port ?? 0));
  process.stdout.write(`The playground: http://${HOST}:${server.address().port}/ (Ctrl-C ends it)\n`);
  process.stdout.write(`The same page as a file: ${path}\n`);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
