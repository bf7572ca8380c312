/** The second thread, which starts before the command is loaded where the arguments look like it. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, truncateSync } from "node:fs";
import { availableParallelism } from "node:os";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { looksPiped, PIPED_BYTES_MIN } from "../../src/cli/early.ts";
import { type Answer, MAIN, OFFICE, POLICY, ROOT, Scratch } from "../support/cli.ts";

const TIMEOUT_MS = 20_000;
const scratch = new Scratch();
const office = gunzipSync(readFileSync(OFFICE));
const plain = scratch.write("office.pcap", office);
const cut = scratch.write("cut.pcap", office.subarray(0, 100_000));
const hidden = scratch.write("compressed.pcap", readFileSync(OFFICE));
const named = scratch.write("plain.gz", office);
const missing = scratch.at("missing.pcap");
/** Sparse: it has the size only. */
const large = scratch.write("large.pcap", "");
truncateSync(large, PIPED_BYTES_MIN);

/** Says when a thread is made, whether the command is loaded by then, and when the thread ends. */
const TOLD = `
  import { createRequire } from "node:module";
  import threads from "node:worker_threads";
  const { cache } = createRequire(process.argv[1]);
  threads.Worker = class extends threads.Worker {
    constructor(...args) {
      super(...args);
      const isLoaded = Object.keys(cache).some((path) => /program-/u.test(path));
      process.stderr.write(isLoaded ? "<late>" : "<early>");
      this.once("exit", () => process.stderr.write("<ended>"));
    }
  };`;

/** Arguments of `weir meter` behind some code. */
function argsBehind(code: string, args: readonly string[]): string[] {
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`, MAIN, "meter", ...args];
}

/** Runs it to its end. */
function behind(code: string, args: readonly string[], input: Uint8Array = new Uint8Array(0)): Answer {
  const options = { cwd: ROOT, encoding: "utf8", input, timeout: TIMEOUT_MS } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, argsBehind(code, args), options);
  return { code: status, stdout, stderr };
}

describe("what looks like two threads", () => {
  const one = ["--threads", "1"];
  const two = ["--threads", "2"];
  const hasTwo = availableParallelism() > 1;

  test.each([
    ["a large capture", [large, ...POLICY], hasTwo],
    ["small ones", [plain, cut, ...POLICY], false],
    ["small ones, asked for two", [plain, ...two], true],
    ["the same in one word", ["--threads=2", plain], true],
    ["asked for one", [large, ...one], false],
    ["asked for one at last", [large, ...two, ...one], false],
    ["asked for two at last", [plain, ...one, ...two], true],
    ["asked for what is no number", [large, "--threads", "two"], false],
    ["asked for nothing", [large, "--threads"], false],
    ["compressed captures", [large, OFFICE, ...two], false],
    ["no capture", [...two, ...POLICY], false],
    ["no such capture", [missing, ...two], false],
    ["a folder", [ROOT, ...two], false],
    ["stdin", ["-", ...two], false],
    ["a path that cannot be", ["a\0b", ...two], false],
    ["help", [plain, ...two, "--help"], false],
  ] as const)("%s", (_, args, isPiped) => {
    expect(looksPiped(["meter", ...args])).toBe(isPiped);
  });

  test("another command, or none", () => {
    expect(looksPiped(["police", large, "--threads", "2"])).toBe(false);
    expect(looksPiped([])).toBe(false);
  });
});

describe("guessed right", () => {
  test("the thread starts before the command is loaded, and decodes", () => {
    const alone = behind("", [plain, ...POLICY, "--json", "--threads", "1"]);
    const answer = behind(TOLD, [plain, ...POLICY, "--json", "--threads", "2"]);
    expect(answer).toStrictEqual({ ...alone, stderr: "<early><ended>" });
  });
});

describe("guessed wrong: the process ends all the same, its exit code and output are those of one thread", () => {
  test.each([
    ["a compressed capture without its ending", [hidden, ...POLICY, "--json"], 0],
    ["one capture is stdin", [cut, "-", ...POLICY, "--json"], 1],
    ["a capture is missing", [plain, missing, ...POLICY], 1],
    ["no policy", [plain], 2],
    ["bad usage", [plain, ...POLICY, "--frobnicate"], 2],
    ["a value of an option is the file", [missing, "--policy", plain], 2],
    ["a capture that is none", [scratch.write("none.pcap", "nothing"), ...POLICY], 1],
  ] as const)("%s", (_, args, code) => {
    const input = office.subarray(0, 200_000);
    const alone = behind("", [...args, "--threads", "1"], input);
    const answer = behind(TOLD, [...args, "--threads", "2"], input);
    expect(answer.code).toBe(code);
    expect(answer.stderr).toMatch(/^<early>/u);
    expect({ ...answer, stderr: answer.stderr.replaceAll(/<\w+>/gu, "") }).toStrictEqual(alone);
  });

  test("the thread that is not needed ends while the run goes on", async () => {
    const args = argsBehind(TOLD, [cut, "-", ...POLICY, "--threads", "2"]);
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["pipe", "ignore", "pipe"], timeout: TIMEOUT_MS });
    const end = once(child, "exit");
    child.stdin.write(office.subarray(0, 1000));
    let told = "";
    for await (const text of child.stderr.setEncoding("utf8")) {
      told += String(text);
      if (told.endsWith("<ended>")) child.stdin.end();
    }
    expect(told.startsWith("<early><ended>")).toBe(true);
    // Both captures are cut.
    expect(await end).toStrictEqual([1, null]);
  });

  test("a name of a compressed capture, which is none: the thread starts later", () => {
    const args = [named, ...POLICY, "--json"];
    const alone = behind("", [...args, "--threads", "1"]);
    expect(behind(TOLD, [...args, "--threads", "2"])).toStrictEqual({ ...alone, stderr: "<late><ended>" });
  });
});

describe("one thread does it all, as if none had been guessed, where", () => {
  test.each([
    ["no thread can be made", `constructor() { throw new Error("no"); }`],
    ["the thread ends before its task", `constructor() { super("process.exit()", { eval: true }); }`],
    ["the thread fails before its task", `constructor() { super("throw new Error('no')", { eval: true }); }`],
  ])("%s", (_, body) => {
    const code = `
      import threads from "node:worker_threads";
      threads.Worker = class extends threads.Worker { ${body} };`;
    const args = [plain, ...POLICY, "--json"];
    const alone = behind("", [...args, "--threads", "1"]);
    expect(behind(code, [...args, "--threads", "2"])).toStrictEqual(alone);
  });
});
