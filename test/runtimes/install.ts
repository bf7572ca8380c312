/**
 * Runtimes that come from npm as programs, one package a platform: installed once into build/, which git ignores, and
 * again when the lock file changes. Needs the registry or npm's cache only then.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCE = fileURLToPath(new URL("npm/", import.meta.url));
/** Programs are installed here, and run here: the package is in its node_modules. */
export const FOLDER = join(ROOT, "build", "runtimes");
const STAMP = join(FOLDER, "installed.json");
const TIMEOUT_MS = 240_000;

/** Installs what is missing. Answers what went wrong, or undefined. Without a network an earlier installation is kept. */
export function installPrograms(): string | undefined {
  const lock = readFileSync(join(SOURCE, "package-lock.json"), "utf8");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === lock) return undefined;
  mkdirSync(FOLDER, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(SOURCE, file), join(FOLDER, file));
  // No scripts: each package holds its program already.
  const args = ["ci", "--prefix", FOLDER, "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  const { status, stderr, error } = spawnSync("npm", args, {
    cwd: FOLDER,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    const said = (stderr ?? "").split("\n").find((line) => line.startsWith("npm error"));
    return `npm ci failed: ${error?.message ?? said ?? `exit code ${status}`}`;
  }
  linkPackage();
  writeFileSync(STAMP, lock);
  return undefined;
}

/** The package under test where programs look for it: a link to this repository, whose package.json is the real one. */
export function linkPackage(): void {
  const link = join(FOLDER, "node_modules", "weir-meter");
  mkdirSync(join(FOLDER, "node_modules"), { recursive: true });
  rmSync(link, { force: true, recursive: true });
  symlinkSync(ROOT, link, "junction");
}

/** The first of these files of installed packages that is there. */
export function installedProgram(candidates: readonly string[]): string | undefined {
  return candidates.map((path) => join(FOLDER, "node_modules", path)).find((path) => existsSync(path));
}
