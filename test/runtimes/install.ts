/**
 * Runtimes that come from npm as programs, one package a platform: installed once into build/, which git ignores, and
 * again when the lock file changes. Needs the registry or npm's cache only then.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCE = fileURLToPath(new URL("npm/", import.meta.url));
/** Programs are installed here, and run here: the package is in its node_modules. */
export const FOLDER = join(ROOT, "build", "runtimes");
const STAMP = join(FOLDER, "installed.json");
/** A folder, for making one is atomic: test files run side by side, and one of them installs. */
const LOCK = `${FOLDER}.lock`;
const LOCK_STEP_MS = 200;
const TIMEOUT_MS = 240_000;
/** Where there is no network, that should be known soon. */
const PATIENCE = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"];

/** Installs what is missing. Answers what went wrong, or undefined. What an earlier run installed needs no network. */
export function installPrograms(): string | undefined {
  takeLock();
  try {
    return installOnce(readFileSync(join(SOURCE, "package-lock.json"), "utf8"));
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function takeLock(): void {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  for (;;) {
    try {
      mkdirSync(LOCK);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    // One that is older than any installation was left behind by a run that was killed.
    const made = statSync(LOCK, { throwIfNoEntry: false });
    if (made !== undefined && Date.now() - made.mtimeMs > TIMEOUT_MS) rmSync(LOCK, { recursive: true, force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_STEP_MS);
  }
}

function installOnce(lock: string): string | undefined {
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === lock) return undefined;
  mkdirSync(FOLDER, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(SOURCE, file), join(FOLDER, file));
  // No scripts: each package holds its program already.
  const args = ["ci", "--prefix", FOLDER, "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  const { status, stderr, error } = spawnSync("npm", [...args, ...PATIENCE], {
    cwd: FOLDER,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    shell: process.platform === "win32",
  });
  linkPackage();
  if (status !== 0) {
    const said = stderr?.split("\n").find((line) => line.startsWith("npm error"));
    return `npm ci failed: ${error?.message ?? said ?? `exit code ${status}`}`;
  }
  // npm is content when packages for one platform cannot be fetched; they will be asked for again by the next run.
  const missing = packagesHere(lock).filter((path) => !existsSync(join(FOLDER, path)));
  if (missing.length > 0) return `npm could not fetch ${missing.join(", ")}`;
  writeFileSync(STAMP, lock);
  return undefined;
}

interface Locked {
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
}

/** Folders of the packages that are for this platform. */
function packagesHere(lock: string): string[] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, Locked> };
  const isHere = ([path, { os = [], cpu = [] }]: [string, Locked]): boolean =>
    path !== "" && os.includes(process.platform) && cpu.includes(process.arch);
  return Object.entries(packages)
    .filter(isHere)
    .map(([path]) => path);
}

/** The package under test where programs look for it: a link to this repository, whose package.json is the real one. */
function linkPackage(): void {
  const link = join(FOLDER, "node_modules", "weir-meter");
  mkdirSync(join(FOLDER, "node_modules"), { recursive: true });
  if (!existsSync(link)) symlinkSync(ROOT, link, "junction");
}

/** The first of these files of installed packages that is there. */
export function installedProgram(candidates: readonly string[]): string | undefined {
  return candidates.map((path) => join(FOLDER, "node_modules", path)).find((path) => existsSync(path));
}
