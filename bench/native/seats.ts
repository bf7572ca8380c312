/** Processes that hold one meter each and wait for their turns. */
import { fork, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { answerOf } from "../childprocess.ts";
import type { ContestInput, Question, Turn } from "./contest.ts";
import { contractArgs, lineBitsOf } from "./rows.ts";

export interface Seat {
  ask(question: Question): Promise<Turn>;
  end(): void;
}

const MODULE = new URL("contest.ts", import.meta.url);
/** Maps of ten million objects outgrow Node's default heap of 4 GB. */
const HEAP_MB = 8192;

/** A row in JavaScript or WebAssembly (contest.ts). */
export function nodeSeat(input: ContestInput): Seat {
  const child = fork(MODULE, [], { execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_MB}`] });
  child.send(input);
  return {
    ask: async (question) =>
      answerOf<Turn>(child, input.name, (take) => {
        child.once("message", (answer) => take(answer as Turn));
        child.send(question);
      }),
    end: () => void child.kill(),
  };
}

/** A program in C (c/turns.c has its arguments and the form of questions and answers). */
export function programSeat(program: string, { name, flows, file, colorsPath }: ContestInput): Seat {
  const room = [String(flows), String(lineBitsOf(flows))];
  const args = [file.path, String(file.packets), colorsPath, ...room, ...contractArgs(flows)];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  return {
    ask: async ({ keeps, from, to, laterNs }) =>
      answerOf<Turn>(child, name, (take) => {
        lines.once("line", (line) => take(JSON.parse(line) as Turn));
        child.stdin.write(keeps ? `keep ${from} ${to}\n` : `turn ${from} ${to} ${laterNs}\n`);
      }),
    end: () => void child.kill(),
  };
}
