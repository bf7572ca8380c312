/** Whole processes as subjects: Weir's command as users start it, and the programs it is compared with. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
const POLICY = ["--meter", "token-bucket", "--rate", "10Mbit/s", "--burst", "64kB"];

/**
 * Reports the process's own peak memory on descriptor 3 as it ends. VmHWM belongs to the program; the kernel's
 * ru_maxrss also counts the parent before exec, and is only used where there is no /proc.
 */
const PEAK_HOOK = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from "node:fs";
  process.on("exit", () => {
    let peakKib = process.resourceUsage().maxRSS;
    try { peakKib = Number(/VmHWM:\\s+(\\d+)/u.exec(readFileSync("/proc/self/status", "latin1"))[1]); } catch {}
    writeSync(3, String(peakKib));
  });
`)}`;

/** Node 20 reads all certificates that this names before it runs anything: 33 ms of 55 on a machine that has it set. */
const CERTIFICATES = "NODE_EXTRA_CA_CERTS";
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== CERTIFICATES));

/** What `weir meter --json` says that a benchmark must check: that the work was done. */
export interface MeterSummary {
  readonly packets: number;
  readonly flows: number;
  readonly digest: string;
  readonly truncated: boolean;
}

/** A folder for large captures, on $WEIR_BENCH_DIR if set; removed after `work`, whatever happens. */
export function inScratchFolder<T>(work: (folder: string) => T): T {
  const folder = scratchFolder();
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same for work that takes its time. */
export async function inScratchFolderAsync<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = scratchFolder();
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scratchFolder(): string {
  return mkdtempSync(join(process.env["WEIR_BENCH_DIR"] ?? tmpdir(), "weir-bench-"));
}

/**
 * Runs a program to its end with its output thrown away, in this process's environment but for certificates, which are no
 * part of what is measured. Throws when it fails.
 */
export function runQuietly(program: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    env: ENVIRONMENT,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** Arguments of Node for `weir meter` on a capture: with its summary, so with totals of flows. */
export function meterArgs(path: string): string[] {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run npm run build`);
  return [CLI, "meter", path, ...POLICY];
}

/** The same for verdicts alone: their digest, totals by color, and nothing by flow. */
export function verdictArgs(path: string): string[] {
  return [...meterArgs(path), "--top", "0"];
}

/** Arguments of Node for `weir shape` from a capture to another: a contract that drops nothing, so that all is written. */
export function shapeArgs(path: string, shaped: string): string[] {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run npm run build`);
  return [CLI, "shape", path, "--rate", "10Mbit/s", "--burst", "1GB", "-o", shaped, "--quiet"];
}

/** Runs the command and reads its summary. */
export function summaryOf(path: string, options: readonly string[] = []): MeterSummary {
  const args = [...meterArgs(path), "--json", ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`weir meter ${path}: ${stderr.trim()}`);
  return JSON.parse(stdout) as MeterSummary;
}

/** Peak resident memory of the command on a capture, in MiB. */
export function peakMibOf(path: string): number {
  const args = ["--import", PEAK_HOOK, ...meterArgs(path)];
  const { status, output } = spawnSync(process.execPath, args, {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`weir meter ${path}: exit code ${status}`);
  return Number(output[3]) / 1024;
}
