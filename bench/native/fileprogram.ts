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
  /** Packets by color, of all passes. */
  readonly green: number;
  readonly red: number;
}

interface Answer {
  readonly readingMs: readonly number[];
  readonly meteringMs: readonly number[];
  readonly green: number;
  readonly red: number;
}

/** Builds it beside the capture and runs it, as many passes as a replay has. A text: why there is no program. */
export function playFileProgram(replay: ReplayCase, name: string): FileProgramResult | string {
  const { path, flows, rounds, warmRounds } = replay;
  const compiler = findCompiler();
  if (compiler === undefined) return NO_COMPILER;
  const program = join(dirname(path), "file");
  const fault = compile(compiler, ["file.c"], program);
  if (fault !== null) return fault;
  const args = [path, String(warmRounds + rounds), String(lineBitsOf(flows)), ...bucketArgs(replay)];
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: ${error?.message ?? stderr.trim()}`);
  const { readingMs, meteringMs, green, red } = JSON.parse(stdout) as Answer;
  return {
    reading: timingOf(`${name}: reading it`, readingMs.slice(warmRounds)),
    metering: timingOf(name, meteringMs.slice(warmRounds)),
    green,
    red,
  };
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
