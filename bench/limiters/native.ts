/** Limiters in other languages: built from native/ where their tools are, and told of as absent where they are not. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ContestInput } from "./contest.ts";
import type { Contestant } from "./limiter.ts";
import { programSeat, type Seat } from "./seats.ts";
import { LimiterWorkload } from "./workload.ts";

interface Language {
  readonly name: string;
  readonly folder: string;
  readonly tool: string;
  readonly version: readonly string[];
  /** Arguments that build into `target`; the program is then `program`. */
  build(target: string): readonly string[];
  program(target: string): string;
}

const SOURCES = fileURLToPath(new URL("native/", import.meta.url));
/** Beside what the project builds, so that a second run finds it. */
const TARGETS = fileURLToPath(new URL("../../build/limiters/", import.meta.url));

const LANGUAGES: readonly Language[] = [
  {
    name: "governor (Rust), keyed, DashMap",
    folder: "governor",
    tool: "cargo",
    version: ["--version"],
    build: (target) => ["build", "--release", "--locked", "--quiet", "--target-dir", target],
    program: (target) => join(target, "release", "limiters-governor"),
  },
  {
    name: "x/time/rate (Go) in a map",
    folder: "xtimerate",
    tool: "go",
    version: ["version"],
    build: (target) => ["build", "-o", join(target, "xtimerate"), "."],
    program: (target) => join(target, "xtimerate"),
  },
];

export interface NativeRow extends Contestant {
  readonly program: string;
}

/** The rows that could be built here, and a line about each that could not. */
export function buildNative(progress: (line: string) => void): { rows: NativeRow[]; absent: string[] } {
  const rows: NativeRow[] = [];
  const absent: string[] = [];
  for (const language of LANGUAGES) {
    const { name, folder, tool, version } = language;
    if (spawnSync(tool, version, { stdio: "ignore" }).status !== 0) {
      absent.push(`${name}: absent, there is no ${tool} here`);
      continue;
    }
    progress(`building ${name}`);
    const target = join(TARGETS, folder);
    mkdirSync(target, { recursive: true });
    const { status, stderr } = spawnSync(tool, language.build(target), {
      cwd: join(SOURCES, folder),
      encoding: "utf8",
    });
    if (status !== 0) {
      absent.push(`${name}: absent, ${tool} could not build it: ${stderr.trim().split("\n").at(-1) ?? ""}`);
      continue;
    }
    for (const key of ["u32", "string"] as const) {
      const program = language.program(target);
      rows.push({ name: `${name}, ${key} key`, key, form: "call", kind: "native", isExact: false, program });
    }
  }
  return { rows, absent };
}

export function nativeSeat(row: NativeRow, input: ContestInput, workloadFile: string): Seat {
  const { keys } = input.shape;
  const perMs = new LimiterWorkload(input.shape).decisionsPerMs;
  return programSeat(row.program, [workloadFile, String(keys), String(perMs), row.key], input);
}

/** The keys and the order of the decisions, for programs that do not share our random numbers. */
export function writeWorkload(path: string, workload: LimiterWorkload): void {
  const { ids } = workload;
  const order = workload.order();
  const words = new Uint32Array(ids.length + order.length);
  words.set(ids);
  words.set(order, ids.length);
  writeFileSync(path, words);
}
