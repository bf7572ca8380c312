/**
 * Keeps V8 from optimizing JavaScript while two threads leave it no processor of its own: what it optimizes are a few
 * calls a batch, and doing so takes both threads 35 ms of processor time each, behind their backs.
 */
import { availableParallelism } from "node:os";

/** The threads that work: with more processors the compiler has one for itself. */
const BUSY_THREADS = 2;

export interface CompilerPause {
  /** From here on V8 optimizes again. */
  end(): void;
}

const NONE: CompilerPause = { end: () => undefined };

/** Begins it, where it is of use. */
export async function pauseCompiler(): Promise<CompilerPause> {
  if (availableParallelism() > BUSY_THREADS) return NONE;
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--no-opt");
  // What V8 has when it starts: code that Node caches for the next start is for those flags.
  return { end: () => setFlagsFromString("--opt") };
}
