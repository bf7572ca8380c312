// Goal: loops over unrolled(N) are compiled as N copies that do what the loop does.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ASC = join(ROOT, "node_modules", "assemblyscript", "bin", "asc.js");
const UNROLLED = ["--transform", join(ROOT, "scripts", "unroll.mjs")];
const DECLARATION = "function unrolled(times: u32): u32 { return times; }";

interface Compiled {
  readonly text: string;
  readonly stderr: string;
  readonly run: (input: number) => number;
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-unroll-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function compiled(body: string, transform: readonly string[]): Compiled {
  writeFileSync(join(folder, "index.ts"), `${DECLARATION}\nexport function run(input: i32): i32 { ${body} }`);
  const flags = ["--runtime", "stub", "-O2", "--outFile", "out.wasm", "--textFile", "out.wat"];
  const { status, stderr } = spawnSync(process.execPath, [ASC, "index.ts", ...flags, ...transform], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) return { text: "", stderr, run: Number };
  const module = new WebAssembly.Module(readFileSync(join(folder, "out.wasm")));
  const { run } = new WebAssembly.Instance(module, { env: { abort: () => {} } }).exports;
  return { text: readFileSync(join(folder, "out.wat"), "utf8"), stderr: "", run: run as (input: number) => number };
}

const LOOP = `
  let sum = input;
  for (let round: u32 = 0; round < unrolled(4); round++) {
    const doubled = sum * 3;
    if (round < 2) sum = doubled + <i32>round;
    if (round == 3) sum ^= 255;
    for (let inner: u32 = 0; inner < unrolled(2); inner++) sum = rotl(sum, <i32>inner + 5) + 1;
  }
  return sum;`;

test("a marked loop is written out, and answers what it would as a loop", () => {
  const [plain, unrolled] = [compiled(LOOP, []), compiled(LOOP, UNROLLED)];
  expect([plain, unrolled].map(({ text }) => text.includes("loop"))).toStrictEqual([true, false]);
  expect(unrolled.text.match(/i32\.rotl/gu)).toHaveLength(8);
  for (const input of [0, 1, -7, 123_456_789]) expect(unrolled.run(input)).toBe(plain.run(input));
});

test("other loops stay as they are", () => {
  const loop = "let sum = 0; for (let i = 0; i < input; i++) sum = (sum + i) * 3; return sum;";
  expect(compiled(loop, UNROLLED).text).toBe(compiled(loop, []).text);
});

test("a number that is no literal is refused", () => {
  const loop = "for (let i: u32 = 0; i < unrolled(<u32>input); i++) input++; return input;";
  expect(compiled(loop, UNROLLED).stderr).toContain("unrolled() takes a number literal above 0");
});
