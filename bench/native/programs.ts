/** Programs in C: built where a compiler is, told of as absent where none is. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROGRAM_ROWS, type ProgramRow } from "./rows.ts";

export interface Program {
  readonly row: ProgramRow;
  readonly path: string;
}

export interface Programs {
  readonly built: readonly Program[];
  /** A line about each that could not be built, and why. */
  readonly absent: readonly string[];
  /** What built them: the compiler's own first line, and its options. Null: there is none. */
  readonly compiler: string | null;
}

const SOURCES = fileURLToPath(new URL("c/", import.meta.url));
const OPTIONS = ["-std=gnu11", "-O3", "-march=native", "-Wall", "-Wextra"];
const COMPILERS = ["gcc", "clang", "cc"];
export const NO_COMPILER = "there is no C compiler here (gcc, clang, cc or $CC)";

/** Builds all programs into a folder. `$CC` names another compiler. */
export function buildPrograms(folder: string): Programs {
  const compiler = findCompiler();
  if (compiler === undefined) {
    const absent = PROGRAM_ROWS.map(({ name }) => `${name}: ABSENT, ${NO_COMPILER}`);
    return { built: [], absent, compiler: null };
  }
  const built: Program[] = [];
  const absent: string[] = [];
  for (const row of PROGRAM_ROWS) {
    const path = join(folder, [row.source.replace(/\.c$/u, ""), ...(row.defines ?? [])].join("-"));
    const fault = build(compiler, row, path);
    if (fault === null) built.push({ row, path });
    else absent.push(`${row.name}: ABSENT, ${fault}`);
  }
  return { built, absent, compiler: `${versionOf(compiler)!}, ${OPTIONS.join(" ")}` };
}

/** `$CC`, or the first that is here. */
export function findCompiler(): string | undefined {
  const named = process.env["CC"];
  return (named === undefined || named === "" ? COMPILERS : [named]).find((name) => versionOf(name) !== null);
}

/** What went wrong, in one line; null when the program is there. */
function build(compiler: string, { source, defines = [], library }: ProgramRow, path: string): string | null {
  const found = library === undefined ? [] : libraryOptions(library);
  if (found === null) return `pkg-config does not know ${library}`;
  return compile(compiler, ["turns.c", source], path, [...defines.map((name) => `-D${name}`), ...found]);
}

/** Builds a program of these sources. What went wrong, in one line; null when it is there. */
export function compile(
  compiler: string,
  names: readonly string[],
  path: string,
  options: readonly string[] = [],
): string | null {
  const sources = names.map((name) => join(SOURCES, name));
  const args = [...OPTIONS, "-o", path, ...sources, ...options];
  const { status, stderr } = spawnSync(compiler, args, { encoding: "utf8" });
  if (status === 0) return null;
  const line = stderr.split("\n").find((text) => text.includes("error")) ?? stderr.trim().split("\n").at(-1) ?? "";
  return `${compiler} could not build it: ${line}`;
}

function libraryOptions(library: string): string[] | null {
  const { status, stdout } = spawnSync("pkg-config", ["--cflags", "--libs", library], { encoding: "utf8" });
  return status === 0 ? stdout.trim().split(/\s+/u) : null;
}

function versionOf(compiler: string): string | null {
  const { status, stdout } = spawnSync(compiler, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n")[0]! : null;
}
