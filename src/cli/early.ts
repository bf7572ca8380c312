/** A guess, before any command is loaded, that a run takes a second thread: that one starts meanwhile. */
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { DecoderThread } from "../threads/decoderthread.ts";

/** A thread takes 40 ms to start: below this, one thread is done before two would be. */
export const PIPED_BYTES_MIN = 64 * 2 ** 20;

const THREADS_OPTION = "--threads";
const HELP_FLAGS: ReadonlySet<string> = new Set(["-h", "--help"]);
/** What usually holds compressed captures, which one thread meters. */
const COMPRESSED_NAME = /\.(?:gz|zst|xz|bz2|lz4)$/iu;

/**
 * The thread for `weir <args>` when they look as if two would meter; undefined when they do not, and where there are no
 * threads. Who meters decides (pipelineFor), whatever was guessed.
 */
export function startEarly(args: readonly string[]): DecoderThread | undefined {
  if (!looksPiped(args)) return undefined;
  try {
    return new DecoderThread();
  } catch {
    return undefined;
  }
}

/**
 * True for `meter` with files that are large enough together, or with any file when two threads are asked for. Values of
 * options are taken for captures, too, when there are such files: the least that tells without knowing the options.
 */
export function looksPiped([command, ...args]: readonly string[]): boolean {
  if (command !== "meter" || args.some((arg) => HELP_FLAGS.has(arg))) return false;
  const named = namedThreads(args);
  const bytesMin = named === undefined ? PIPED_BYTES_MIN : 1;
  // Also when it is no number.
  if (!((named ?? availableParallelism()) >= 2)) return false;
  if (args.some((arg) => COMPRESSED_NAME.test(arg))) return false;
  return args.reduce((sum, arg) => sum + fileBytes(arg), 0) >= bytesMin;
}

/** What `--threads <n>` or `--threads=<n>` says, the last one of them; NaN when that is no number. */
function namedThreads(args: readonly string[]): number | undefined {
  const at = args.findLastIndex((arg) => arg === THREADS_OPTION || arg.startsWith(`${THREADS_OPTION}=`));
  if (at < 0) return undefined;
  return Number(args[at] === THREADS_OPTION ? args[at + 1] : args[at]!.slice(THREADS_OPTION.length + 1));
}

/** 0 for options, and for whatever is no file. */
function fileBytes(arg: string): number {
  if (arg.startsWith("-")) return 0;
  try {
    const stats = statSync(arg, { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats.size : 0;
  } catch {
    return 0;
  }
}
