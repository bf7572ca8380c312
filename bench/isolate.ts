/** Runs a piece of work in a process of its own: a fresh heap, fresh machine code, memory that is given back. */
import { fork } from "node:child_process";

/** Naive rivals with ten million objects outgrow Node's default heap of 4 GB. */
const HEAP_MB = 8192;

/** Forks `module` (which calls `answer`), hands it `input`, and gives what it answers. `flags` go to Node. */
export async function isolate<Output>(module: URL, input: object, flags: readonly string[] = []): Promise<Output> {
  const child = fork(module, [], { execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_MB}`, ...flags] });
  return new Promise((resolve, reject) => {
    let output: Output | undefined;
    child.on("message", (message) => (output = message as Output));
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (output !== undefined && code === 0) resolve(output);
      else reject(new Error(`${module.pathname} ended with ${signal ?? `exit code ${code}`} and no answer`));
    });
    child.send(input);
  });
}

/** In the forked module: does the work for the one message that comes. Nothing happens without a parent. */
export function answer(work: (input: never) => object | Promise<object>): void {
  process.once("message", async (input) => {
    const output = await work(input as never);
    process.send!(output, () => process.disconnect());
  });
}
