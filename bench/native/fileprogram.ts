/** A capture to verdicts in C (c/file.c): what a file costs a program that does what the core does. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { compilePolicy } from "../../src/policies.ts";
import { type Timing, timingOf } from "../harness.ts";
import type { ReplayCase } from "../replaycase.ts";
import { compile, findCompiler, NO_COMPILER } from "./programs.ts";
import { lineBitsOf } from "./rows.ts";

export interface FileProgramResult {
  readonly reading: Timing;
  readonly metering: Timing;
  /** One thread decodes, another one meters. */
  readonly piped: Timing;
  /** Packets by color, of as many passes as the replay has; those of two threads are among them. */
  readonly green: number;
  readonly red: number;
}

interface Answer {
  readonly readingMs: readonly number[];
  readonly meteringMs: readonly number[];
  readonly pipedMs: readonly number[];
  /** By pass: one that warms, then two a round. */
  readonly green: readonly number[];
  readonly red: readonly number[];
}

/** Builds it beside the capture and runs it, as many passes as a replay has. A text: why there is no program. */
export function playFileProgram(replay: ReplayCase, name: string): FileProgramResult | string {
  const { path, flows, rounds, warmRounds } = replay;
  const compiler = findCompiler();
  if (compiler === undefined) return NO_COMPILER;
  const program = join(dirname(path), "file");
  const fault = compile(compiler, ["file.c"], program, ["-pthread"]);
  if (fault !== null) return fault;
  const args = [path, String(warmRounds + rounds), String(lineBitsOf(flows)), ...bucketArgs(replay)];
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: ${error?.message ?? stderr.trim()}`);
  const { readingMs, meteringMs, pipedMs, green, red } = JSON.parse(stdout) as Answer;
  const passes = 1 + warmRounds + rounds;
  return {
    reading: timingOf(`${name}: reading it`, readingMs.slice(warmRounds)),
    metering: timingOf(name, meteringMs.slice(warmRounds)),
    piped: timingOf(`${name}, 2 threads`, pipedMs.slice(warmRounds)),
    green: sumOf(green.slice(0, passes)),
    red: sumOf(red.slice(0, passes)),
  };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The contract as struct bucket of c/meter.h has it, field by field. */
function bucketArgs({ contract }: ReplayCase): string[] {
  const [bucket] = compilePolicy(contract).profiles[0]!.buckets;
  const { cost, overheadBytes, minLengthBytes } = bucket.costRule;
  if (cost !== "bytes") throw new Error("the program in C is told of contracts in bytes");
  const { drainPerNs, levelPerUnit, testLevel, unitsMax, drainedAfterNs, testsOwnCost } = bucket;
  const allOnes = 2n ** 64n - 1n;
  const masks = [testsOwnCost ? allOnes : 0n, allOnes];
  const lengths = [BigInt(overheadBytes), BigInt(minLengthBytes)];
  return [drainPerNs, levelPerUnit, testLevel, unitsMax, drainedAfterNs, ...masks, ...lengths].map(String);
}
