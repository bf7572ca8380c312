/** Processes that hold one limiter each and wait for their turns. */
import { fork, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { answerOf } from "../childprocess.ts";
import type { ContestInput, Inserted, Turn } from "./contest.ts";

export interface Seat {
  /** Makes the limiter and inserts all keys. */
  insert(): Promise<Inserted>;
  /** Makes the decisions of a turn. */
  turn(number: number): Promise<Turn>;
  end(): void;
}

const MODULE = new URL("contest.ts", import.meta.url);

/** A limiter in JavaScript (contest.ts). */
export function nodeSeat(input: ContestInput): Seat {
  const child = fork(MODULE, [], { execArgv: [...process.execArgv, "--expose-gc", "--max-old-space-size=4096"] });
  const ask = async <Answer>(message: ContestInput | number): Promise<Answer> =>
    answerOf<Answer>(child, input.name, (take) => {
      child.once("message", (answer) => take(answer as Answer));
      child.send(message);
    });
  return { insert: async () => ask(input), turn: async (number) => ask(number), end: () => void child.kill() };
}

/** A native program (native/), which is told where a turn begins, where its timing begins, and where it ends. */
export function programSeat(program: string, args: readonly string[], input: ContestInput): Seat {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const answer = async <Answer>(question: string): Promise<Answer> =>
    answerOf<Answer>(child, input.name, (take) => {
      lines.once("line", (line) => take(JSON.parse(line) as Answer));
      if (question !== "") child.stdin.write(`${question}\n`);
    });
  const { turnDecisions, leadDecisions } = input;
  return {
    insert: async () => answer(""),
    turn: async (number) => {
      const from = number * turnDecisions;
      return answer(`${from} ${from + leadDecisions} ${from + turnDecisions}`);
    },
    end: () => void child.kill(),
  };
}
