/** Questions to a process that waits for them, and its answers. */
import type { ChildProcess } from "node:child_process";

/** Resolves with the next answer, for which `listen` waits; rejects when the process ends before it. */
export async function answerOf<Answer>(
  child: ChildProcess,
  name: string,
  listen: (take: (answer: Answer) => void) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void =>
      reject(new Error(`${name} ended with ${signal ?? `exit code ${code}`}`));
    child.once("error", reject);
    child.once("exit", onExit);
    listen((answer) => {
      child.off("error", reject);
      child.off("exit", onExit);
      resolve(answer);
    });
  });
}
